//! Carries a garment onto a body: each piece is bent with the part of the body that it covers, and resampled once.

mod bottom;
mod ribbon;
mod sleeve;
mod source;
mod top;

use super::body::Body;
use super::error::Refusal;
use super::garment::Garment;
use super::geometry::Point;
use super::parse::Parse;
use super::raster::{Colours, Plane};
use super::shape::Shape;

/// A piece of the garment in the photo's pixels.
pub(crate) struct Layer {
    pub(crate) colours: Colours,
    pub(crate) alpha: Plane,
}

/// The garment on the body, from back to front.
pub(crate) struct Dressed {
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
    /// The neckline's outline on the body (closed, up to above the shoulders); empty for bottoms.
    pub(crate) neckline: Vec<Point>,
}

/// The outlines of a top on the body.
pub(crate) struct Cover {
    /// From collar to hem, closed; the neckline is its upper edge.
    pub(crate) trunk: Vec<Point>,
    /// The higher corner of the hem.
    pub(crate) hem: Point,
    /// Sleeves: the side that each belongs to, and its outline.
    pub(crate) sleeves: Vec<(usize, Vec<Point>)>,
}

/// Points of the photo with the points of the garment picture that belong there.
type Pairs = Vec<(Point, Point)>;

/// Dresses the body.
pub(crate) fn dress(
    parse: &Parse,
    body: &Body,
    garment: &Garment,
    shape: &Shape,
) -> Result<Dressed, Refusal> {
    match shape {
        Shape::Top(shape) => top::dress(parse, body, garment, shape),
        Shape::Bottom(shape) => bottom::dress(parse, body, garment, shape),
    }
}
