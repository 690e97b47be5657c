//! What a decision about a garment's suitability needs to remember, and no more.

use std::convert::Infallible;

use serde::{Deserialize, Serialize};

use super::{Cutout, ModelPack, RecordLook, SuitabilityEvent, Verdict};
use crate::{
    decision::commands,
    shared::{BlobHash, Category, PictureId},
};

/// One look at a garment's picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// The picture.
    pub picture: PictureId,
    /// What its original hashes to.
    pub blob: BlobHash,
    /// Where on the body the garment goes.
    pub category: Category,
    /// Which engine looked, with its version.
    pub engine: String,
    /// With which networks.
    pub pack: ModelPack,
    /// What it found.
    pub verdict: Verdict,
    /// The garment without its ground, where it was found.
    #[serde(default)]
    pub cutout: Option<Cutout>,
}

impl Look {
    /// Whether the same engine looked at the same, and nothing came of it that the other look lacks. What it found is then the same.
    pub fn repeats(&self, other: &Self) -> bool {
        let asked = |look: &Self| (look.picture, look.category);
        let brings_cutout = self.cutout.is_some() && other.cutout.is_none();
        asked(self) == asked(other)
            && self.engine == other.engine
            && self.pack == other.pack
            && !brings_cutout
    }
}

/// Whether a garment can be tried on, as its rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Suitability {
    pub(super) look: Option<Look>,
}

impl Suitability {
    /// The latest look, whatever it was about.
    pub fn look(&self) -> Option<&Look> {
        self.look.as_ref()
    }

    /// What is known of a garment that has this picture and this category; nothing where neither was looked at.
    pub fn verdict_on(&self, picture: PictureId, category: Category) -> Option<&Verdict> {
        let look = self.look.as_ref()?;
        let is_about_it = look.picture == picture && look.category == category;
        is_about_it.then_some(&look.verdict)
    }

    pub(super) fn evolve(&mut self, event: SuitabilityEvent) {
        match event {
            SuitabilityEvent::GarmentLookedAt {
                picture,
                blob,
                category,
                engine,
                pack,
                verdict,
                cutout,
            } => {
                self.look = Some(Look {
                    picture,
                    blob,
                    category,
                    engine,
                    pack,
                    verdict,
                    cutout,
                });
            }
        }
    }
}

commands! {
    Suitability: "tryon.suitability", SuitabilityEvent;
    SuitabilityCommand, SuitabilityRejection {
        RecordLook or Infallible,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_verdict_is_about_one_picture_in_one_category() {
        let mut suitability = Suitability::default();
        let picture = PictureId::new(Uuid::from_u128(7));
        assert_eq!(suitability.verdict_on(picture, Category::Tops), None);
        for event in SuitabilityEvent::samples() {
            suitability.evolve(event);
        }
        assert!(suitability.verdict_on(picture, Category::Tops).is_some());
        let other = PictureId::new(Uuid::from_u128(8));
        assert_eq!(suitability.verdict_on(other, Category::Tops), None);
        assert_eq!(suitability.verdict_on(picture, Category::Dresses), None);
    }
}
