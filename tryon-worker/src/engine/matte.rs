//! Cuts a garment out of its picture: colours and soft opacity.

use super::error::Refusal;
use super::raster::{Colours, GuidedFilter, Plane, Rgb, components, lab, smoothstep};

/// A garment without its background.
pub(crate) struct Cutout {
    /// Colours, also defined outside the garment (its own colours spread outward).
    pub(crate) colours: Colours,
    /// Opacity 0..=1.
    pub(crate) alpha: Plane,
}

/// Cuts the garment out along the outline of what the network saw (`seen`, 0..=1), drawn exactly by the colours on both
/// sides of it, without the openings that only the ground's colour tells.
pub(crate) fn cut_out(picture: &Colours, seen: &Plane) -> Result<Cutout, Refusal> {
    let area = seen.data.iter().filter(|v| **v > 0.5).count();
    if area * 40 < seen.data.len() {
        return Err(Refusal::GarmentNotFound);
    }
    let (w, h) = (seen.width, seen.height);
    let touching = (0..w * h)
        .filter(|i| {
            (i % w < 2 || i / w < 2 || i % w >= w - 2 || i / w >= h - 2) && seen.data[*i] > 0.6
        })
        .count();
    if touching > (w + h) / 10 {
        return Err(Refusal::GarmentTouchesBorder);
    }
    let outline = Outline::of(picture, seen);
    let drawn = outline.close(seen, outline.draw(picture));
    let solid = outline.open(picture, seen, &drawn, by_background(picture).ok().as_ref());
    Ok(soften(picture, &solid))
}

/// How far from `ground` a colour may be to be taken for it.
const LIKE: f32 = 26.0;
/// The share of a garment's cloth that must be of the ground's colour before that colour says nothing any more.
const ALIKE: f32 = 0.1;

/// The network's outline and the colours on both sides of it.
struct Outline {
    /// Half the width of the band in which the network is unsure, in pixels.
    reach: f32,
    /// How deep inside the outline each pixel is, and how far outside.
    depth: Plane,
    height: Plane,
    near_cloth: Colours,
    near_ground: Colours,
    /// The share of the cloth around each pixel that has the ground's colour: white stripes before white.
    alike: Plane,
    /// The same where the ground may lie in shade.
    alike_in_shade: Plane,
}

impl Outline {
    fn of(picture: &Colours, seen: &Plane) -> Self {
        let reach = (picture.width.min(picture.height) as f32 / 110.0).max(2.0);
        // The network's pixels are larger than the picture's: without their corners.
        let inner = seen
            .blur(0.6 * reach)
            .map(|v| if v > 0.5 { 1.0 } else { 0.0 });
        let (depth, height) = (
            inner.distance_to(|v| v < 0.5),
            inner.distance_to(|v| v > 0.5),
        );
        let cloth = depth.map(|d| if d > reach { 1.0 } else { 0.0 });
        let ground = height.map(|d| if d > reach { 1.0 } else { 0.0 });
        let (near_cloth, near_ground) = (
            picture.spread(&cloth, reach),
            picture.spread(&ground, reach),
        );
        let share = |twin: &(dyn Fn(usize) -> f32 + Sync)| {
            Plane::from_index(&cloth, |i| {
                cloth.data[i] * smoothstep(LIKE, 0.5 * LIKE, twin(i))
            })
            .blur(3.0 * reach)
            .zip(&cloth.blur(3.0 * reach), |t, c| t / c.max(1e-3))
        };
        let (colours, grounds) = (&picture.data, &near_ground.data);
        let alike = share(&|i| apart(colours[i], grounds[i]));
        let alike_in_shade = share(&|i| apart(colours[i], shaded(grounds[i], colours[i])));
        Self {
            reach,
            depth,
            height,
            near_cloth,
            near_ground,
            alike,
            alike_in_shade,
        }
    }

    /// What the network says of a pixel in the band, 0 (ground) to 1.
    fn opinion(&self, i: usize) -> f32 {
        smoothstep(
            -0.5 * self.reach,
            0.5 * self.reach,
            self.depth.data[i] - self.height.data[i],
        )
    }

    /// Draws the outline inside the band: by how near each pixel's colour is to the garment's and the ground's nearby, as
    /// far as these differ, and by the network's opinion otherwise. A colour that the cloth shares with the ground is no
    /// sign of the ground.
    fn draw(&self, picture: &Colours) -> Plane {
        let rough = Plane::from_index(&self.depth, |i| {
            if self.depth.data[i] > self.reach {
                return 1.0;
            }
            if self.height.data[i] > self.reach {
                return 0.0;
            }
            let (c, f) = (picture.data[i], self.near_cloth.data[i]);
            // The ground in a slit lies in the garment's shade.
            let b = if self.alike_in_shade.data[i] < 0.5 * ALIKE {
                shaded(self.near_ground.data[i], c)
            } else {
                self.near_ground.data[i]
            };
            let (mut along, mut span) = (0.0, 0.0);
            for k in 0..3 {
                along += (c[k] - b[k]) * (f[k] - b[k]);
                span += (f[k] - b[k]).powi(2);
            }
            let doubt = 400.0;
            let along = (along / span.max(1e-3)).clamp(0.0, 1.0);
            let trust = smoothstep(1.5 * ALIKE, 0.5 * ALIKE, self.alike.data[i]);
            let weight = span * (trust + (1.0 - trust) * along);
            (along * weight + self.opinion(i) * doubt) / (weight + doubt)
        });
        rough.box_blur(1).map(|v| if v > 0.5 { 1.0 } else { 0.0 })
    }

