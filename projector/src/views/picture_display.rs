//! How a picture is shown: what a page needs for `<picture>` and for the moment before it is there.

use domain::media::picture::{FocalPoint, PictureFormat, RENDITION_FORMATS};
use serde::{Deserialize, Serialize};

use super::picture::PictureDocument;

/// The rendition that a page falls back to is the widest up to this.
const FALLBACK_WIDTH_PX: u32 = 800;

/// How a picture is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PictureDisplay {
    /// Width of the original in pixels: with the height, the place to keep free.
    pub width_px: u32,
    /// Height of the original in pixels.
    pub height_px: u32,
    /// `#rrggbb`.
    pub mean_colour: String,
    /// A blurred picture: ThumbHash in base64. Pictures from before it was made have none.
    pub thumbhash: Option<String>,
    /// What stays when it is cropped.
    pub focal_point: Option<FocalPointDocument>,
    /// For `img src`: a JPEG, or a WebP of what has none.
    pub src: String,
    /// For `source type srcset`, the smallest files first.
    pub sources: Vec<SourceSet>,
}

// Fractions are thousandths: never NaN.
impl Eq for PictureDisplay {}

/// A place in a picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FocalPointDocument {
    /// Fraction of the width from the left, 0 to 1.
    pub x: f64,
    /// Fraction of the height from the top, 0 to 1.
    pub y: f64,
}

impl Eq for FocalPointDocument {}

impl From<FocalPoint> for FocalPointDocument {
    fn from(point: FocalPoint) -> Self {
        Self {
            x: point.x(),
            y: point.y(),
        }
    }
}

/// All widths in one format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceSet {
    /// Such as `image/avif`.
    #[serde(rename = "type")]
    pub media_type: String,
    /// Addresses with their widths, as HTML wants them.
    pub srcset: String,
}

impl PictureDisplay {
    /// How the picture is shown, once it is processed.
    pub(crate) fn of(picture: &PictureDocument) -> Option<Self> {
        let mean_colour = picture.mean_colour.clone()?;
        let sources: Vec<SourceSet> = RENDITION_FORMATS
            .iter()
            .filter_map(|(format, _)| {
                let media_type = format.media_type();
                let srcset = picture
                    .renditions
                    .iter()
                    .filter(|rendition| rendition.media_type == media_type)
                    .map(|rendition| format!("{} {}w", rendition.url, rendition.width_px))
                    .collect::<Vec<_>>()
                    .join(", ");
                (!srcset.is_empty()).then(|| SourceSet {
                    media_type: media_type.to_owned(),
                    srcset,
                })
            })
            .collect();
        let widest = |format: PictureFormat| {
            let renditions = picture.renditions.iter();
            renditions
                .filter(|rendition| rendition.media_type == format.media_type())
                .filter(|rendition| rendition.width_px <= FALLBACK_WIDTH_PX)
                .max_by_key(|rendition| rendition.width_px)
        };
        let fallback = widest(PictureFormat::Jpeg).or_else(|| widest(PictureFormat::Webp));
        Some(Self {
            width_px: picture.original.width_px,
            height_px: picture.original.height_px,
            mean_colour,
            thumbhash: picture.thumbhash.clone(),
            focal_point: picture.focal_point,
            src: fallback.unwrap_or(&picture.original).url.clone(),
            sources,
        })
    }
}
