//! What a garment's outline alone says: whether it has two legs, and where they begin and end.

use super::area::Area;
use super::geometry::Point;
use super::raster::Plane;

/// Rows that the outline is read at, in shares of its height: the corners of a waistband lie above the first, the curve of a
/// waist or a neckline above the second.
const TOP: f32 = 0.04;
const BELOW_THE_TOP: f32 = 0.10;
/// Hems are skewed: legs are read from here up.
const ABOVE_THE_HEMS: f32 = 0.96;

/// Two legs below a waist.
#[derive(Clone, Debug)]
pub(crate) struct Legs {
    /// Waist corners: picture left, right.
    pub(crate) waist: [Point; 2],
    pub(crate) crotch: Point,
    /// Each leg's outer hem corner.
    pub(crate) outer_hems: [Point; 2],
    /// Each leg's inner hem corner.
    pub(crate) inner_hems: [Point; 2],
    /// How far down the crotch is, in shares of the height.
    pub(crate) rise: f32,
    /// Where the ground shows between the legs: first row, then columns from and to, row by row.
    first: usize,
    gaps: Vec<[usize; 2]>,
}

impl Legs {
    /// Where the ground shows between the legs.
    pub(crate) fn between(&self, x: usize, y: usize) -> bool {
        let row = y.checked_sub(self.first).and_then(|r| self.gaps.get(r));
        row.is_some_and(|[from, to]| (*from..*to).contains(&x))
    }

    /// Of a pixel below the crotch: whether it is nearer to the leg at the picture's left.
    pub(crate) fn is_left(&self, x: usize, y: usize) -> bool {
        let last = self.gaps.len().saturating_sub(1);
        let row = self.gaps.get(y.saturating_sub(self.first).min(last));
        row.is_none_or(|[from, to]| 2 * x < from + to)
    }
}

/// A row of a mask: where cloth begins and ends, without what is thinner than `least`.
fn runs(mask: &Plane, y: usize, least: usize) -> Vec<[usize; 2]> {
    let row = &mask.data[y * mask.width..][..mask.width];
    let mut found: Vec<[usize; 2]> = Vec::new();
    for (x, _) in row.iter().enumerate().filter(|(_, v)| **v > 0.5) {
        match found.last_mut() {
            Some(last) if x <= last[1] + least => last[1] = x + 1,
            _ => found.push([x, x + 1]),
        }
    }
    found.retain(|[from, to]| to - from > least);
    found
}

/// The rows of an outline.
struct Rows<'a> {
    mask: &'a Plane,
    top: usize,
    bottom: usize,
    width: usize,
    /// Cloth and gaps that are not wider than this are none.
    least: usize,
}

impl<'a> Rows<'a> {
    fn of(mask: &'a Plane) -> Option<Self> {
        let found = Area::around(&mask.map(|v| if v > 0.5 { 1.0 } else { 0.0 }), 0)?;
        Some(Self {
            mask,
            top: found.y,
            bottom: found.y + found.height,
            width: found.width,
            least: (found.width / 100).max(1),
        })
        .filter(|rows| found.height >= 40 && rows.width >= 20)
    }

    fn height(&self) -> usize {
        self.bottom - self.top
    }

    /// The row so far down, in shares of the height.
    fn at(&self, share: f32) -> usize {
        self.top + (share * self.height() as f32) as usize
    }

    fn runs(&self, y: usize) -> Vec<[usize; 2]> {
        runs(self.mask, y, self.least)
    }

    /// From the row's first cloth to its last.
    fn span(&self, y: usize) -> f32 {
        let runs = self.runs(y);
        let ends = runs.first().zip(runs.last());
        ends.map_or(0.0, |(first, last)| (last[1] - first[0]) as f32)
    }

    fn two(&self, y: usize) -> Option<[[usize; 2]; 2]> {
        self.runs(y).try_into().ok()
    }

    /// The corner that lies furthest in a direction, of the cloth in some rows whose middle lies on a side of `parting`.
    fn corner(
        &self,
        rows: std::ops::Range<usize>,
        [across, down]: [f32; 2],
        side: impl Fn(usize, [usize; 2]) -> bool,
    ) -> Option<Point> {
        let far = |p: &Point| across * p[0] + down * p[1];
        rows.flat_map(|y| self.runs(y).into_iter().map(move |run| (y, run)))
            .filter(|(y, run)| side(*y, *run))
            .map(|(y, run)| {
                let x = if across < 0.0 { run[0] } else { run[1] };
                [x as f32, y as f32 + 0.5]
            })
            .max_by(|a, b| far(a).total_cmp(&far(b)))
    }
}

