//! The measures of a garment that the warp needs, from its landmarks; refuses what does not add up.

use super::Category;
use super::error::Refusal;
use super::garment::{Garment, mark, piece};
use super::geometry::{Point, along, distance, dot, mix, sub, unit};
use super::raster::Plane;

/// A sleeve's end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cuff {
    /// The corner on the shoulder's side.
    pub(crate) outer: Point,
    /// The corner on the armpit's side.
    pub(crate) inner: Point,
}

/// One side of a top.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Side {
    pub(crate) neck: Point,
    pub(crate) shoulder: Point,
    pub(crate) armpit: Point,
    pub(crate) hem: Point,
    /// None: sleeveless.
    pub(crate) cuff: Option<Cuff>,
}

/// A top, a dress or outerwear.
#[derive(Clone, Debug)]
pub(crate) struct TopShape {
    /// Picture left, picture right.
    pub(crate) sides: [Side; 2],
    /// Lowest point of the front neckline.
    pub(crate) collar_centre: Point,
    pub(crate) hem_centre: Point,
}

/// Trousers, shorts or a skirt.
#[derive(Clone, Debug)]
pub(crate) struct BottomShape {
    /// Waist corners: picture left, right.
    pub(crate) waist: [Point; 2],
    /// Hem corners: of the whole skirt, or of each leg's outer side.
    pub(crate) outer_hem: [Point; 2],
    /// The legs' inner hem corners and the crotch; none for a skirt.
    pub(crate) legs: Option<([Point; 2], Point)>,
}

/// What was found.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    Top(TopShape),
    Bottom(BottomShape),
}

/// Measures the garment as the category needs it.
pub(crate) fn measure(garment: &Garment, category: Category) -> Result<Shape, Refusal> {
    let legs = garment.share(&piece::LEGS);
    let sleeves = garment.share(&piece::SLEEVES);
    let upper =
        garment.mark(mark::ARMPITS[0]).is_some() && garment.mark(mark::ARMPITS[1]).is_some();
    match category {
        Category::Bottoms if upper && (sleeves > 0.08 || legs < 0.2) => {
            Err(Refusal::GarmentCategory)
        }
        Category::Bottoms => bottom(garment, legs > 0.2).map(Shape::Bottom),
        Category::Tops | Category::Outerwear | Category::Dresses if legs > 0.15 || !upper => {
            // What ends in a waistband at its top is a bottom.
            Err(
                if legs > 0.4 || (!upper && bottom(garment, legs > 0.2).is_ok()) {
                    Refusal::GarmentCategory
                } else {
                    Refusal::GarmentShapeUnknown
                },
            )
        }
        Category::Tops | Category::Outerwear | Category::Dresses => top(garment).map(Shape::Top),
    }
}

/// A pair of landmarks; one that is missing is the other one's mirror image across `axis`.
fn pair(garment: &Garment, indices: [usize; 2], axis: (Point, Point)) -> Option<[Point; 2]> {
    match indices.map(|i| garment.mark(i)) {
        [Some(left), Some(right)] => Some([left, right]),
        [Some(left), None] => Some([left, mirrored(left, axis)]),
        [None, Some(right)] => Some([mirrored(right, axis), right]),
        [None, None] => None,
    }
}

fn mirrored(p: Point, (top, bottom): (Point, Point)) -> Point {
    let direction = unit(sub(bottom, top));
    let foot = along(top, direction, dot(sub(p, top), direction));
    along(p, sub(foot, p), 2.0)
}

fn top(garment: &Garment) -> Result<TopShape, Refusal> {
    let unknown = Refusal::GarmentShapeUnknown;
    let middle = |indices: [usize; 2]| match indices.map(|i| garment.mark(i)) {
        [Some(a), Some(b)] => Some(mix(a, b, 0.5)),
        _ => None,
    };
    let armpit_middle = middle(mark::ARMPITS).ok_or(unknown)?;
    let lower = middle(mark::HEMS)
        .or_else(|| garment.mark(mark::HEM_CENTRE))
        .ok_or(unknown)?;
    let axis = (armpit_middle, lower);
    let armpits = pair(garment, mark::ARMPITS, axis).ok_or(unknown)?;
    let chest = distance(armpits[0], armpits[1]);
    let hems = pair(garment, mark::HEMS, axis).ok_or(unknown)?;
    let shoulders = pair(garment, mark::SHOULDERS, axis).ok_or(unknown)?;
    let necks = pair(garment, mark::NECKS, axis).ok_or(unknown)?;
    let cuffs = pair(garment, mark::OUTER_CUFFS, axis).zip(pair(garment, mark::INNER_CUFFS, axis));
    let sides = [0, 1].map(|s| {
        let has_sleeve = garment.share(&piece::SLEEVES[s..=s]) > 0.012;
        Side {
            neck: necks[s],
            shoulder: shoulders[s],
            armpit: armpits[s],
            hem: hems[s],
            cuff: cuffs.filter(|_| has_sleeve).map(|(outer, inner)| Cuff {
                outer: outer[s],
                inner: inner[s],
            }),
        }
    });
    let neck_middle = mix(necks[0], necks[1], 0.5);
    let collar_centre = garment
        .mark(mark::COLLAR_CENTRE)
        .unwrap_or([neck_middle[0], neck_middle[1] + 0.08 * chest]);
    let hem_centre = garment
        .mark(mark::HEM_CENTRE)
        .unwrap_or_else(|| mix(hems[0], hems[1], 0.5));
    let shape = TopShape {
        sides,
        collar_centre,
        hem_centre,
    };
    if plausible(&shape, chest) {
        Ok(shape)
    } else {
        Err(unknown)
    }
}

