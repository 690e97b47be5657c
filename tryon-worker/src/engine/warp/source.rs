//! The garment's texels, and drawing pieces of them into the photo's frame with one resampling.

use std::borrow::Cow;

use rayon::prelude::*;

use super::super::area::Area;
use super::super::error::Refusal;
use super::super::geometry::{Affine, Point, ThinPlate, distance, dot, mix, scaled, sub};
use super::super::matte::Cutout;
use super::super::raster::{Colours, Plane};
use super::ribbon::{self, Station};
use super::{Frame, Layer, Pairs, reach};

/// A garment scaled to about the photo's resolution, so that one bicubic sample per pixel suffices.
pub(super) struct Source<'a> {
    cutout: Cow<'a, Cutout>,
    /// Multiplies garment coordinates.
    shrink: f32,
}

impl<'a> Source<'a> {
    pub(super) fn new(cutout: &'a Cutout, photo_per_garment: f32) -> Self {
        let shrink = (photo_per_garment * 1.25).min(1.0);
        if shrink > 0.85 {
            return Self {
                cutout: Cow::Borrowed(cutout),
                shrink: 1.0,
            };
        }
        let (w, h) = (
            (cutout.alpha.width as f32 * shrink).round().max(8.0) as usize,
            (cutout.alpha.height as f32 * shrink).round().max(8.0) as usize,
        );
        Self {
            cutout: Cow::Owned(Cutout {
                colours: shrunk(&cutout.colours, w, h),
                alpha: cutout.alpha.resized(w, h),
            }),
            shrink,
        }
    }

    /// Draws a piece through a thin-plate spline. `flat` (0..=1) says at a point of the photo how flat the cloth lies there,
    /// `weight`, at a garment point, how much of it belongs to the piece.
    pub(super) fn sheet(
        &self,
        frame: Frame,
        pairs: &Pairs,
        margin: f32,
        flat: impl Fn(Point) -> f32 + Sync,
        weight: impl Fn(Point) -> f32 + Sync,
    ) -> Result<Layer, Refusal> {
        const STEP: usize = 8;
        let (width, height) = frame.size;
        let spline = ThinPlate::fit(pairs, 2e-4).ok_or(Refusal::GarmentShapeUnknown)?;
        let [low, high] = reach(pairs, margin);
        // Of the whole photo: a fold counts wherever it is.
        let (columns, rows) = (width / STEP + 2, height / STEP + 2);
        let knot = |i: usize| [(i % columns * STEP) as f32, (i / columns * STEP) as f32];
        let mut grid: Vec<(Point, f32)> = (0..columns * rows)
            .into_par_iter()
            .map(|i| (spline.at(knot(i)), flat(knot(i))))
            .collect();
        flatten(&mut grid, knot);
        let grid: Vec<Point> = grid.into_iter().map(|(at, _)| at).collect();
        let place = |x: usize, y: usize| -> Point {
            let (gx, gy) = (x as f32 / STEP as f32, y as f32 / STEP as f32);
            let (cx, cy) = (gx as usize, gy as usize);
            let (fx, fy) = (
                gx - cx as f32 + 0.5 / STEP as f32,
                gy - cy as f32 + 0.5 / STEP as f32,
            );
            let i = cy * columns + cx;
            mix(
                mix(grid[i], grid[i + 1], fx),
                mix(grid[i + columns], grid[i + columns + 1], fx),
                fy,
            )
        };
        self.refuse_folds(pairs, &grid, columns, STEP, &weight)?;
        let place = |x: usize, y: usize| {
            let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
            let outside = px < low[0] || py < low[1] || px > high[0] || py > high[1];
            (!outside).then(|| (place(x, y), true))
        };
        Ok(self.sample(frame.area, place, |at, _| weight(at)))
    }

