//! Everything that can happen to a picture. Append-only: `docs/events.md` says how an event may change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Consent, Removal};
use crate::{
    decision::event_versions,
    shared::{AccountId, BlobHash},
};

/// What a picture is for; it decides who may see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// Shows a garment. Public.
    Catalogue,
    /// Shows a person who wants to try garments on. Private to its owner.
    Person,
    /// A try-on's result. Private to its owner.
    Result,
    /// A garment cut out of a picture of the catalogue, on a transparent ground. Public.
    Cutout,
}

impl Purpose {
    /// The name in events, addresses and views.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Catalogue => "catalogue",
            Self::Person => "person",
            Self::Result => "result",
            Self::Cutout => "cutout",
        }
    }

    /// Whether everybody may see it. Nobody owns it, and it stays.
    pub const fn is_public(self) -> bool {
        match self {
            Self::Catalogue | Self::Cutout => true,
            Self::Person | Self::Result => false,
        }
    }
}

/// How a picture's bytes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PictureFormat {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
    /// AVIF; of renditions only.
    Avif,
}

impl PictureFormat {
    /// The media type, for `Content-Type`.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Avif => "image/avif",
        }
    }
}

/// A picture as it lies in the blob store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StoredPicture {
    /// Where its bytes are.
    pub blob: BlobHash,
    /// How they are written.
    pub format: PictureFormat,
    /// Width in pixels, upright.
    pub width_px: u32,
    /// Height in pixels, upright.
    pub height_px: u32,
    /// Length in bytes.
    pub size_bytes: u64,
}

/// The same picture at another size or in another format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rendition {
    /// The last part of its address, such as `400.webp`.
    pub name: String,
    /// What lies in the blob store.
    #[serde(flatten)]
    pub stored: StoredPicture,
}

/// The place in a picture that stays when it is cropped, in thousandths of its sides from the upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FocalPoint {
    /// 0 is the left edge, 1000 the right one.
    x_permille: u16,
    /// 0 is the upper edge, 1000 the lower one.
    y_permille: u16,
}

impl FocalPoint {
    /// From fractions of the sides; nothing outside the picture, and nothing that is no number.
    pub fn parse(x: f64, y: f64) -> Option<Self> {
        Some(Self {
            x_permille: permille(x)?,
            y_permille: permille(y)?,
        })
    }

    /// Fraction of the width, 0 to 1.
    pub fn x(self) -> f64 {
        f64::from(self.x_permille) / 1_000.0
    }

    /// Fraction of the height, 0 to 1.
    pub fn y(self) -> f64 {
        f64::from(self.y_permille) / 1_000.0
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "0 to 1000 by the check before it"
)]
fn permille(fraction: f64) -> Option<u16> {
    (0.0..=1.0)
        .contains(&fraction)
        .then(|| (fraction * 1_000.0).round() as u16)
}

/// What happened to a picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
pub enum PictureEvent {
    /// It was checked, stripped of its metadata, turned upright and stored.
    PictureUploaded {
        /// What it is for.
        purpose: Purpose,
        /// Whose it is; a shop's own picture has none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<AccountId>,
        /// What lies in the blob store.
        original: StoredPicture,
    },
    /// Its renditions are stored.
    PictureProcessed {
        /// All of them.
        renditions: Vec<Rendition>,
        /// The mean colour, `#rrggbb` in sRGB.
        mean_colour: String,
        /// A blurred picture to show until it is there: ThumbHash in base64. Pictures from before it was made have none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thumbhash: Option<String>,
    },
    /// What it shows first, where it has to be cropped.
    FocalPointChosen {
        /// From the upper left corner.
        #[serde(flatten)]
        focal_point: FocalPoint,
    },
    /// It cannot be used.
    PictureRefused {
        /// A stable code.
        reason: String,
        /// The same for people.
        detail: String,
    },
    /// Its owner agreed to what is done with this photo of a person.
    PhotoConsentGiven {
        /// To what, and for whom.
        #[serde(flatten)]
        consent: Consent,
    },
    /// Its owner no longer agrees: nothing more is done with it.
    PhotoConsentWithdrawn {},
    /// It is gone: nothing of it is kept but that it was there.
    PictureRemoved {
        /// Why.
        reason: Removal,
    },
}

event_versions! {
    PictureEvent {
        PictureUploaded => "1",
        PictureProcessed => "1",
        FocalPointChosen => "1",
        PictureRefused => "1",
        PhotoConsentGiven => "1",
        PhotoConsentWithdrawn => "1",
        PictureRemoved => "1",
    }
}

#[cfg(feature = "testing")]
#[expect(clippy::unwrap_used, reason = "samples are written to be right")]
impl StoredPicture {
    /// A 768 by 1024 JPEG.
    pub fn sample() -> Self {
        Self {
            blob: BlobHash::parse(&"a".repeat(64)).unwrap(),
            format: PictureFormat::Jpeg,
            width_px: 768,
            height_px: 1024,
            size_bytes: 100_000,
        }
    }
}

#[cfg(feature = "testing")]
impl FocalPoint {
    /// Where a face is in a full-length photo.
    pub fn sample() -> Self {
        Self {
            x_permille: 500,
            y_permille: 125,
        }
    }
}

#[cfg(feature = "testing")]
impl Rendition {
    /// The picture at 400 pixels, as WebP.
    pub fn sample() -> Self {
        let stored = StoredPicture {
            format: PictureFormat::Webp,
            width_px: 400,
            height_px: 533,
            ..StoredPicture::sample()
        };
        Self {
            name: "400.webp".to_owned(),
            stored,
        }
    }
}

#[cfg(feature = "testing")]
impl PictureEvent {
    /// One of each, as frozen in `tests/golden/`.
    pub fn samples() -> Vec<Self> {
        vec![
            Self::PictureUploaded {
                purpose: Purpose::Person,
                owner: Some(AccountId::new(uuid::Uuid::from_u128(3))),
                original: StoredPicture::sample(),
            },
            Self::PictureProcessed {
                renditions: vec![Rendition::sample()],
                mean_colour: "#808080".to_owned(),
                thumbhash: None,
            },
            Self::PictureRefused {
                reason: "picture-truncated".to_owned(),
                detail: "Upload the file again.".to_owned(),
            },
            Self::FocalPointChosen {
                focal_point: FocalPoint::sample(),
            },
            Self::PhotoConsentGiven {
                consent: Consent::sample(),
            },
            Self::PhotoConsentWithdrawn {},
            Self::PictureRemoved {
                reason: Removal::Expired,
            },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_focal_point_is_within_the_picture() {
        let point = FocalPoint::parse(0.25, 1.0).unwrap();
        assert_eq!((point.x(), point.y()), (0.25, 1.0));
        for (x, y) in [(-0.001, 0.5), (0.5, 1.001), (f64::NAN, 0.5)] {
            assert_eq!(FocalPoint::parse(x, y), None);
        }
    }
}
