//! How a document points to a picture.

use domain::{media::picture::RENDITION_WIDTHS_PX, shared::PictureId};
use serde::{Deserialize, Serialize};

use crate::views::PictureDisplay;

/// Where a picture is found. A rendition answers 404 `rendition-not-ready` until the picture is processed; the
/// original is there at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureLink {
    /// The picture.
    pub id: PictureId,
    /// How it is shown. A view knows only its own aggregates, so here it is always empty; whoever answers fills it in from the
    /// picture's own view, right behind the id.
    pub display: Option<PictureDisplay>,
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
            display: None,
            url: rendition_url(id, "400.webp"),
            original_url: rendition_url(id, "original"),
            sources: RENDITION_WIDTHS_PX.map(source).into(),
        }
    }
}

/// The address of one rendition.
pub(crate) fn rendition_url(id: PictureId, name: &str) -> String {
    format!("/v1/pictures/{id}/{name}")
}
