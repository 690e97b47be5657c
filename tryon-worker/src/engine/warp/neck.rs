//! The neck of a top: its opening, and what is seen of the garment behind it.

use super::super::garment::{Garment, piece};
use super::super::geometry::{Point, add, along, distance, mix, scaled, sub};
use super::super::shape::edge;
use super::Pairs;
use super::top::Fit;
use super::torso::Torso;

impl Fit<'_> {
    /// Where the inside of the neck lies, and a hood, folded behind the neck; none without them.
    pub(super) fn behind_pairs(&self, garment: &Garment, torso: &Torso) -> Option<Pairs> {
        if garment.share(&[piece::INSIDE, piece::HOOD]) < 0.002 {
            return None;
        }
        let mut pairs = torso.pairs.clone();
        if garment.share(&[piece::HOOD]) > 0.02 {
            let hood = &garment.visible(&[piece::HOOD]);
            let [left, right] = &self.shape.sides;
            let base = mix(left.neck, right.neck, 0.5);
            let top = edge(hood, base, [0.0, -1.0], 2.0 * self.chest);
            let middle = mix(torso.collar[0], torso.collar[1], 0.5);
            let high = distance(base, top);
            for share in [0.5, 1.0] {
                let row = mix(base, top, share);
                let up = along(middle, self.body.down, -high * share * self.scale * 0.42);
                pairs.push((up, row));
                if share < 1.0 {
                    for sign in [-1.0, 1.0] {
                        let side = edge(hood, row, [sign, 0.0], self.chest);
                        pairs.push((
                            along(up, self.body.across, (side[0] - row[0]) * self.scale),
                            side,
                        ));
                    }
                }
            }
        }
        Some(pairs)
    }
}

/// A neckline: a parabola from collar to collar.
pub(super) fn neckline(left: Point, right: Point, centre: Point) -> impl Iterator<Item = Point> {
    let control = sub(scaled(centre, 2.0), scaled(add(left, right), 0.5));
    (0..=12).map(move |i| {
        let t = i as f32 / 12.0;
        mix(mix(left, control, t), mix(control, right, t), t)
    })
}

/// A neckline, closed `up` pixels above it.
pub(super) fn neck_outline(
    left: Point,
    right: Point,
    centre: Point,
    down: Point,
    up: f32,
) -> Vec<Point> {
    let mut polygon: Vec<Point> = neckline(left, right, centre).collect();
    polygon.push(along(right, down, -up));
    polygon.push(along(left, down, -up));
    polygon
}
