//! Sleeves and legs: a strip of cloth between two edges that follows a limb, bends with it and may overlap itself.
//!
//! The strip is cut into narrow quads between stations; each quad is mapped bilinearly, so the cloth never swims and
//! never folds over further than the limb's own bend.

use super::super::area::Area;
use super::super::geometry::{Point, along, distance, mix, sub, unit};
use super::mesh::{Corner, Map};

/// A cross-section of the strip: its two edges in the photo and in the garment picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Station {
    /// The edge away from the body, in the photo.
    pub(super) outer: Point,
    /// The edge towards the body, in the photo.
    pub(super) inner: Point,
    /// The same edges in the garment picture.
    pub(super) cloth_outer: Point,
    pub(super) cloth_inner: Point,
}

impl Station {
    /// The point of the photo so far from its outer edge (0) to its inner one (1).
    pub(super) fn across(&self, part: f32) -> Point {
        mix(self.outer, self.inner, part)
    }
}

/// How far the map goes on beyond both edges, in strip widths: cloth is seldom exactly as wide as its landmarks say.
const BEYOND: f32 = 0.3;
/// How far it goes on beyond the last station, in strip lengths.
const LONGER: f32 = 0.06;
const COLUMNS: usize = 8;

/// Draws the map of a strip as far as it lies in `area`. Later stations lie on top. `hangs` says where a point of station hangs that lies
/// so far from its outer edge (0) to its inner one (1) and beyond.
pub(super) fn map(
    stations: &[Station],
    area: Area,
    hangs: impl Fn(usize, f32) -> Point,
) -> Option<Map> {
    let mut points: Vec<[Corner; COLUMNS + 1]> = stations
        .iter()
        .enumerate()
        .map(|(i, row)| {
            std::array::from_fn(|k| {
                let u = (k as f32 / COLUMNS as f32) * (1.0 + 2.0 * BEYOND) - BEYOND;
                Corner {
                    at: hangs(i, u),
                    cloth: mix(row.cloth_outer, row.cloth_inner, u),
                    beyond: (u - 0.5).abs() - 0.5,
                }
            })
        })
        .collect();
    let last = points.last()?;
    let before = &points[points.len().checked_sub(2)?];
    let onward = |a: Point, b: Point| along(b, sub(b, a), LONGER * stations.len() as f32);
    points.push(std::array::from_fn(|k| Corner {
        at: onward(before[k].at, last[k].at),
        cloth: onward(before[k].cloth, last[k].cloth),
        beyond: last[k].beyond,
    }));
    let mut out = Map::holding(points.iter().flatten().map(|corner| corner.at), area)?;
    for pair in points.windows(2) {
        for k in 0..COLUMNS {
            let quad = [pair[0][k], pair[0][k + 1], pair[1][k + 1], pair[1][k]];
            out.triangle([quad[0], quad[1], quad[2]]);
            out.triangle([quad[0], quad[2], quad[3]]);
        }
    }
    Some(out)
}

/// A limb's middle line from `points`, rounded at its joints: place and direction at `walked` pixels from the start.
pub(super) struct Course {
    points: Vec<Point>,
    lengths: Vec<f32>,
}

impl Course {
    /// A smooth course through joints: corners are cut by a quarter of their shorter side.
    pub(super) fn through(joints: &[Point]) -> Self {
        let mut points = vec![joints[0]];
        for k in 1..joints.len() - 1 {
            let (a, b, c) = (joints[k - 1], joints[k], joints[k + 1]);
            let reach = 0.25 * distance(a, b).min(distance(b, c));
            let (from, to) = (
                along(b, unit(sub(a, b)), reach),
                along(b, unit(sub(c, b)), reach),
            );
            for i in 0..=8 {
                let t = i as f32 / 8.0;
                points.push(mix(mix(from, b, t), mix(b, to, t), t));
            }
        }
        points.push(joints[joints.len() - 1]);
        let mut lengths = vec![0.0];
        for pair in points.windows(2) {
            lengths.push(lengths[lengths.len() - 1] + distance(pair[0], pair[1]));
        }
        Self { points, lengths }
    }

    pub(super) fn length(&self) -> f32 {
        self.lengths[self.lengths.len() - 1]
    }

    /// Place and unit direction; beyond the end the course goes on straight.
    pub(super) fn at(&self, walked: f32) -> (Point, Point) {
        let last = self.points.len() - 2;
        let i = (0..last)
            .find(|i| walked <= self.lengths[i + 1])
            .unwrap_or(last);
        let direction = unit(sub(self.points[i + 1], self.points[i]));
        let at = along(self.points[i], direction, walked - self.lengths[i]);
        // Directions turn gradually from one piece to the next.
        let half = (self.lengths[i + 1] - self.lengths[i]) / 2.0;
        let into = walked - self.lengths[i] - half;
        let (other, share) = if into < 0.0 && i > 0 {
            (i - 1, 0.5 * (-into / half.max(1e-3)).min(1.0))
        } else if into > 0.0 && i < last {
            (i + 1, 0.5 * (into / half.max(1e-3)).min(1.0))
        } else {
            (i, 0.0)
        };
        let turned = unit(sub(self.points[other + 1], self.points[other]));
        (at, unit(mix(direction, turned, share)))
    }
}
