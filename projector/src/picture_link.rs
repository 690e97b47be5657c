//! How a document points to a picture.

use domain::shared::PictureId;
use serde::{Deserialize, Serialize};

/// Widths of the renditions in pixels.
const WIDTHS_PX: [u32; 4] = [160, 400, 800, 1600];

/// Where a picture is found. A rendition answers 404 `rendition-not-ready` until the picture is processed; the
/// original is there at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureLink {
    /// The picture.
    pub id: PictureId,
    /// At 400 pixels, as WebP.
    pub url: String,
    /// As it was uploaded, upright and without metadata.
    pub original_url: String,
    /// At all widths, as WebP.
    pub sources: Vec<PictureSource>,
}

/// A picture at one width.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureSource {
    /// Width in pixels; less when the original is smaller.
    pub width_px: u32,
    /// Where it is found.
    pub url: String,
}

impl PictureLink {
    /// The addresses of this picture.
    pub fn to(id: PictureId) -> Self {
        let source = |width_px| PictureSource {
            width_px,
            url: rendition_url(id, &format!("{width_px}.webp")),
        };
        Self {
            id,
            url: rendition_url(id, "400.webp"),
            original_url: rendition_url(id, "original"),
            sources: WIDTHS_PX.map(source).into(),
        }
    }
}

/// The address of one rendition.
pub(crate) fn rendition_url(id: PictureId, name: &str) -> String {
    format!("/v1/pictures/{id}/{name}")
}
