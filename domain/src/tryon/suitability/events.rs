//! Everything that is found out about trying a garment on. Append-only: `docs/events.md` says how an event may change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Cutout;
use crate::{
    decision::event_versions,
    shared::{BlobHash, Category, PictureId},
    tryon::session::FailureReason,
};

/// The networks that looked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModelPack {
    /// The pack's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What its manifest hashes to, which names the hashes of its files.
    pub sha256: BlobHash,
}

/// What a look at a garment's picture came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing that the picture shows stands against a try-on. The photo of the person may.
    Ready,
    /// No try-on with this picture succeeds, whoever wears it.
    Unsupported {
        /// Why, in the words of a try-on that fails for it.
        reason: FailureReason,
    },
}

/// What happened to a garment's suitability for try-on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
pub enum SuitabilityEvent {
    /// An engine looked at the garment's picture before anybody tried it on. It is about that picture and that category only.
    GarmentLookedAt {
        /// The picture that the garment had then.
        picture: PictureId,
        /// What that picture's original hashes to.
        blob: BlobHash,
        /// Where on the body the garment went then.
        category: Category,
        /// Which engine looked, with its version.
        engine: String,
        /// With which networks.
        pack: ModelPack,
        /// What it found.
        verdict: Verdict,
        /// The garment without its ground. None where it was not found in its picture, and of looks from before it was kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cutout: Option<Cutout>,
    },
}

event_versions! {
    SuitabilityEvent {
        GarmentLookedAt => "1",
    }
}

#[cfg(feature = "testing")]
#[expect(clippy::unwrap_used, reason = "samples are written to be right")]
impl SuitabilityEvent {
    /// One of each, as frozen in `tests/golden/`.
    pub fn samples() -> Vec<Self> {
        vec![Self::GarmentLookedAt {
            picture: PictureId::new(uuid::Uuid::from_u128(7)),
            blob: BlobHash::parse(&"0a".repeat(32)).unwrap(),
            category: Category::Tops,
            engine: "drape-geometric 0.1.0".to_owned(),
            pack: ModelPack {
                name: "drape".to_owned(),
                version: "2026.2".to_owned(),
                sha256: BlobHash::parse(&"0b".repeat(32)).unwrap(),
            },
            verdict: Verdict::Unsupported {
                reason: FailureReason {
                    code: "garment-touches-border".to_owned(),
                    detail: "Leave a margin around the garment.".to_owned(),
                },
            },
            cutout: None,
        }]
    }
}