    /// A sheet of cloth does not turn over, and is neither squeezed nor stretched beyond measure: where the spline says
    /// so, its landmarks contradict each other.
    fn refuse_folds(
        &self,
        pairs: &Pairs,
        grid: &[Point],
        columns: usize,
        step: usize,
        weight: &(impl Fn(Point) -> f32 + Sync),
    ) -> Result<(), Refusal> {
        let spread = |points: &mut dyn Iterator<Item = Point>| {
            let (mut low, mut high) = ([f32::MAX; 2], [f32::MIN; 2]);
            for p in points {
                for k in 0..2 {
                    low[k] = low[k].min(p[k]);
                    high[k] = high[k].max(p[k]);
                }
            }
            distance(low, high)
        };
        let usual = spread(&mut pairs.iter().map(|p| p.1))
            / spread(&mut pairs.iter().map(|p| p.0)).max(1.0);
        let (mut bad, mut all) = (0, 0);
        for i in 0..grid.len() - columns - 1 {
            if i % columns == columns - 1 {
                continue;
            }
            let at = grid[i];
            let q = scaled(at, self.shrink);
            if self.cutout.alpha.sample_or_zero(q[0], q[1]) < 0.5 || weight(at) < 0.5 {
                continue;
            }
            let (u, v) = (sub(grid[i + 1], at), sub(grid[i + columns], at));
            let area = (u[0] * v[1] - u[1] * v[0]) / (step * step) as f32 / (usual * usual);
            all += 1;
            bad += i32::from(
                !(0.12..6.0).contains(&area)
                    || dot(u, u).max(dot(v, v)).sqrt() > 4.5 * usual * step as f32,
            );
        }
        if all == 0 || bad * 50 > all {
            Err(Refusal::GarmentShapeUnknown)
        } else {
            Ok(())
        }
    }

    /// Draws a piece that follows a limb. `weight` also hears whether the point lies between the strip's edges.
    pub(super) fn strip(
        &self,
        frame: Frame,
        stations: &[Station],
        weight: impl Fn(Point, bool) -> f32 + Sync,
    ) -> Result<Layer, Refusal> {
        let map = ribbon::map(stations, frame.area).ok_or(Refusal::GarmentShapeUnknown)?;
        let height = map.cloth.len() / map.width;
        let place = |x: usize, y: usize| {
            let (column, row) = (x.checked_sub(map.x0)?, y.checked_sub(map.y0)?);
            if column >= map.width || row >= height {
                return None;
            }
            let i = row * map.width + column;
            map.cloth[i].map(|at| (at, map.beyond[i] <= 0.0))
        };
        Ok(self.sample(frame.area, place, weight))
    }

    /// Draws all of the garment: `place(x, y)` gives the garment point of a pixel of the photo.
    pub(super) fn placed(&self, area: Area, place: impl Fn(usize, usize) -> Point + Sync) -> Layer {
        self.sample(area, |x, y| Some((place(x, y), true)), |_, _| 1.0)
    }

    /// Resamples the garment in an area of the photo: `place(x, y)` gives the garment point of a pixel of the photo and
    /// whether it lies between the piece's edges, `weight` how much of it is wanted.
    fn sample(
        &self,
        area: Area,
        place: impl Fn(usize, usize) -> Option<(Point, bool)> + Sync,
        weight: impl Fn(Point, bool) -> f32 + Sync,
    ) -> Layer {
        let mut colours = Colours::filled(area.width, area.height, [0.0; 3]);
        let mut alpha = Plane::filled(area.width, area.height, 0.0);
        let rows = colours.data.par_chunks_mut(area.width);
        rows.zip(alpha.data.par_chunks_mut(area.width))
            .enumerate()
            .with_min_len(8)
            .for_each(|(y, (colours, alphas))| {
                for (x, (colour, alpha)) in colours.iter_mut().zip(alphas).enumerate() {
                    let Some((at, between)) = place(area.x + x, area.y + y) else {
                        continue;
                    };
                    let q = scaled(at, self.shrink);
                    let opacity = self.cutout.alpha.sample_or_zero(q[0], q[1]);
                    if opacity < LEAST {
                        continue;
                    }
                    let own = opacity * weight(at, between);
                    if own >= LEAST {
                        (*colour, *alpha) = (bicubic(&self.cutout.colours, q), own);
                    }
                }
            });
        Layer { colours, alpha }
    }
}