    /// Closes notches of the outline where cloth and ground share a colour, as between the stripes at a hem: there the
    /// network alone drew it, and it is only as exact as its pixels are.
    fn close(&self, seen: &Plane, drawn: Plane) -> Plane {
        if self.alike.data.iter().all(|v| *v < ALIKE) {
            return drawn;
        }
        let radius = 1.6 * self.reach;
        let grown = drawn
            .distance_to(|v| v > 0.5)
            .map(|d| if d <= radius { 1.0 } else { 0.0 });
        let depth = grown.distance_to(|v| v < 0.5);
        Plane::from_index(&drawn, |i| {
            let notch = depth.data[i] > radius && self.alike.data[i] > ALIKE && seen.data[i] > 0.12;
            if notch { 1.0 } else { drawn.data[i] }
        })
    }

    /// Opens what is too narrow for the network to be sure of, as between a sleeve and the body: it has the ground's colour,
    /// perhaps in shade, and the cloth around it has that colour nowhere. Either the network wavers there, or it belongs to
    /// what `coloured` (the garment told by its ground's colour) leaves out.
    fn open(
        &self,
        picture: &Colours,
        seen: &Plane,
        drawn: &Plane,
        coloured: Option<&Plane>,
    ) -> Plane {
        let (w, h) = (drawn.width, drawn.height);
        let like_ground = |i: usize| {
            let (own, ground) = (picture.data[i], self.near_ground.data[i]);
            drawn.data[i] > 0.5
                && self.alike_in_shade.data[i] < 0.5 * ALIKE
                && apart(own, shaded(ground, own)) < 0.7 * LIKE
        };
        let (labels, sizes) = components(w, h, like_ground);
        let (mut sure, mut least) = (vec![0.0_f32; sizes.len()], vec![1.0_f32; sizes.len()]);
        let mut left_out = vec![0.0_f32; sizes.len()];
        for (i, label) in labels.iter().enumerate() {
            let label = *label as usize;
            sure[label] += seen.data[i];
            least[label] = least[label].min(seen.data[i]);
            left_out[label] += coloured.map_or(0.0, |c| 1.0 - c.data[i]);
        }
        let opened = |label: usize| {
            let size = sizes[label] as f32;
            let wavers = sure[label] < 0.97 * size && least[label] < 0.85;
            label > 0 && size >= 12.0 && (wavers || left_out[label] > 0.6 * size)
        };
        Plane::from_index(drawn, |i| {
            if opened(labels[i] as usize) {
                0.0
            } else {
                drawn.data[i]
            }
        })
    }
}

/// The ground's colour in such shade as makes it most like `own`.
fn shaded(ground: Rgb, own: Rgb) -> Rgb {
    let (mut both, mut square) = (0.0, 1.0);
    for k in 0..3 {
        both += ground[k] * own[k];
        square += ground[k] * ground[k];
    }
    let share = (both / square).clamp(0.72, 1.03);
    ground.map(|v| v * share)
}

/// Distance of two colours.
fn apart(a: Rgb, b: Rgb) -> f32 {
    (0..3).map(|k| (a[k] - b[k]).powi(2)).sum::<f32>().sqrt()
}

/// Models the background from the picture's border and removes it, shadow included.
fn by_background(picture: &Colours) -> Result<Plane, Refusal> {
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

/// Softens the edge along the picture's own edge and takes the background out of the rim's colours.
fn soften(picture: &Colours, solid: &Plane) -> Cutout {
    let guide = picture.luminance().map(|v| v / 255.0);
    let refined = GuidedFilter::new(&guide, 3, 4e-4).apply(&solid.box_blur(1));
    let depth = solid.distance_to(|v| v < 0.5);
    let reach = solid.distance_to(|v| v > 0.5);
    // The outermost pixel of the hard mask is mostly a mixture: pull the edge in by half a pixel.
    let alpha = Plane::from_fn(solid.width, solid.height, |x, y| {
        let (inner, outer) = (depth.at(x, y), reach.at(x, y));
        if inner > 4.0 {
            1.0
        } else if outer > 1.5 {
            0.0
        } else {
            smoothstep(0.55, 0.97, refined.at(x, y)).min(smoothstep(0.3, 3.2, inner))
        }
    });
    let core = depth.map(|d| if d > 2.6 { 1.0 } else { 0.0 });
    let spread = picture.spread(&core, 2.0);
    let colours = Colours::from_fn(solid.width, solid.height, |x, y| {
        let keep = smoothstep(1.2, 3.2, depth.at(x, y));
        let (own, near) = (picture.at(x, y), spread.at(x, y));
        [0, 1, 2].map(|k| own[k] * keep + near[k] * (1.0 - keep))
    });
    Cutout { colours, alpha }
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

    fn disc(background: Rgb, garment: Rgb) -> Colours {
        Colours::from_fn(200, 200, |x, y| {
            if ((x as f32 - 100.0).powi(2) + (y as f32 - 100.0).powi(2)).sqrt() < 60.0 {
                garment
            } else {
                background
            }
        })
    }

    #[test]
    fn a_disc_is_cut_out_where_it_is() {
        let picture = disc([235.0; 3], [40.0, 60.0, 160.0]);
        let cut = soften(&picture, &by_background(&picture).unwrap());
        assert!(cut.alpha.at(100, 100) > 0.99);
        assert!(cut.alpha.at(20, 20) < 0.01);
        let area: f32 = cut.alpha.data.iter().sum();
        assert!((area - 11_310.0).abs() < 500.0, "area {area}");
    }

    #[test]
    fn nothing_on_a_plain_ground_is_no_garment() {
        let plain = Colours::filled(160, 160, [240.0; 3]);
        assert_eq!(by_background(&plain).err(), Some(Refusal::GarmentNotFound));
    }
}
