//! Put down what an engine found that looked at a garment's picture.

use std::convert::Infallible;

use super::{Look, Suitability, SuitabilityEvent};
use crate::decision::Decide;

/// Put down what an engine found that looked at a garment's picture. It was taken, so nothing is refused; the same look is put down
/// once, however often it is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordLook {
    /// What was looked at, by whom, and what was found.
    pub look: Look,
}

impl Decide<Suitability> for RecordLook {
    type Rejection = Infallible;

    fn decide(&self, state: &Suitability) -> Result<Vec<SuitabilityEvent>, Infallible> {
        let latest = state.look.as_ref();
        if latest.is_some_and(|latest| self.look.repeats(latest)) {
            return Ok(vec![]);
        }
        let look = self.look.clone();
        Ok(vec![SuitabilityEvent::GarmentLookedAt {
            picture: look.picture,
            blob: look.blob,
            category: look.category,
            engine: look.engine,
            pack: look.pack,
            verdict: look.verdict,
            cutout: look.cutout,
        }])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;
    use uuid::Uuid;

    use super::*;
    use crate::{
        shared::{BlobHash, Category, PictureId},
        tryon::suitability::{Cutout, ModelPack, Verdict},
    };

    fn look(picture: u128, category: Category, version: &str) -> Look {
        Look {
            picture: PictureId::new(Uuid::from_u128(picture)),
            blob: BlobHash::parse(&"0a".repeat(32)).unwrap(),
            category,
            engine: "drape-geometric 0.1.0".to_owned(),
            pack: ModelPack {
                name: "drape".to_owned(),
                version: version.to_owned(),
                sha256: BlobHash::parse(&"0b".repeat(32)).unwrap(),
            },
            verdict: Verdict::Ready,
            cutout: None,
        }
    }

    fn looked_at(look: Look) -> SuitabilityEvent {
        SuitabilityEvent::GarmentLookedAt {
            picture: look.picture,
            blob: look.blob,
            category: look.category,
            engine: look.engine,
            pack: look.pack,
            verdict: look.verdict,
            cutout: look.cutout,
        }
    }

    #[test]
    fn a_look_is_put_down_once_and_another_one_again() {
        let known = || look(7, Category::Tops, "2026.2");
        for (next, is_new) in [
            (known(), false),
            (look(8, Category::Tops, "2026.2"), true),
            (look(7, Category::Dresses, "2026.2"), true),
            (look(7, Category::Tops, "2026.3"), true),
        ] {
            let then = is_new.then(|| looked_at(next.clone()));
            TestFramework::<Suitability>::with(())
                .given(vec![looked_at(known())])
                .when(RecordLook { look: next }.into())
                .then_expect_events(then.into_iter().collect());
        }
    }

    #[test]
    fn a_look_that_brings_a_cutout_is_put_down_once_after_one_that_brought_none() {
        let without = look(7, Category::Tops, "2026.2");
        let with = Look {
            cutout: Some(Cutout::sample()),
            ..without.clone()
        };
        TestFramework::<Suitability>::with(())
            .given(vec![looked_at(without.clone())])
            .when(RecordLook { look: with.clone() }.into())
            .then_expect_events(vec![looked_at(with.clone())]);
        for next in [without, with.clone()] {
            TestFramework::<Suitability>::with(())
                .given(vec![looked_at(with.clone())])
                .when(RecordLook { look: next }.into())
                .then_expect_events(vec![]);
        }
    }

    #[test]
    fn a_picture_that_comes_back_is_put_down_again() {
        let (first, second) = (
            look(7, Category::Tops, "2026.2"),
            look(8, Category::Tops, "2026.2"),
        );
        TestFramework::<Suitability>::with(())
            .given(vec![looked_at(first.clone()), looked_at(second)])
            .when(
                RecordLook {
                    look: first.clone(),
                }
                .into(),
            )
            .then_expect_events(vec![looked_at(first)]);
    }
}
