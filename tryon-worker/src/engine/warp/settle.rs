//! A network that says how far cloth hangs from where geometry lays it: where a hem falls, how full a sleeve is.

use std::path::Path;

use super::super::error::{LoadError, TryOnError};
use super::super::geometry::{Point, add, mix, sub};
use super::super::plane_network::{PlaneNetwork, Role};
use super::super::raster::{Plane, smoothstep};
use super::super::runner::Runtime;
use super::super::view::Window;
use super::ribbon::Station;
use super::sketch::{CHANNELS, LIMBS_COVER, SIZE, Sketch, TRUNK_COVER};

/// Planes of an answer: right and down for the trunk, the same for limbs, and the error to expect of each of the two.
const ANSWERS: usize = 6;
/// Nothing moves farther than this, in shoulder widths.
const FARTHEST: f32 = 0.6;
/// Errors to expect, in shoulder widths: up to which a move is trusted, and from which on it is not.
const SURE: f32 = 0.1;
const UNSURE: f32 = 0.3;

/// The network.
pub(crate) struct Settling {
    pub(crate) network: PlaneNetwork,
}

/// How far the points of a photo have to move, in its pixels: trunk and limbs. Beyond the cloth they move as its nearest cells do.
pub(super) struct Moves {
    window: Window,
    trunk: [Plane; 2],
    limbs: [Plane; 2],
}

impl Settling {
    /// Loads the network that the pack in `dir` has for this.
    pub(crate) fn load(dir: &Path, role: &Role, runtime: &Runtime) -> Result<Self, LoadError> {
        let network = PlaneNetwork::load(dir, role, [CHANNELS, SIZE.0, SIZE.1], ANSWERS, runtime)?;
        Ok(Self { network })
    }

    /// Where the cloth of a sketch hangs; it and its mirror image are looked at.
    pub(super) fn moves(&self, sketch: &Sketch) -> Result<Moves, TryOnError> {
        let [straight, mirrored] =
            (self.network).answer_both(sketch.seen.clone(), sketch.mirrored())?;
        let both = |channel: usize, sign: f32| {
            let (one, other) = (&straight[channel], &mirrored[channel]);
            Plane::from_fn(one.width, one.height, |x, y| {
                f32::midpoint(one.at(x, y), sign * other.at(one.width - 1 - x, y))
            })
        };
        let piece = |first: usize, error: usize, cover: usize| {
            let [right, down, error] = [both(first, -1.0), both(first + 1, 1.0), both(error, 1.0)];
            let share = |i: usize| {
                let long = right.data[i].hypot(down.data[i]).max(1e-6);
                smoothstep(UNSURE, SURE, error.data[i]) * (FARTHEST / long).min(1.0)
            };
            let known = sketch.plane(cover).resized(right.width, right.height);
            let known = known.map(|cover| f32::from(cover > 0.1));
            [&right, &down].map(|plane| {
                let moves = Plane::from_index(plane, |i| plane.data[i] * share(i) * sketch.unit);
                beyond(&moves, &known)
            })
        };
        Ok(Moves {
            window: sketch.window,
            trunk: piece(0, 4, TRUNK_COVER),
            limbs: piece(2, 5, LIMBS_COVER),
        })
    }
}

impl Moves {
    /// Where a point of the trunk hangs.
    pub(super) fn trunk(&self, p: Point) -> Point {
        self.moved(&self.trunk, p)
    }

    /// Where a point of a sleeve or leg hangs.
    pub(super) fn limb(&self, p: Point) -> Point {
        self.moved(&self.limbs, p)
    }

    fn moved(&self, by: &[Plane; 2], p: Point) -> Point {
        let [u, v] = self.window.within(p, &by[0]);
        add(p, [by[0].sample(u, v), by[1].sample(u, v)])
    }
}

/// Where cloth hangs: as geometry lays it, or moved from there.
#[derive(Clone, Copy)]
pub(super) struct Hang<'a>(pub(super) Option<&'a Moves>);

impl Hang<'_> {
    /// Where a point of the trunk hangs.
    pub(super) fn trunk(self, p: Point) -> Point {
        self.0.map_or(p, |moves| moves.trunk(p))
    }

    /// Where a point of a sleeve or leg hangs.
    pub(super) fn limb(self, p: Point) -> Point {
        self.0.map_or(p, |moves| moves.limb(p))
    }

    /// Where the edges of a station hang.
    pub(super) fn station(self, station: Station) -> Station {
        Station {
            outer: self.limb(station.outer),
            inner: self.limb(station.inner),
            ..station
        }
    }
}

