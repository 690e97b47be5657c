//! A garment cut out of its picture: the same picture on a transparent ground.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::shared::{BlobHash, PictureId};

/// A garment cut out of its picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cutout {
    /// The picture with the transparent ground, one of its own.
    pub picture: PictureId,
    /// Its width in pixels.
    pub width_px: u32,
    /// Its height in pixels.
    pub height_px: u32,
    /// Where the garment is in it.
    pub bounds: Bounds,
}

/// The smallest box that holds all that can be seen of a garment, in pixels from the upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Bounds {
    /// Transparent columns to the left of it.
    pub left_px: u32,
    /// Transparent rows above it.
    pub top_px: u32,
    /// Its width.
    pub width_px: u32,
    /// Its height.
    pub height_px: u32,
}

impl Cutout {
    /// The picture that a cut-out of this picture, with a file that hashes to this, is stored as: the same cut-out is stored once, and
    /// another one has another address.
    pub fn picture_of(cut_from: PictureId, file: &BlobHash) -> PictureId {
        let name = format!("cutout {}", file.as_str());
        PictureId::new(Uuid::new_v5(&cut_from.as_uuid(), name.as_bytes()))
    }
}

#[cfg(feature = "testing")]
impl Cutout {
    /// A garment in the middle of 600 by 800 pixels.
    pub fn sample() -> Self {
        Self {
            picture: PictureId::new(Uuid::from_u128(11)),
            width_px: 600,
            height_px: 800,
            bounds: Bounds {
                left_px: 60,
                top_px: 80,
                width_px: 480,
                height_px: 640,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cutout_has_an_address_for_its_picture_and_its_file() {
        let file = |digits: &str| BlobHash::parse(&digits.repeat(32)).unwrap();
        let of = |picture, digits| {
            Cutout::picture_of(PictureId::new(Uuid::from_u128(picture)), &file(digits))
        };
        assert_eq!(of(7, "0a"), of(7, "0a"));
        assert_ne!(of(7, "0a"), of(7, "0b"));
        assert_ne!(of(7, "0a"), of(8, "0a"));
    }
}
