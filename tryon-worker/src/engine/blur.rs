//! Blurs of planes. A running sum along a line waits for its own last step, so many lines are summed side by side.

use rayon::prelude::*;

use super::raster::{Colours, Plane, smoothstep, taps};

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

impl Colours {
    /// Gaussian blur that only sees pixels of the mask; outside its reach the nearest known colours go on.
    pub(crate) fn spread(&self, mask: &Plane, sigma: f32) -> Self {
        // A pyramid of normalised blurs: near pixels decide where there are any, far ones elsewhere.
        let masked = [0, 1, 2].map(|i| self.channel(i).zip(mask, |c, m| c * m));
        let mut found = vec![([0.0_f32; 3], 0.0_f32); self.data.len()];
        for step in 0..5 {
            let s = sigma * 3_f32.powi(step);
            let factor = ((s / 3.0) as usize).max(1);
            let (w, h) = (self.width.div_ceil(factor), self.height.div_ceil(factor));
            let spread = |plane: &Plane| plane.resized(w, h).blur(s / factor as f32);
            let [red, green, blue] = masked.each_ref().map(spread);
            let weight = spread(mask);
            let small: Vec<[f32; 4]> = (0..w * h)
                .map(|i| [red.data[i], green.data[i], blue.data[i], weight.data[i]])
                .collect();
            if self.complete(&mut found, &small, (w, h)) {
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

    /// Fills what is not yet known with a blur at a smaller size (weighted red, green, blue, and weight); whether all is known.
    fn complete(
        &self,
        found: &mut [([f32; 3], f32)],
        small: &[[f32; 4]],
        (w, h): (usize, usize),
    ) -> bool {
        let columns = taps(self.width, 0.0, w as f32 / self.width as f32, w);
        let rows = taps(self.height, 0.0, h as f32 / self.height as f32, h);
        let between = |a: [f32; 4], b: [f32; 4], share: f32| {
            std::array::from_fn::<f32, 4, _>(|k| a[k] + (b[k] - a[k]) * share)
        };
        found
            .par_chunks_mut(self.width)
            .zip(&rows)
            .with_min_len(8)
            .map(|(row, (above, below, down))| {
                let (above, below) = (&small[above * w..][..w], &small[below * w..][..w]);
                let mut complete = true;
                for ((colour, known), (left, right, share)) in row.iter_mut().zip(&columns) {
                    let room = 1.0 - *known;
                    if room > 0.004 {
                        let [red, green, blue, m] = between(
                            between(above[*left], below[*left], *down),
                            between(above[*right], below[*right], *down),
                            *share,
                        );
                        if m > 1e-4 {
                            let take = room * smoothstep(0.0, 0.10, m);
                            for (value, channel) in colour.iter_mut().zip([red, green, blue]) {
                                *value += channel / m * take;
                            }
                            *known += take;
                        }
                    }
                    complete &= *known > 0.99;
                }
                complete
            })
            .reduce(|| true, |a, b| a && b)
    }
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
