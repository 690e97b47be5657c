//! Empty a wardrobe because whoever had it asked to be forgotten.

use super::{Contents, Wardrobe, WardrobeEvent};
use crate::{decision::Decide, rejection::rejections};

/// Empty a wardrobe because whoever had it asked to be forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EraseWardrobe {}

rejections! {
    /// Why a wardrobe is not erased.
    EraseWardrobeRejection {
        NotFound => "wardrobe-not-found", NotFound, "nothing ever was in this wardrobe";
    }
}

impl Decide<Wardrobe> for EraseWardrobe {
    type Rejection = EraseWardrobeRejection;

    fn decide(&self, wardrobe: &Wardrobe) -> Result<Vec<WardrobeEvent>, EraseWardrobeRejection> {
        if !wardrobe.begun {
            return Err(EraseWardrobeRejection::NotFound);
        }
        if wardrobe.contents == Contents::default() {
            return Ok(vec![]);
        }
        Ok(vec![WardrobeEvent::WardrobeErased {}])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    #[test]
    fn a_wardrobe_is_erased_if_anything_is_in_it() {
        let samples = WardrobeEvent::samples();
        let (liked, erased) = (samples[0].clone(), WardrobeEvent::WardrobeErased {});
        TestFramework::<Wardrobe>::with(())
            .given(vec![liked.clone()])
            .when(EraseWardrobe {}.into())
            .then_expect_events(vec![erased.clone()]);
        TestFramework::<Wardrobe>::with(())
            .given(vec![liked, erased])
            .when(EraseWardrobe {}.into())
            .then_expect_events(vec![]);
        TestFramework::<Wardrobe>::with(())
            .given_no_previous_events()
            .when(EraseWardrobe {}.into())
            .then_expect_error(EraseWardrobeRejection::NotFound.into());
    }
}
