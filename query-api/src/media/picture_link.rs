//! How a document points to a picture.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::PictureDisplayDocument;

/// Where a picture is found.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PictureLinkDocument {
    /// The picture.
    pub id: Uuid,
    /// How it is shown, once it is processed.
    #[schema(required)]
    pub display: Option<PictureDisplayDocument>,
    /// At 400 pixels, as WebP.
    pub url: String,
    /// As it was uploaded, upright and without metadata; there before any rendition.
    pub original_url: String,
    /// At all widths, as WebP.
    pub sources: Vec<PictureSourceDocument>,
}

/// A picture at one width.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PictureSourceDocument {
    /// Width in pixels; less when the original is smaller.
    #[schema(minimum = 1)]
    pub width_px: u32,
    /// Where it is found.
    pub url: String,
}
