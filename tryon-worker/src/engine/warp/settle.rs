//! A network that says how far cloth hangs from where geometry lays it: where a hem falls, how full a sleeve is.

use std::path::Path;

use super::super::error::{LoadError, TryOnError};
use super::super::geometry::{Point, add};
use super::super::plane_network::{PlaneNetwork, Role};
use super::super::raster::{Plane, smoothstep};
use super::super::view::Window;
use super::sketch::{CHANNELS, SIZE, Sketch};

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

/// How far the points of a photo have to move, in its pixels: trunk and limbs.
pub(super) struct Moves {
    window: Window,
    trunk: [Plane; 2],
    limbs: [Plane; 2],
}

impl Settling {
    /// Loads the network that the pack in `dir` has for this.
    pub(crate) fn load(dir: &Path, role: &Role) -> Result<Self, LoadError> {
        let network = PlaneNetwork::load(dir, role, [CHANNELS, SIZE.0, SIZE.1], ANSWERS)?;
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
        let piece = |first: usize, error: usize| {
            let [right, down, error] = [both(first, -1.0), both(first + 1, 1.0), both(error, 1.0)];
            let share = |i: usize| {
                let long = right.data[i].hypot(down.data[i]).max(1e-6);
                smoothstep(UNSURE, SURE, error.data[i]) * (FARTHEST / long).min(1.0)
            };
            [&right, &down]
                .map(|plane| Plane::from_index(plane, |i| plane.data[i] * share(i) * sketch.unit))
        };
        Ok(Moves {
            window: sketch.window,
            trunk: piece(0, 4),
            limbs: piece(2, 5),
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
    }
}
