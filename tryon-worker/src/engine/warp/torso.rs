//! Where the torso of a top lies on a body.

use super::super::geometry::{Point, dot};
use super::Pairs;
use super::settle::Moves;

/// Where the torso's corners came to lie on the body.
#[derive(Clone)]
pub(super) struct Torso {
    /// Its control points as geometry lays them.
    pub(super) pairs: Pairs,
    pub(super) collar: [Point; 2],
    pub(super) collar_centre: Point,
    /// From collar to collar.
    pub(super) neckline: Vec<Point>,
    pub(super) armpits: [Point; 2],
    pub(super) shoulders: [Point; 2],
    /// The side seams, from armpit to hem.
    pub(super) flanks: [Vec<Point>; 2],
    pub(super) hem_centre: Point,
}

impl Torso {
    /// Moves its outline to where its cloth hangs.
    pub(super) fn settle(&mut self, moves: &Moves) {
        let corners = [&mut self.armpits, &mut self.shoulders];
        let points = corners.into_iter().flatten();
        let points = points.chain(self.flanks.iter_mut().flatten());
        let points = points.chain(&mut self.collar).chain(&mut self.neckline);
        for at in points.chain([&mut self.collar_centre, &mut self.hem_centre]) {
            *at = moves.trunk(*at);
        }
    }

    /// The corner of the hem that is less far down.
    pub(super) fn higher_hem(&self, down: Point) -> Point {
        let corners = [0, 1].map(|s| self.flanks[s].last().copied().unwrap_or(self.hem_centre));
        if dot(corners[0], down) < dot(corners[1], down) {
            corners[0]
        } else {
            corners[1]
        }
    }

    /// From the left collar along the neckline, down the right side, along the hem and up the left side.
    pub(super) fn outline(&self) -> Vec<Point> {
        let [left, right] = &self.flanks;
        (self.neckline.iter().copied())
            .chain([self.shoulders[1]])
            .chain(right.iter().copied())
            .chain([self.hem_centre])
            .chain(left.iter().rev().copied())
            .chain([self.shoulders[0]])
            .collect()
    }
}