/// Two legs, if the outline of `mask` has them: one piece of cloth from a level top down to the crotch, from there two to the
/// hems, and between them a gap that begins as a point. No top has that: beside its sleeves it has three pieces or one.
pub(crate) fn legs(mask: &Plane) -> Option<Legs> {
    let rows = Rows::of(mask)?;
    if rows.span(rows.at(TOP)) < 0.75 * rows.span(rows.at(0.15)) {
        return None;
    }
    let lowest = rows.at(ABOVE_THE_HEMS);
    let parted = (rows.top..=lowest).rev().map_while(|y| rows.two(y));
    let mut gaps: Vec<[usize; 2]> = parted.map(|[one, other]| [one[1], other[0]]).collect();
    gaps.reverse();
    let first = lowest + 1 - gaps.len();
    if gaps.len() * 10 < rows.height() {
        return None;
    }
    // Down to the hems' own ends.
    let last = *gaps.last()?;
    gaps.resize(rows.bottom - first, last);
    let above = rows.at(BELOW_THE_TOP)..first;
    let whole = above.clone().filter(|y| rows.runs(*y).len() == 1).count();
    let near = rows.height() * 3 / 100;
    let [from, to] = gaps[near];
    let [one, other] = rows
        .two(first.midpoint(lowest))?
        .map(|[from, to]| to - from);
    if above.is_empty()
        || whole * 100 < above.len() * 97
        || (to - from) as f32 > 0.25 * rows.span(first + near)
        || one.min(other) * 10 < one.max(other) * 6
    {
        return None;
    }
    let upper = |direction| rows.corner(rows.top..rows.at(0.15), direction, |_, _| true);
    let hem = |left: bool, direction| {
        rows.corner(first..rows.bottom, direction, |y, run| {
            let [from, to] = gaps[y - first];
            (run[0] + run[1] < from + to) == left
        })
    };
    let tip = gaps[0];
    // The seam lies in the cloth, just above the gap.
    let inside = 2.0 + 0.01 * rows.height() as f32;
    Some(Legs {
        waist: [upper([-1.0, -1.0])?, upper([1.0, -1.0])?],
        crotch: [tip[0].midpoint(tip[1]) as f32, first as f32 - inside],
        outer_hems: [hem(true, [-1.0, 1.0])?, hem(false, [1.0, 1.0])?],
        inner_hems: [hem(true, [1.0, 1.0])?, hem(false, [-1.0, 1.0])?],
        rise: (first - rows.top) as f32 / rows.height() as f32,
        first,
        gaps,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(inside: impl Fn(usize, usize) -> bool + Sync) -> Plane {
        Plane::from_fn(240, 240, |x, y| if inside(x, y) { 1.0 } else { 0.0 })
    }

    #[test]
    fn shorts_have_legs_though_the_gap_is_narrow() {
        let shorts = outline(|x, y| {
            let gap = y.saturating_sub(130) / 12;
            (20..200).contains(&y)
                && x.abs_diff(120) < 60 + y / 6
                && (y < 130 || x.abs_diff(120) > gap)
        });
        let found = legs(&shorts).unwrap();
        assert!((0.55..0.8).contains(&found.rise), "{}", found.rise);
        assert!(found.between(120, 198) && !found.between(120, 100) && !found.between(80, 198));
    }

    #[test]
    fn tops_and_skirts_have_none() {
        let skirt = outline(|x, y| (20..200).contains(&y) && x.abs_diff(120) < 40 + y / 4);
        assert!(legs(&skirt).is_none());
        // Sleeves apart from the body, and longer than it.
        let jumper = outline(|x, y| {
            let body = (20..160).contains(&y) && x.abs_diff(120) < 40;
            let sleeve = (20..200).contains(&y) && (60..80).contains(&x.abs_diff(120));
            let shoulders = (20..50).contains(&y) && x.abs_diff(120) < 80;
            body || sleeve || shoulders
        });
        assert!(legs(&jumper).is_none());
        // Sleeves that touch the body: what parts them is as wide as its hem.
        let cropped = outline(|x, y| {
            let middle = x.abs_diff(120);
            (20..200).contains(&y) && middle < 80 && (y < 140 || middle > 45)
        });
        assert!(legs(&cropped).is_none());
        // A neck that is narrower than the shoulders, and a slit that begins as a point.
        let coat = outline(|x, y| {
            let middle = x.abs_diff(120);
            let slit = y.saturating_sub(130) / 6;
            (20..200).contains(&y)
                && middle < (20 + 2 * (y - 20)).min(80)
                && (y < 130 || middle > slit)
        });
        assert!(legs(&coat).is_none());
    }
}
