//! The garment's texels, and drawing pieces of them into the photo's frame with one resampling.

use std::borrow::Cow;

use rayon::prelude::*;

use super::super::area::Area;
use super::super::error::Refusal;
use super::super::geometry::{Affine, Point, ThinPlate, distance, dot, mix, scaled, sub};
use super::super::matte::Cutout;
use super::super::raster::{Colours, Plane};
use super::mesh::{Corner, Map, cross};
use super::ribbon;
use super::settle::{Hang, Strip};
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

    /// Draws a piece through a thin-plate spline, from where `hang` has it. `flat` (0..=1) says at a point of the photo how flat the
    /// cloth lies there, `weight`, at a garment point, how much of it belongs to the piece.
    pub(super) fn sheet(
        &self,
        frame: Frame,
        pairs: &Pairs,
        hang: Hang<'_>,
        margin: f32,
        flat: impl Fn(Point) -> f32 + Sync,
        weight: impl Fn(Point) -> f32 + Sync,
    ) -> Result<Layer, Refusal> {
        let spline = ThinPlate::fit(pairs, 2e-4).ok_or(Refusal::GarmentShapeUnknown)?;
        let [low, high] = reach(pairs.iter().map(|pair| pair.0), margin);
        // Of the whole photo: a fold counts wherever it is.
        let knots = Knots::of(frame.size);
        let mut grid: Vec<(Corner, f32)> = (0..knots.count())
            .into_par_iter()
            .map(|i| {
                let (laid, at) = (knots.at(i), hang.trunk(knots.at(i)));
                let corner = Corner {
                    at,
                    cloth: spline.at(laid),
                    beyond: 0.0,
                };
                (corner, flat(at))
            })
            .collect();
        flatten(&mut grid);
        let grid: Vec<Corner> = grid.into_iter().map(|(corner, _)| corner).collect();
        self.refuse_folds(pairs, &grid, knots, &weight)?;
        let near = |i: usize| {
            let at = knots.at(i);
            (0..2).all(|k| (low[k] - STEP..=high[k] + STEP).contains(&at[k]))
        };
        let corners = (0..grid.len()).filter(|i| near(*i)).map(|i| grid[i].at);
        let mut map = Map::holding(corners, frame.area).ok_or(Refusal::GarmentShapeUnknown)?;
        for i in knots.quads().filter(|i| near(*i)) {
            let [a, b, c, d] =
                [i, i + 1, i + knots.columns, i + knots.columns + 1].map(|i| grid[i]);
            for triangle in [[a, b, d], [a, d, c]] {
                // Cloth that is seen from behind lies behind what is seen from the front.
                if cross(triangle[0].at, triangle[1].at, triangle[2].at) > 0.0 {
                    map.triangle(triangle);
                }
            }
        }
        Ok(self.sample(frame.area, |x, y| map.place(x, y), |at, _| weight(at)))
    }

    /// A sheet of cloth does not turn over, and is neither squeezed nor stretched beyond measure: where the spline says
    /// so, its landmarks contradict each other; and so they do if much of it is to hang from behind.
    fn refuse_folds(
        &self,
        pairs: &Pairs,
        grid: &[Corner],
        knots: Knots,
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
        let (mut bad, mut turned, mut all) = (0, 0, 0);
        for i in knots.quads() {
            let at = grid[i].cloth;
            let q = scaled(at, self.shrink);
            if self.cutout.alpha.sample_or_zero(q[0], q[1]) < 0.5 || weight(at) < 0.5 {
                continue;
            }
            let (right, below) = (grid[i + 1], grid[i + knots.columns]);
            let (u, v) = (sub(right.cloth, at), sub(below.cloth, at));
            let area = (u[0] * v[1] - u[1] * v[0]) / (STEP * STEP) / (usual * usual);
            all += 1;
            bad += i32::from(
                !(0.12..6.0).contains(&area)
                    || dot(u, u).max(dot(v, v)).sqrt() > 4.5 * usual * STEP,
            );
            turned += i32::from(cross(grid[i].at, right.at, below.at) <= 0.0);
        }
        if all == 0 || bad * 50 > all || turned * 10 > all {
            Err(Refusal::GarmentShapeUnknown)
        } else {
            Ok(())
        }
    }

    /// Draws a piece that follows a limb. `weight` also hears whether the point lies between the strip's edges.
    pub(super) fn strip(
        &self,
        frame: Frame,
        strip: &Strip<'_>,
        weight: impl Fn(Point, bool) -> f32 + Sync,
    ) -> Result<Layer, Refusal> {
        let map = ribbon::map(strip.stations, frame.area, |i, across| strip.at(i, across))
            .ok_or(Refusal::GarmentShapeUnknown)?;
        Ok(self.sample(frame.area, |x, y| map.place(x, y), weight))
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

/// Pixels of the photo from one knot of a sheet to the next.
const STEP: f32 = 8.0;

/// Where a sheet is laid: a grid over the whole photo, and a little more.
#[derive(Clone, Copy)]
struct Knots {
    columns: usize,
    rows: usize,
}

impl Knots {
    fn of((width, height): (usize, usize)) -> Self {
        let count = |length: usize| length / STEP as usize + 2;
        Self {
            columns: count(width),
            rows: count(height),
        }
    }

    fn count(self) -> usize {
        self.columns * self.rows
    }

    fn at(self, i: usize) -> Point {
        let (x, y) = (i % self.columns, i / self.columns);
        [x as f32 * STEP, y as f32 * STEP]
    }

    /// The first knots of all quads between four of them.
    fn quads(self) -> impl Iterator<Item = usize> {
        (0..self.count() - self.columns).filter(move |i| i % self.columns + 1 < self.columns)
    }
}

/// Opacity that can be seen.
const LEAST: f32 = 1.0 / 512.0;

/// Where a map is to be flat (its second number), it becomes its own best affine map: straight lines stay straight there,
/// so that a print is neither bent nor bulged by what the outline asks for.
fn flatten(grid: &mut [(Corner, f32)]) {
    let wanted = grid
        .iter()
        .filter(|(_, flat)| *flat > 0.0)
        .map(|(corner, flat)| (corner.at, corner.cloth, *flat));
    let Some(affine) = Affine::fit(wanted) else {
        return;
    };
    for (corner, flat) in grid {
        if *flat > 0.0 {
            corner.cloth = mix(corner.cloth, affine.at(corner.at), *flat);
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
        let corner = |at: Point| Corner {
            at,
            cloth: bowed(at),
            beyond: 0.0,
        };
        let mut grid: Vec<(Corner, f32)> = (0..COLUMNS * COLUMNS)
            .map(|i| (corner(knot(i)), if middle(knot(i)) { 1.0 } else { 0.0 }))
            .collect();
        flatten(&mut grid);
        for i in 0..grid.len() - 2 {
            let [a, b, c] = [i, i + 1, i + 2].map(|k| grid[k].0.cloth);
            let bend = (a[1] - 2.0 * b[1] + c[1]).abs();
            if [i, i + 1, i + 2].iter().all(|k| middle(knot(*k))) {
                assert!(bend < 1e-3, "bent by {bend}");
            }
        }
        assert!(distance(grid[0].0.cloth, bowed([0.0, 0.0])) < 1e-6);
    }
}
