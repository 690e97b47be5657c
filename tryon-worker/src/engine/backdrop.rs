//! Tells a garment from its picture's ground by colour alone: the ground is what the picture's border shows.

use super::error::Refusal;
use super::raster::{Colours, Plane, Rgb, components, lab, smoothstep};

/// Models the background from the picture's border and removes it, shadow included.
pub(crate) fn by_background(picture: &Colours) -> Result<Plane, Refusal> {
    let (w, h) = (picture.width, picture.height);
    let values = picture.map(lab);
    let margin = (w.min(h) / 50).max(3);
    let on_border =
        |x: usize, y: usize| x < margin || y < margin || x >= w - margin || y >= h - margin;
    let surface = BackgroundSurface::fit(&values, on_border);
    let difference = difference_from(&values, &surface);
    let mut border: Vec<f32> = (0..w * h)
        .filter(|i| on_border(i % w, i / w))
        .map(|i| difference.data[i])
        .collect();
    border.sort_by(f32::total_cmp);
    let (typical, rough) = (border[border.len() / 2], border[border.len() * 8 / 10]);
    if typical > 7.0 {
        return Err(Refusal::GarmentBackgroundBusy);
    }
    let threshold = (rough * 2.0).clamp(1.7, 10.0);
    // Background is what the border reaches without crossing the garment, and clear holes.
    let (labels, sizes) = components(w, h, |i| difference.data[i] < threshold);
    let mut reached = vec![false; sizes.len()];
    for i in (0..w * h).filter(|i| on_border(i % w, i / w)) {
        reached[labels[i] as usize] = true;
    }
    let mut sums = vec![0.0_f32; sizes.len()];
    for (label, d) in labels.iter().zip(&difference.data) {
        sums[*label as usize] += d;
    }
    // White on white has no holes that one could tell from the cloth.
    let mut inner: Vec<f32> = (0..w * h)
        .filter(|i| !reached[labels[*i] as usize])
        .map(|i| difference.data[i])
        .collect();
    inner.sort_by(f32::total_cmp);
    let contrast = inner.get(inner.len() / 2).copied().unwrap_or(0.0);
    let clear = contrast > 12.0;
    if contrast < 6.0 {
        // White on white: the outline would be guessed.
        return Err(Refusal::GarmentNotFound);
    }
    for label in 1..sizes.len() {
        if !clear {
            break;
        }
        let mean = sums[label] / sizes[label] as f32;
        reached[label] |=
            sizes[label] > w * h / 400 && mean < (typical * 1.6).max(0.35 * threshold);
    }
    reached[0] = false;
    let solid = Plane {
        width: w,
        height: h,
        data: labels
            .iter()
            .map(|l| if reached[*l as usize] { 0.0 } else { 1.0 })
            .collect(),
    };
    let (parts, part_sizes) = components(w, h, |i| solid.data[i] > 0.5);
    let largest = (1..part_sizes.len())
        .max_by_key(|i| part_sizes[*i])
        .ok_or(Refusal::GarmentNotFound)?;
    if part_sizes[largest] < w * h / 30 {
        return Err(Refusal::GarmentNotFound);
    }
    let touching = (0..w * h)
        .filter(|i| {
            (i % w < 2 || i / w < 2 || i % w >= w - 2 || i / w >= h - 2)
                && parts[*i] == largest as u32
        })
        .count();
    if touching > (w + h) / 12 {
        return Err(Refusal::GarmentTouchesBorder);
    }
    Ok(Plane {
        width: w,
        height: h,
        data: parts
            .iter()
            .map(|p| if *p == largest as u32 { 1.0 } else { 0.0 })
            .collect(),
    })
}

/// A slanted plane per colour channel, fitted to the border.
struct BackgroundSurface {
    terms: [[f32; 3]; 3],
}

impl BackgroundSurface {
    fn fit(values: &Colours, on_border: impl Fn(usize, usize) -> bool) -> Self {
        let (w, h) = (values.width, values.height);
        let mut points: Vec<(usize, usize)> = Vec::new();
        for y in (0..h).step_by(2) {
            for x in (0..w).step_by(2) {
                if on_border(x, y) {
                    points.push((x, y));
                }
            }
        }
        let mut terms = [[0.0; 3]; 3];
        let mut used = points.clone();
        for _ in 0..3 {
            for (channel, term) in terms.iter_mut().enumerate() {
                *term = fit_plane(&used, |x, y| values.at(x, y)[channel], w, h);
            }
            let surface = Self { terms };
            let mut errors: Vec<f32> = points
                .iter()
                .map(|(x, y)| surface.error(values.at(*x, *y), *x, *y, w, h))
                .collect();
            let limit = {
                let mut sorted = errors.clone();
                sorted.sort_by(f32::total_cmp);
                sorted[sorted.len() * 3 / 4].max(1.0)
            };
            used = points
                .iter()
                .zip(errors.drain(..))
                .filter(|(_, e)| *e <= limit)
                .map(|(p, _)| *p)
                .collect();
        }
        Self { terms }
    }

    /// Distance from the background; darkening alone (a shadow) counts less.
    fn error(&self, value: Rgb, x: usize, y: usize, w: usize, h: usize) -> f32 {
        let (u, v) = (x as f32 / w as f32, y as f32 / h as f32);
        let d = [0, 1, 2]
            .map(|k| value[k] - (self.terms[k][0] + self.terms[k][1] * u + self.terms[k][2] * v));
        let weight = if d[0] < 0.0 {
            0.10 + 0.90 * smoothstep(14.0, 32.0, -d[0])
        } else {
            1.0
        };
        ((d[0] * weight).powi(2) + d[1] * d[1] + d[2] * d[2]).sqrt()
    }
}

/// How far each pixel is from the background.
fn difference_from(values: &Colours, surface: &BackgroundSurface) -> Plane {
    Plane::from_fn(values.width, values.height, |x, y| {
        surface.error(values.at(x, y), x, y, values.width, values.height)
    })
    .box_blur(1)
}

fn fit_plane(
    points: &[(usize, usize)],
    value: impl Fn(usize, usize) -> f32,
    w: usize,
    h: usize,
) -> [f32; 3] {
    let mut m = [[0.0_f64; 4]; 3];
    for (x, y) in points {
        let basis = [1.0, *x as f64 / w as f64, *y as f64 / h as f64];
        let z = f64::from(value(*x, *y));
        for i in 0..3 {
            for j in 0..3 {
                m[i][j] += basis[i] * basis[j];
            }
            m[i][3] += basis[i] * z;
        }
    }
    for i in 0..3 {
        m[i][i] += 1e-9;
        let lead = m[i];
        for (j, row) in m.iter_mut().enumerate() {
            if j != i {
                let factor = row[i] / lead[i];
                for k in 0..4 {
                    row[k] -= factor * lead[k];
                }
            }
        }
    }
    [0, 1, 2].map(|i| (m[i][3] / m[i][i]) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_on_a_plain_ground_is_no_garment() {
        let plain = Colours::filled(160, 160, [240.0; 3]);
        assert_eq!(by_background(&plain).err(), Some(Refusal::GarmentNotFound));
    }
}
