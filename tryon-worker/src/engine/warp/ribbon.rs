//! Sleeves and legs: a strip of cloth between two edges that follows a limb, bends with it and may overlap itself.
//!
//! The strip is cut into narrow quads between stations; each quad is mapped bilinearly, so the cloth never swims and
//! never folds over further than the limb's own bend.

use super::super::area::Area;
use super::super::geometry::{Point, along, distance, mix, sub, unit};

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

/// Where each pixel of the photo comes from in the garment picture; `None` where the strip is not.
pub(super) struct Map {
    pub(super) width: usize,
    pub(super) x0: usize,
    pub(super) y0: usize,
    pub(super) cloth: Vec<Option<Point>>,
    /// How far beyond the strip's edges each pixel lies, in strip widths.
    pub(super) beyond: Vec<f32>,
}

/// How far the map goes on beyond both edges, in strip widths: cloth is seldom exactly as wide as its landmarks say.
const BEYOND: f32 = 0.3;
/// How far it goes on beyond the last station, in strip lengths.
const LONGER: f32 = 0.06;
const COLUMNS: usize = 8;

/// A corner of a quad.
#[derive(Clone, Copy)]
struct Corner {
    at: Point,
    cloth: Point,
    /// 0 at the outer edge, 1 at the inner one.
    across: f32,
}

/// Draws the map of a strip as far as it lies in `area`. Later stations lie on top.
pub(super) fn map(stations: &[Station], area: Area) -> Option<Map> {
    let last = stations.last()?;
    let before = &stations[stations.len().checked_sub(2)?];
    let onward = |a: Point, b: Point| along(b, sub(b, a), LONGER * stations.len() as f32);
    let mut rows: Vec<Station> = stations.to_vec();
    rows.push(Station {
        outer: onward(before.outer, last.outer),
        inner: onward(before.inner, last.inner),
        cloth_outer: onward(before.cloth_outer, last.cloth_outer),
        cloth_inner: onward(before.cloth_inner, last.cloth_inner),
    });
    let points: Vec<[Corner; COLUMNS + 1]> = rows
        .iter()
        .map(|row| {
            std::array::from_fn(|k| {
                let u = (k as f32 / COLUMNS as f32) * (1.0 + 2.0 * BEYOND) - BEYOND;
                Corner {
                    at: mix(row.outer, row.inner, u),
                    cloth: mix(row.cloth_outer, row.cloth_inner, u),
                    across: u,
                }
            })
        })
        .collect();
    let corners = points.iter().flatten().map(|corner| area.own(corner.at));
    let part = Area::holding(corners, 0.0, (area.width, area.height))?;
    let mut out = Map {
        width: part.width,
        x0: area.x + part.x,
        y0: area.y + part.y,
        cloth: vec![None; part.width * part.height],
        beyond: vec![f32::MAX; part.width * part.height],
    };
    for pair in points.windows(2) {
        for k in 0..COLUMNS {
            let quad = [pair[0][k], pair[0][k + 1], pair[1][k + 1], pair[1][k]];
            out.triangle([quad[0], quad[1], quad[2]]);
            out.triangle([quad[0], quad[2], quad[3]]);
        }
    }
    Some(out)
}

impl Map {
    /// Where quads overlap, cloth wins over what lies beyond the edges, and the later quad over the earlier.
    fn triangle(&mut self, corners: [Corner; 3]) {
        let [a, b, c] = corners.map(|c| c.at);
        let [ca, cb, cc] = corners.map(|c| c.cloth);
        let [ua, ub, uc] = corners.map(|c| c.across);
        let area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
        if area.abs() < 1e-6 {
            return;
        }
        let height = self.cloth.len() / self.width;
        let (ox, oy) = (self.x0 as f32 + 0.5, self.y0 as f32 + 0.5);
        let range = |v: [f32; 3], origin: f32, limit: usize| {
            let low = v.iter().fold(f32::MAX, |m, v| m.min(*v)) - origin;
            let high = v.iter().fold(f32::MIN, |m, v| m.max(*v)) - origin;
            (
                low.floor().max(0.0) as usize,
                ((high.ceil() + 1.0).max(0.0) as usize).min(limit),
            )
        };
        let (from_x, to_x) = range([a[0], b[0], c[0]], ox, self.width);
        let (from_y, to_y) = range([a[1], b[1], c[1]], oy, height);
        // A hair of overlap, so that no pixel falls between neighbours.
        let slack = -1e-3;
        for y in from_y..to_y {
            for x in from_x..to_x {
                let p = [x as f32 + ox, y as f32 + oy];
                let wb = ((p[0] - a[0]) * (c[1] - a[1]) - (p[1] - a[1]) * (c[0] - a[0])) / area;
                let wc = ((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])) / area;
                let wa = 1.0 - wb - wc;
                if wa < slack || wb < slack || wc < slack {
                    continue;
                }
                let beyond = ((ua * wa + ub * wb + uc * wc - 0.5).abs() - 0.5).max(0.0);
                let i = y * self.width + x;
                if beyond <= self.beyond[i] {
                    self.beyond[i] = beyond;
                    self.cloth[i] = Some([
                        ca[0] * wa + cb[0] * wb + cc[0] * wc,
                        ca[1] * wa + cb[1] * wb + cc[1] * wc,
                    ]);
                }
            }
        }
    }
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
