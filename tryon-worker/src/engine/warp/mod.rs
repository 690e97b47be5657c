//! Carries a garment onto a body: each piece is bent with the part of the body that it covers, and resampled once.

mod bottom;
mod cloth;
mod flow;
mod mesh;
mod neck;
mod ribbon;
mod settle;
mod sketch;
mod sleeve;
mod source;
mod top;
mod torso;

use super::area::Area;
use super::body::Body;
use super::error::{Refusal, TryOnError};
use super::garment::Garment;
use super::geometry::{Bounds, Point};
use super::parse::Parse;
use super::raster::{Colours, Plane};
use super::shape::Shape;

pub(crate) use self::flow::Flow;
pub(crate) use self::settle::Settling;
pub use self::sketch::Sketch;

/// The photo's size and the area of it that is drawn.
#[derive(Clone, Copy)]
struct Frame {
    size: (usize, usize),
    area: Area,
}

impl Frame {
    /// All of a photo that a garment at `points` can change, with some of what surrounds it; `old` are the parts that go.
    fn new(
        parse: &Parse,
        body: &Body,
        old: &[usize],
        points: impl Iterator<Item = Point>,
    ) -> Result<Self, Refusal> {
        let size = parse.size;
        let garment = Area::holding(points, 0.3 * body.shoulder_width, size);
        let both = match (garment, parse.extent(old)) {
            (Some(garment), Some(old)) => garment.with(old),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => return Err(Refusal::GarmentShapeUnknown),
        };
        // Light is looked at in a neighbourhood of a fifteenth of the photo's width, bare skin in a quarter of the shoulders'.
        let margin = (0.25 * body.shoulder_width + 8.0).max(size.0 as f32 / 15.0);
        let corners = [
            [both.x as f32, both.y as f32],
            [(both.x + both.width) as f32, (both.y + both.height) as f32],
        ];
        Area::holding(corners.into_iter(), margin, size)
            .map(|area| Self { size, area })
            .ok_or(Refusal::GarmentShapeUnknown)
    }
}

/// A piece of the garment in the pixels of the area that is drawn.
#[derive(Clone)]
pub(crate) struct Layer {
    pub(crate) colours: Colours,
    pub(crate) alpha: Plane,
}

/// The garment on the body, from back to front. Points and pixels are those of `area`.
pub(crate) struct Dressed {
    /// The part of the photo that is drawn.
    pub(crate) area: Area,
    /// The inside of the back of the neck, and a hood: behind the wearer's neck and head.
    pub(crate) behind: Option<Layer>,
    /// Torso and skirt, or the hips of a bottom.
    pub(crate) front: Layer,
    /// Sleeves or legs: picture left, right; none when there are none.
    pub(crate) limbs: Vec<Layer>,
    /// What of the sleeves their picture hides behind the body, made up from the body's own cloth: behind `front`.
    pub(crate) under: Vec<Layer>,
    /// What has to be covered without a slit; none for bottoms.
    pub(crate) cover: Option<Cover>,
    /// Where each sleeve ends along its arm (0 shoulder, 1 elbow, 2 wrist).
    pub(crate) sleeve_ends: [f32; 2],
    /// The ends of the collar on the body: picture left, right; nowhere for bottoms.
    pub(crate) collar: [Point; 2],
    /// The neckline's outline on the body (closed, up to above the shoulders); empty for bottoms.
    pub(crate) neckline: Vec<Point>,
}

/// The outlines of a top on the body.
pub(crate) struct Cover {
    /// From collar to hem, closed; the neckline is its upper edge.
    pub(crate) trunk: Vec<Point>,
    /// The boxes around the trunk, and around it and the sleeves.
    pub(crate) trunk_bounds: Bounds,
    pub(crate) bounds: Bounds,
    /// The higher corner of the hem.
    pub(crate) hem: Point,
    /// Sleeves: the side that each belongs to, and its outline.
    pub(crate) sleeves: Vec<(usize, Vec<Point>)>,
}

/// Points of the photo with the points of the garment picture that belong there.
type Pairs = Vec<(Point, Point)>;

/// The box around the places of the photo, so much larger on each side: its two corners.
fn reach(points: impl Iterator<Item = Point>, margin: f32) -> [Point; 2] {
    let (mut low, mut high) = ([f32::MAX; 2], [f32::MIN; 2]);
    for p in points {
        for k in 0..2 {
            low[k] = low[k].min(p[k] - margin);
            high[k] = high[k].max(p[k] + margin);
        }
    }
    [low, high]
}

/// Dresses the body: as geometry has it, and `settling` corrects it.
pub(crate) fn dress(
    parse: &Parse,
    body: &Body,
    garment: &Garment,
    shape: &Shape,
    settling: Option<&Settling>,
) -> Result<Dressed, TryOnError> {
    match shape {
        Shape::Top(shape) => top::dress(parse, body, garment, shape, settling),
        Shape::Bottom(shape) => bottom::dress(parse, body, garment, shape, settling),
    }
}

/// The garment on the body as geometry has it, small.
pub(crate) fn sketch(
    parse: &Parse,
    body: &Body,
    garment: &Garment,
    shape: &Shape,
) -> Result<Sketch, Refusal> {
    match shape {
        Shape::Top(shape) => top::sketch(parse, body, garment, shape),
        Shape::Bottom(shape) => bottom::sketch(parse, body, garment, shape),
    }
}
