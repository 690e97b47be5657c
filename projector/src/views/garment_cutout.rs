//! A garment without the ground of its picture, as the views of a garment say it.

use domain::{
    shared::PictureId,
    tryon::suitability::{Bounds, Cutout},
};
use serde::{Deserialize, Serialize};

use super::Looked;
use crate::PictureLink;

/// A garment cut out of its picture; as the client gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GarmentCutout {
    /// The picture with the transparent ground.
    pub picture: PictureLink,
    /// Its width in pixels.
    pub width_px: u32,
    /// Its height in pixels.
    pub height_px: u32,
    /// Where the garment is in it.
    pub bounds: Bounds,
}

impl GarmentCutout {
    /// What the latest look brought, if it was at the picture that the garment has now. Where on the body the garment goes does not
    /// matter.
    pub fn of(picture: Option<&PictureLink>, looked: Option<&Looked>) -> Option<Self> {
        let picture: PictureId = picture?.id;
        let cutout = looked.filter(|looked| looked.picture == picture)?;
        cutout.cutout.as_ref().map(Self::from)
    }
}

impl From<&Cutout> for GarmentCutout {
    fn from(cutout: &Cutout) -> Self {
        Self {
            picture: PictureLink::to(cutout.picture),
            width_px: cutout.width_px,
            height_px: cutout.height_px,
            bounds: cutout.bounds,
        }
    }
}
