//! Blurs of planes. A running sum along a line waits for its own last step, so many lines are summed side by side.

use rayon::prelude::*;

use super::raster::{Colours, Plane, Raster, smoothstep, taps};

/// Lines that are summed at once.
const LINES: usize = 16;

/// The same place of as many lines.
type Across = [f32; LINES];

impl Plane {
    /// Mean over the square of `2 * radius + 1` pixels, border pixels repeated.
    pub(crate) fn box_blur(&self, radius: usize) -> Self {
        if radius == 0 {
            return self.clone();
        }
        along_columns(&along_rows(self, radius, 1), radius, 1)
    }

    /// A close approximation of a Gaussian blur: three box blurs.
    pub(crate) fn blur(&self, sigma: f32) -> Self {
        let radius = (((12.0 * sigma * sigma / 3.0 + 1.0).sqrt() - 1.0) / 2.0).round() as usize;
        if radius == 0 {
            return self.clone();
        }
        along_columns(&along_rows(self, radius, 3), radius, 3)
    }
}

/// Sliding means over `2 * radius + 1` places, `times` over.
fn slide(line: &mut Vec<Across>, spare: &mut Vec<Across>, radius: usize, times: usize) {
    let last = line.len() - 1;
    let scale = 1.0 / (2 * radius + 1) as f32;
    spare.resize(line.len(), [0.0; LINES]);
    for _ in 0..times {
        let mut sum = line[0].map(|v| v * (radius as f32 + 1.0));
        for i in 1..=radius {
            for (sum, value) in sum.iter_mut().zip(line[i.min(last)]) {
                *sum += value;
            }
        }
        for (x, out) in spare.iter_mut().enumerate() {
            let (next, gone) = (
                &line[(x + radius + 1).min(last)],
                &line[x.saturating_sub(radius)],
            );
            for k in 0..LINES {
                out[k] = sum[k] * scale;
                sum[k] += next[k] - gone[k];
            }
        }
        std::mem::swap(line, spare);
    }
}

fn along_rows(plane: &Plane, radius: usize, times: usize) -> Plane {
    let width = plane.width;
    let mut data = vec![0.0; plane.data.len()];
    data.par_chunks_mut(width * LINES)
        .zip(plane.data.par_chunks(width * LINES))
        .for_each_init(
            || (Vec::new(), Vec::new()),
            |(line, spare), (out, rows)| {
                line.clear();
                line.resize(width, [0.0; LINES]);
                for (k, row) in rows.chunks(width).enumerate() {
                    for (across, value) in line.iter_mut().zip(row) {
                        across[k] = *value;
                    }
                }
                slide(line, spare, radius, times);
                for (k, row) in out.chunks_mut(width).enumerate() {
                    for (value, across) in row.iter_mut().zip(line.iter()) {
                        *value = across[k];
                    }
                }
            },
        );
    Plane {
        width,
        height: plane.height,
        data,
    }
}

fn along_columns(plane: &Plane, radius: usize, times: usize) -> Plane {
    let (width, height) = (plane.width, plane.height);
    let strips: Vec<Vec<Across>> = (0..width.div_ceil(LINES))
        .into_par_iter()
        .map_init(Vec::new, |spare, strip| {
            let from = strip * LINES;
            let count = LINES.min(width - from);
            let mut line = vec![[0.0; LINES]; height];
            for (across, row) in line.iter_mut().zip(plane.data.chunks_exact(width)) {
                across[..count].copy_from_slice(&row[from..from + count]);
            }
            slide(&mut line, spare, radius, times);
            line
        })
        .collect();
    let mut data = vec![0.0; width * height];
    data.par_chunks_mut(width)
        .enumerate()
        .with_min_len(16)
        .for_each(|(y, row)| {
            for (out, strip) in row.chunks_mut(LINES).zip(&strips) {
                out.copy_from_slice(&strip[y][..out.len()]);
            }
        });
    Plane {
        width,
        height,
        data,
    }
}

/// A blur is looked at in pixels so large that its sigma is still as many of them.
const FINE: f32 = 1.5;
/// How much farther each blur reaches than the one before, and how many there are.
const FARTHER: usize = 3;
const BLURS: usize = 5;

impl Colours {
    /// Gaussian blur that only sees pixels of the mask; outside its reach the nearest known colours go on.
    pub(crate) fn spread(&self, mask: &Plane, sigma: f32) -> Self {
        self.spread_where(mask, sigma, |_| true)
    }

    /// The same where it is `wanted`, by a pixel's index; elsewhere colours stay what they are.
    pub(crate) fn spread_where(
        &self,
        mask: &Plane,
        sigma: f32,
        wanted: impl Fn(usize) -> bool + Sync,
    ) -> Self {
        // A pyramid of normalised blurs: near pixels decide where there are any, far ones elsewhere.
        let mut found = vec![([0.0_f32; 3], 0.0_f32); self.data.len()];
        let mut size = ((sigma / FINE) as usize).max(1);
        let sigma = sigma / size as f32;
        let mut planes = self.masked(mask, size);
        for step in 0..BLURS {
            if step > 0 {
                planes = planes.map(|plane| plane.pooled(FARTHER));
                size *= FARTHER;
            }
            let blurred = planes.each_ref().map(|plane| plane.blur(sigma));
            if self.complete(&mut found, &blurred, size, &wanted) {
                break;
            }
        }
        Self::from_index(mask, |i| {
            let (colour, known) = found[i];
            if known > 1e-3 {
                colour.map(|v| v / known)
            } else {
                self.data[i]
            }
        })
    }