/// The strip of a sleeve or leg: where its edges are, and where geometry laid it.
pub(super) struct Strip<'a> {
    pub(super) stations: &'a [Station],
    pub(super) laid: &'a [Station],
    pub(super) hang: Hang<'a>,
}

impl Strip<'_> {
    /// A point of a station, so far from its outer edge (0) to its inner one (1): it hangs as the moves say, and what holds the edges
    /// elsewhere holds it too, the more the nearer it is.
    pub(super) fn at(&self, i: usize, across: f32) -> Point {
        let (station, laid) = (&self.stations[i], &self.laid[i]);
        let Some(moves) = self.hang.0 else {
            return station.across(across);
        };
        let held = |edge: Point, laid: Point| sub(edge, moves.limb(laid));
        let held = mix(
            held(station.outer, laid.outer),
            held(station.inner, laid.inner),
            across.clamp(0.0, 1.0),
        );
        add(moves.limb(laid.across(across)), held)
    }
}

/// A plane that is what it was where `known` is 1, and goes on smoothly from there where it is 0.
fn beyond(plane: &Plane, known: &Plane) -> Plane {
    let told = plane.zip(known, |value, known| value * known);
    let total = |plane: &Plane| plane.data.iter().sum::<f32>();
    let everywhere = total(&told) / total(known).max(1.0);
    let mut out = Plane::filled(plane.width, plane.height, everywhere);
    let mut spread = plane.height as f32 / 2.0;
    while spread > 0.5 {
        let (sum, weight) = (told.blur(spread), known.blur(spread));
        out = Plane::from_index(&out, |i| {
            let mean = sum.data[i] / weight.data[i].max(1e-6);
            out.data[i] + (mean - out.data[i]) * (weight.data[i] * 8.0).min(1.0)
        });
        spread /= 2.0;
    }
    Plane::from_index(&out, |i| {
        out.data[i] + (plane.data[i] - out.data[i]) * known.data[i]
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::geometry::distance;
    use super::*;

    #[test]
    fn points_move_as_the_planes_around_them_say() {
        let moves = Moves {
            window: Window {
                x: 100.0,
                y: 50.0,
                width: 48.0,
                height: 80.0,
            },
            trunk: [
                Plane::from_fn(48, 80, |x, _| x as f32),
                Plane::filled(48, 80, -3.0),
            ],
            limbs: [Plane::filled(48, 80, 0.0), Plane::filled(48, 80, 5.0)],
        };
        let lies = |at: Point, wanted: Point| distance(at, wanted) < 1e-4;
        assert!(lies(moves.trunk([110.5, 70.0]), [120.5, 67.0]));
        assert!(lies(moves.limb([110.5, 70.0]), [110.5, 75.0]));
        // Beyond the window its edge goes on.
        assert!(lies(moves.trunk([20.0, 0.0]), [20.0, -3.0]));
        let station = |x: f32| Station {
            outer: [x, 90.0],
            inner: [x + 20.0, 90.0],
            cloth_outer: [0.0, 0.0],
            cloth_inner: [20.0, 0.0],
        };
        // What moves by 5 down is held 6 to the left at one edge and nowhere else.
        let strip = Strip {
            stations: &[Station {
                outer: [104.0, 95.0],
                inner: [130.0, 95.0],
                ..station(110.0)
            }],
            laid: &[station(110.0)],
            hang: Hang(Some(&moves)),
        };
        for (across, at) in [
            (0.0, [104.0, 95.0]),
            (0.5, [117.0, 95.0]),
            (1.0, [130.0, 95.0]),
            (1.2, [134.0, 95.0]),
        ] {
            assert!(lies(strip.at(0, across), at), "{across}");
        }
    }

    #[test]
    fn beyond_the_cloth_moves_go_on_as_they_were_at_its_edge() {
        let known = Plane::from_fn(48, 80, |x, _| f32::from(x < 20));
        let plane = Plane::from_fn(48, 80, |x, y| if x < 20 { 0.02 * y as f32 } else { -9.0 });
        let out = beyond(&plane, &known);
        for y in [8, 40, 72] {
            let edge = 0.02 * y as f32;
            assert!((out.at(19, y) - edge).abs() < 1e-6);
            assert!((out.at(20, y) - edge).abs() < 0.03, "{}", out.at(20, y));
            assert!((out.at(30, y) - edge).abs() < 0.4, "{}", out.at(30, y));
        }
    }
}
