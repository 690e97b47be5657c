//! A garment without the ground of its picture.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::media::PictureLinkDocument;

/// A garment cut out of its picture. Its ground is transparent, in every format; it has no JPEG.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CutoutDocument {
    /// The picture with the transparent ground.
    pub picture: PictureLinkDocument,
    /// Its width in pixels. It shows as much as the picture that it was cut from, and has 800 pixels on its longer side at most.
    #[schema(minimum = 1)]
    pub width_px: u32,
    /// Its height in pixels.
    #[schema(minimum = 1)]
    pub height_px: u32,
    /// Where the garment is in it.
    pub bounds: BoundsDocument,
}

/// The smallest box that holds all that can be seen of a garment, in pixels of a picture as wide and high as said beside it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BoundsDocument {
    /// Transparent columns to the left of it.
    #[schema(minimum = 0)]
    pub left_px: u32,
    /// Transparent rows above it.
    #[schema(minimum = 0)]
    pub top_px: u32,
    /// Its width.
    #[schema(minimum = 1)]
    pub width_px: u32,
    /// Its height.
    #[schema(minimum = 1)]
    pub height_px: u32,
}
