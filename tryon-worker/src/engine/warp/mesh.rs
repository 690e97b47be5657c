//! Cloth as a mesh of triangles: which point of the garment picture each pixel of the photo shows.

use super::super::area::Area;
use super::super::geometry::Point;

/// A corner of a triangle.
#[derive(Clone, Copy)]
pub(super) struct Corner {
    /// Its places in the photo and in the garment picture.
    pub(super) at: Point,
    pub(super) cloth: Point,
    /// How far beyond the piece's edges it lies, in widths of the piece; not above 0 between them.
    pub(super) beyond: f32,
}

/// Where each pixel of a part of the photo comes from in the garment picture; `None` where no triangle is.
pub(super) struct Map {
    pub(super) width: usize,
    pub(super) x0: usize,
    pub(super) y0: usize,
    pub(super) cloth: Vec<Option<Point>>,
    /// How far beyond the piece's edges each pixel lies.
    pub(super) beyond: Vec<f32>,
}

impl Map {
    /// An empty map of what of `area` holds all corners; none when they lie outside.
    pub(super) fn holding(corners: impl Iterator<Item = Point>, area: Area) -> Option<Self> {
        let own = corners.map(|corner| area.own(corner));
        let part = Area::holding(own, 0.0, (area.width, area.height))?;
        Some(Self {
            width: part.width,
            x0: area.x + part.x,
            y0: area.y + part.y,
            cloth: vec![None; part.width * part.height],
            beyond: vec![f32::MAX; part.width * part.height],
        })
    }

    /// The garment point of a pixel of the photo, and whether it lies between the piece's edges.
    pub(super) fn place(&self, x: usize, y: usize) -> Option<(Point, bool)> {
        let (column, row) = (x.checked_sub(self.x0)?, y.checked_sub(self.y0)?);
        if column >= self.width {
            return None;
        }
        let i = row * self.width + column;
        (*self.cloth.get(i)?).map(|at| (at, self.beyond[i] <= 0.0))
    }

    /// Where triangles overlap, cloth wins over what lies beyond the edges, and the later triangle over the earlier.
    pub(super) fn triangle(&mut self, corners: [Corner; 3]) {
        let [a, b, c] = corners.map(|c| c.at);
        let [ca, cb, cc] = corners.map(|c| c.cloth);
        let [ua, ub, uc] = corners.map(|c| c.beyond);
        let area = cross(a, b, c);
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
                let (wb, wc) = (cross(a, p, c) / area, cross(a, b, p) / area);
                let wa = 1.0 - wb - wc;
                if wa < slack || wb < slack || wc < slack {
                    continue;
                }
                let beyond = (ua * wa + ub * wb + uc * wc).max(0.0);
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

/// Twice the area of a triangle; negative when it is seen from behind.
pub(super) fn cross(a: Point, b: Point, c: Point) -> f32 {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Area = Area {
        x: 0,
        y: 0,
        width: 40,
        height: 40,
    };

    fn corner(at: Point, beyond: f32) -> Corner {
        Corner {
            at,
            cloth: [2.0 * at[0], 100.0 - at[1]],
            beyond,
        }
    }

    #[test]
    fn pixels_show_the_cloth_of_the_triangle_around_them() {
        let corners = [[5.0, 5.0], [25.0, 5.0], [5.0, 25.0]];
        let mut map = Map::holding(corners.into_iter(), AREA).unwrap();
        map.triangle(corners.map(|at| corner(at, -0.5)));
        let (cloth, between) = map.place(10, 8).unwrap();
        assert!((cloth[0] - 21.0).abs() < 1e-3 && (cloth[1] - 91.5).abs() < 1e-3);
        assert!(between);
        for (x, y) in [(24, 24), (3, 8), (10, 3), (39, 8)] {
            assert!(map.place(x, y).is_none(), "{x}, {y}");
        }
    }

    #[test]
    fn cloth_wins_over_what_lies_beyond_its_edges() {
        let corners = [[5.0, 5.0], [25.0, 5.0], [5.0, 25.0]];
        let mut map = Map::holding(corners.into_iter(), AREA).unwrap();
        map.triangle(corners.map(|at| corner(at, -0.5)));
        let before = map.place(10, 8);
        map.triangle(corners.map(|at| Corner {
            cloth: [0.0; 2],
            ..corner(at, 0.2)
        }));
        assert_eq!(map.place(10, 8), before);
    }

    #[test]
    fn a_triangle_seen_from_behind_has_less_than_no_area() {
        let [a, b, c] = [[0.0, 0.0], [4.0, 0.0], [0.0, 3.0]];
        assert!((cross(a, b, c) - 12.0).abs() < 1e-6);
        assert!((cross(a, c, b) + 12.0).abs() < 1e-6);
    }
}