/// Whether the landmarks are where they can be on a garment that hangs upright.
fn plausible(shape: &TopShape, chest: f32) -> bool {
    let [left, right] = &shape.sides;
    let sleeves_agree = left.cuff.is_some() == right.cuff.is_some();
    let upright = shape.sides.iter().all(|s| {
        s.hem[1] > s.armpit[1] + 0.15 * chest
            && s.shoulder[1] < s.armpit[1] - 0.1 * chest
            && s.neck[1] < s.armpit[1] - 0.1 * chest
            && distance(s.neck, s.shoulder) > 0.03 * chest
            && s.cuff.is_none_or(|c| {
                let long = distance(mix(c.outer, c.inner, 0.5), mix(s.shoulder, s.armpit, 0.5));
                long > 0.12 * chest
                    && distance(c.outer, c.inner) < 1.1 * distance(s.shoulder, s.armpit)
            })
    });
    let ordered = right.neck[0] - left.neck[0] > 0.08 * chest
        && right.shoulder[0] - left.shoulder[0] > 0.35 * chest
        && right.shoulder[0] - left.shoulder[0] < 1.5 * chest
        && right.hem[0] - left.hem[0] > 0.4 * chest;
    let level = (left.armpit[1] - right.armpit[1]).abs() < 0.3 * chest;
    sleeves_agree
        && upright
        && ordered
        && level
        && shape.collar_centre[1] < left.hem[1].min(right.hem[1])
}

fn bottom(garment: &Garment, legged: bool) -> Result<BottomShape, Refusal> {
    let unknown = Refusal::GarmentShapeUnknown;
    let both = |indices: [usize; 2]| match indices.map(|i| garment.mark(i)) {
        [Some(a), Some(b)] => Ok([a, b]),
        _ => Err(unknown),
    };
    let waist = both(mark::WAISTS)?;
    let outer_hem = both(mark::HEMS)?;
    let width = distance(waist[0], waist[1]);
    let long = outer_hem[0][1].min(outer_hem[1][1]) - waist[0][1].max(waist[1][1]);
    if waist[1][0] - waist[0][0] < 0.5 * width
        || long < 0.4 * width
        || outer_hem[1][0] <= outer_hem[0][0]
    {
        return Err(unknown);
    }
    let legs = if legged {
        let inner = both(mark::INNER_HEMS)?;
        let crotch = garment.mark(mark::CROTCH).ok_or(unknown)?;
        let ordered = outer_hem[0][0] < inner[0][0]
            && inner[1][0] < outer_hem[1][0]
            && inner[0][0] < inner[1][0] + 0.2 * width;
        let below =
            crotch[1] > waist[0][1] + 0.2 * width && crotch[1] < inner[0][1].min(inner[1][1]);
        if !ordered || !below {
            return Err(unknown);
        }
        Some((inner, crotch))
    } else {
        None
    };
    Ok(BottomShape {
        waist,
        outer_hem,
        legs,
    })
}

/// How far `mask` reaches from `from` in `direction`: its own edge, not further than `limit`.
pub(crate) fn edge(mask: &Plane, from: Point, direction: Point, limit: f32) -> Point {
    let mut last = from;
    let mut step = 0.0;
    let mut misses = 0;
    while step < limit && misses < 4 {
        let p = along(from, direction, step);
        if mask.sample_or_zero(p[0], p[1]) > 0.5 {
            last = p;
            misses = 0;
        } else {
            misses += 1;
        }
        step += 1.0;
    }
    last
}