/// Opacity that can be seen.
const LEAST: f32 = 1.0 / 512.0;

/// Where a map is to be flat (its second number), it becomes its own best affine map: straight lines stay straight there,
/// so that a print is neither bent nor bulged by what the outline asks for.
fn flatten(grid: &mut [(Point, f32)], knot: impl Fn(usize) -> Point) {
    let pairs = grid.iter().enumerate();
    let wanted = pairs
        .filter(|(_, (_, flat))| *flat > 0.0)
        .map(|(i, (at, flat))| (knot(i), *at, *flat));
    let Some(affine) = Affine::fit(wanted) else {
        return;
    };
    for (i, (at, flat)) in grid.iter_mut().enumerate() {
        if *flat > 0.0 {
            *at = mix(*at, affine.at(knot(i)), *flat);
        }
    }
}

/// Area-averaging shrink with a good filter.
fn shrunk(colours: &Colours, width: usize, height: usize) -> Colours {
    let ratio = colours.width as f32 / width as f32;
    let sigma = 0.42 * (ratio * ratio - 1.0).max(0.0).sqrt();
    let smooth = [0, 1, 2].map(|k| colours.channel(k).blur(sigma));
    let (sx, sy) = (
        colours.width as f32 / width as f32,
        colours.height as f32 / height as f32,
    );
    Colours::from_fn(width, height, |x, y| {
        [0, 1, 2].map(|k| smooth[k].sample((x as f32 + 0.5) * sx, (y as f32 + 0.5) * sy))
    })
}

/// Catmull-Rom interpolation.
fn bicubic(colours: &Colours, at: Point) -> [f32; 3] {
    let (fx, fy) = (at[0] - 0.5, at[1] - 0.5);
    let (x0, y0) = (fx.floor(), fy.floor());
    let taps = |t: f32| {
        let (t2, t3) = (t * t, t * t * t);
        [
            0.5 * (-t + 2.0 * t2 - t3),
            0.5 * (2.0 - 5.0 * t2 + 3.0 * t3),
            0.5 * (t + 4.0 * t2 - 3.0 * t3),
            0.5 * (t3 - t2),
        ]
    };
    let (wx, wy) = (taps(fx - x0), taps(fy - y0));
    let mut out = [0.0; 3];
    for (j, row) in wy.iter().enumerate() {
        for (i, column) in wx.iter().enumerate() {
            let c = colours.clamped(x0 as isize + i as isize - 1, y0 as isize + j as isize - 1);
            for k in 0..3 {
                out[k] += c[k] * row * column;
            }
        }
    }
    out.map(|v| v.clamp(0.0, 255.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_cloth_keeps_straight_lines_straight() {
        const COLUMNS: usize = 20;
        let knot = |i: usize| [(i % COLUMNS * 8) as f32, (i / COLUMNS * 8) as f32];
        // A sheet that bows by up to ten pixels, and lies flat in its middle.
        let bowed = |p: Point| [p[0], 1.1 * p[1] + 10.0 * (p[0] / 40.0).sin()];
        let middle = |p: Point| p[0] > 40.0 && p[0] < 120.0 && p[1] > 40.0 && p[1] < 120.0;
        let mut grid: Vec<(Point, f32)> = (0..COLUMNS * COLUMNS)
            .map(|i| (bowed(knot(i)), if middle(knot(i)) { 1.0 } else { 0.0 }))
            .collect();
        flatten(&mut grid, knot);
        for i in 0..grid.len() - 2 {
            let [a, b, c] = [i, i + 1, i + 2].map(|k| grid[k].0);
            let bend = (a[1] - 2.0 * b[1] + c[1]).abs();
            if [i, i + 1, i + 2].iter().all(|k| middle(knot(*k))) {
                assert!(bend < 1e-3, "bent by {bend}");
            }
        }
        assert!(distance(grid[0].0, bowed([0.0, 0.0])) < 1e-6);
    }
}
