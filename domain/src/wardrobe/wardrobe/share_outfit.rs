//! Let whoever has the link see an outfit.

use super::{TokenHash, Wardrobe, WardrobeEvent};
use crate::{decision::Decide, rejection::rejections, shared::OutfitId};

/// Let whoever has the link see an outfit. A link that it had before ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareOutfit {
    /// Which outfit.
    pub outfit: OutfitId,
    /// Of the link's token.
    pub token: TokenHash,
    /// Whether the picture of its owner is shown too.
    pub with_picture: bool,
}

rejections! {
    /// Why an outfit is not shared.
    ShareOutfitRejection {
        NotSaved => "outfit-not-found", NotFound, "there is no such outfit";
        PictureMissing => "outfit-picture-missing", Conflict, "this outfit was not tried on: there is no picture to share";
    }
}

impl Decide<Wardrobe> for ShareOutfit {
    type Rejection = ShareOutfitRejection;

    fn decide(&self, wardrobe: &Wardrobe) -> Result<Vec<WardrobeEvent>, ShareOutfitRejection> {
        let saved = wardrobe.contents.outfit(self.outfit);
        let saved = saved.ok_or(ShareOutfitRejection::NotSaved)?;
        let picture = match saved.is.try_on {
            _ if !self.with_picture => None,
            Some(tried) => Some(tried.picture),
            None => return Err(ShareOutfitRejection::PictureMissing),
        };
        Ok(vec![WardrobeEvent::OutfitShared {
            outfit: self.outfit,
            token_sha256: self.token.clone(),
            picture,
        }])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::{super::Outfit, *};

    fn share(with_picture: bool) -> ShareOutfit {
        ShareOutfit {
            outfit: OutfitId::new(uuid::Uuid::from_u128(4)),
            token: TokenHash::parse(&"5e".repeat(32)).unwrap(),
            with_picture,
        }
    }

    #[test]
    fn a_picture_is_shared_only_where_its_owner_says_so() {
        let samples = WardrobeEvent::samples();
        let (saved, with_picture) = (samples[4].clone(), samples[5].clone());
        TestFramework::<Wardrobe>::with(())
            .given(vec![saved.clone()])
            .when(share(true).into())
            .then_expect_events(vec![with_picture]);
        TestFramework::<Wardrobe>::with(())
            .given(vec![saved])
            .when(share(false).into())
            .then_expect_events(vec![WardrobeEvent::OutfitShared {
                outfit: share(false).outfit,
                token_sha256: share(false).token,
                picture: None,
            }]);
    }

    #[test]
    fn what_is_not_there_is_not_shared() {
        TestFramework::<Wardrobe>::with(())
            .given_no_previous_events()
            .when(share(false).into())
            .then_expect_error(ShareOutfitRejection::NotSaved.into());
        let untried = WardrobeEvent::OutfitSaved {
            outfit: share(true).outfit,
            is: Outfit {
                try_on: None,
                ..Outfit::sample()
            },
        };
        TestFramework::<Wardrobe>::with(())
            .given(vec![untried])
            .when(share(true).into())
            .then_expect_error(ShareOutfitRejection::PictureMissing.into());
    }
}