    /// Red, green and blue times the mask, and the mask: the means of squares of `size` pixels.
    fn masked(&self, mask: &Plane, size: usize) -> [Plane; 4] {
        let own = |i: usize| {
            let ([red, green, blue], m) = (self.data[i], mask.data[i]);
            [red * m, green * m, blue * m, m]
        };
        let means = pooled((self.width, self.height), size, own);
        [0, 1, 2, 3].map(|k| means.map(|v| v[k]))
    }

    /// Fills what is not yet known with a blur in pixels of `size` (weighted red, green, blue, and weight); whether all that is wanted is known.
    fn complete(
        &self,
        found: &mut [([f32; 3], f32)],
        blurred: &[Plane; 4],
        size: usize,
        wanted: &(impl Fn(usize) -> bool + Sync),
    ) -> bool {
        let small = Raster::from_index(&blurred[0], |i| blurred.each_ref().map(|p| p.data[i]));
        let step = 1.0 / size as f32;
        let columns = taps(self.width, 0.0, step, small.width);
        let rows = taps(self.height, 0.0, step, small.height);
        let between = |a: [f32; 4], b: [f32; 4], share: f32| {
            std::array::from_fn::<f32, 4, _>(|k| a[k] + (b[k] - a[k]) * share)
        };
        let line = |row: usize| &small.data[row * small.width..][..small.width];
        found
            .par_chunks_mut(self.width)
            .enumerate()
            .with_min_len(8)
            .map(|(y, row)| {
                let (above, below, down) = rows[y];
                let (above, below) = (line(above), line(below));
                let mut complete = true;
                for (x, (colour, known)) in row.iter_mut().enumerate() {
                    let room = 1.0 - *known;
                    if room <= 0.004 || !wanted(y * self.width + x) {
                        continue;
                    }
                    let (left, right, share) = columns[x];
                    let [red, green, blue, m] = between(
                        between(above[left], below[left], down),
                        between(above[right], below[right], down),
                        share,
                    );
                    if m > 1e-4 {
                        let take = room * smoothstep(0.0, 0.10, m);
                        for (value, channel) in colour.iter_mut().zip([red, green, blue]) {
                            *value += channel / m * take;
                        }
                        *known += take;
                    }
                    complete &= *known > 0.99;
                }
                complete
            })
            .reduce(|| true, |a, b| a && b)
    }
}

impl Plane {
    /// The means of squares of `size` pixels; those at the right and lower border have fewer.
    fn pooled(&self, size: usize) -> Self {
        pooled((self.width, self.height), size, |i| [self.data[i]]).map(|[mean]| mean)
    }
}

/// The means of squares of `size` pixels, of what there is at each pixel's index.
fn pooled<const N: usize>(
    (width, height): (usize, usize),
    size: usize,
    value: impl Fn(usize) -> [f32; N] + Sync,
) -> Raster<[f32; N]> {
    Raster::from_fn(width.div_ceil(size), height.div_ceil(size), |x, y| {
        let (right, bottom) = (((x + 1) * size).min(width), ((y + 1) * size).min(height));
        let mut sum = [0.0; N];
        for row in y * size..bottom {
            for i in row * width + x * size..row * width + right {
                for (sum, value) in sum.iter_mut().zip(value(i)) {
                    *sum += value;
                }
            }
        }
        let count = (right - x * size) * (bottom - y * size);
        sum.map(|v| v / count as f32)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_blur_is_the_mean_of_its_window_with_the_border_repeated() {
        let plane = Plane::from_fn(37, 23, |x, y| ((x * 7 + y * 13) % 17) as f32);
        let blurred = plane.box_blur(2);
        for (x, y) in [(0, 0), (36, 22), (15, 16), (16, 15), (31, 1)] {
            let mut sum = 0.0;
            for dy in -2..=2 {
                for dx in -2..=2 {
                    sum += plane.clamped(x as isize + dx, y as isize + dy);
                }
            }
            let off = (blurred.at(x, y) - sum / 25.0).abs();
            assert!(off < 1e-4, "{off} at {x}, {y}");
        }
    }

    #[test]
    fn colours_go_on_beyond_their_mask() {
        let picture = Colours::from_fn(60, 40, |x, _| {
            if x < 30 {
                [200.0, 90.0, 10.0]
            } else {
                [0.0; 3]
            }
        });
        let mask = Plane::from_fn(60, 40, |x, _| if x < 25 { 1.0 } else { 0.0 });
        let spread = picture.spread(&mask, 2.0);
        for x in [0, 24, 40, 59] {
            let [red, green, blue] = spread.at(x, 20);
            assert!(
                (red - 200.0).abs() < 0.5
                    && (green - 90.0).abs() < 0.5
                    && (blue - 10.0).abs() < 0.5
            );
        }
    }
}
