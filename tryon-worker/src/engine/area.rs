//! Rectangles of a picture: stages after the parse work only where the garment and the old cloth are.

use super::geometry::Point;
use super::raster::{Plane, Raster};

/// A rectangle of a picture, in its pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Area {
    pub(crate) x: usize,
    pub(crate) y: usize,
    pub(crate) width: usize,
    pub(crate) height: usize,
}

impl Area {
    /// What a mask touches, grown by a margin.
    pub(crate) fn around(mask: &Plane, margin: usize) -> Option<Self> {
        let (mut x0, mut y0, mut x1, mut y1) = (usize::MAX, usize::MAX, 0, 0);
        for (y, row) in mask.data.chunks_exact(mask.width).enumerate() {
            let Some(first) = row.iter().position(|v| *v > 0.0) else {
                continue;
            };
            let last = row.iter().rposition(|v| *v > 0.0).unwrap_or(first);
            (x0, y0, x1, y1) = (x0.min(first), y0.min(y), x1.max(last + 1), y + 1);
        }
        if x1 <= x0 {
            return None;
        }
        let (x, y) = (x0.saturating_sub(margin), y0.saturating_sub(margin));
        let (right, bottom) = (
            (x1 + margin).min(mask.width),
            (y1 + margin).min(mask.height),
        );
        Some(Self {
            x,
            y,
            width: right - x,
            height: bottom - y,
        })
    }

    /// The whole pixels of a picture of `size` that hold all `points`, grown by a margin; none when they lie outside.
    pub(crate) fn holding(
        points: impl Iterator<Item = Point>,
        margin: f32,
        size: (usize, usize),
    ) -> Option<Self> {
        let (mut low, mut high) = ([f32::MAX; 2], [f32::MIN; 2]);
        for p in points {
            for k in 0..2 {
                low[k] = low[k].min(p[k] - margin);
                high[k] = high[k].max(p[k] + margin);
            }
        }
        let clip = |v: f32, limit: usize| v.clamp(0.0, limit as f32) as usize;
        let (x, y) = (clip(low[0].floor(), size.0), clip(low[1].floor(), size.1));
        let (right, bottom) = (clip(high[0].ceil(), size.0), clip(high[1].ceil(), size.1));
        (right > x && bottom > y).then(|| Self {
            x,
            y,
            width: right - x,
            height: bottom - y,
        })
    }

    /// The smallest area around both.
    pub(crate) fn with(self, other: Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        Self {
            x,
            y,
            width: (self.x + self.width).max(other.x + other.width) - x,
            height: (self.y + self.height).max(other.y + other.height) - y,
        }
    }

    /// The pixel of the picture with this index in the area.
    pub(crate) fn pixel(self, index: usize) -> (usize, usize) {
        (self.x + index % self.width, self.y + index / self.width)
    }

    /// A point of the picture as the area has it.
    pub(crate) fn own(self, p: Point) -> Point {
        [p[0] - self.x as f32, p[1] - self.y as f32]
    }

    pub(crate) fn crop<T: Copy + Send + Sync>(self, raster: &Raster<T>) -> Raster<T> {
        raster.crop(self.x, self.y, self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_holds_its_points_and_stays_in_its_picture() {
        let points = [[10.2, 20.0], [30.0, 40.5]];
        let area = Area::holding(points.into_iter(), 2.0, (31, 100)).unwrap();
        assert_eq!((area.x, area.y, area.width, area.height), (8, 18, 23, 25));
        assert!(Area::holding(points.into_iter(), 0.0, (5, 5)).is_none());
        let both = area.with(Area {
            x: 0,
            y: 50,
            width: 4,
            height: 10,
        });
        assert_eq!((both.x, both.y, both.width, both.height), (0, 18, 31, 42));
    }
}
