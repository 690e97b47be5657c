//! Take over what another account had.

use super::{Contents, Wardrobe, WardrobeEvent};
use crate::{decision::Decide, rejection::rejections, shared::AccountId};

/// Take over what another account had: whatever is not there yet. What both have stays as it is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeWardrobe {
    /// Whose it was.
    pub from: AccountId,
    /// All that it had.
    pub contents: Contents,
}

rejections! {
    /// Why nothing is taken over.
    MergeWardrobeRejection {
        TooManyFavourites => "favourites-exceeded", Conflict, "a wardrobe has at most 1,000 favourites, and together there are more";
        TooManyOwned => "owned-exceeded", Conflict, "a wardrobe has at most 1,000 garments, and together there are more";
        TooManyOutfits => "outfits-exceeded", Conflict, "a wardrobe has at most 200 outfits, and together there are more";
        TooManyAccounts => "merges-exceeded", Conflict, "a wardrobe takes over what at most 100 accounts had";
    }
}

impl Decide<Wardrobe> for MergeWardrobe {
    type Rejection = MergeWardrobeRejection;

    fn decide(&self, wardrobe: &Wardrobe) -> Result<Vec<WardrobeEvent>, MergeWardrobeRejection> {
        let (here, there) = (&wardrobe.contents, &self.contents);
        let liked = there.favourites.iter();
        let mut events: Vec<_> = liked
            .filter(|garment| !here.favourites.contains(garment))
            .map(|garment| WardrobeEvent::FavouriteAdded { garment: *garment })
            .collect();
        if here.favourites.len() + events.len() > Wardrobe::MAX_FAVOURITES {
            return Err(MergeWardrobeRejection::TooManyFavourites);
        }
        let before = events.len();
        let owns = |garment| here.owned.iter().any(|owned| owned.garment == garment);
        let owned = there.owned.iter().filter(|owned| !owns(owned.garment));
        events.extend(owned.map(|owned| WardrobeEvent::GarmentOwned {
            garment: owned.garment,
            size: owned.size.clone(),
        }));
        if here.owned.len() + events.len() - before > Wardrobe::MAX_OWNED {
            return Err(MergeWardrobeRejection::TooManyOwned);
        }
        let before = events.len();
        let outfits = there.outfits.iter();
        let new = outfits.filter(|outfit| here.outfit(outfit.id).is_none());
        events.extend(new.map(|outfit| WardrobeEvent::OutfitSaved {
            outfit: outfit.id,
            is: outfit.is.clone(),
        }));
        if here.outfits.len() + events.len() - before > Wardrobe::MAX_OUTFITS {
            return Err(MergeWardrobeRejection::TooManyOutfits);
        }
        let known = wardrobe.has_merged(self.from);
        if !known && wardrobe.merged.len() >= Wardrobe::MAX_MERGED {
            return Err(MergeWardrobeRejection::TooManyAccounts);
        }
        if !known || !events.is_empty() {
            events.push(WardrobeEvent::WardrobeMerged { from: self.from });
        }
        Ok(events)
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::{Aggregate, test::TestFramework};
    use uuid::Uuid;

    use super::*;
    use crate::shared::GarmentId;

    fn after(events: Vec<WardrobeEvent>) -> Contents {
        let mut wardrobe = Wardrobe::default();
        for event in events {
            wardrobe.apply(event);
        }
        wardrobe.contents().clone()
    }

    fn merge(there: Vec<WardrobeEvent>) -> MergeWardrobe {
        MergeWardrobe {
            from: AccountId::new(Uuid::from_u128(3)),
            contents: after(there),
        }
    }

    fn merged() -> WardrobeEvent {
        WardrobeEvent::samples().swap_remove(8)
    }

    fn liked(number: u128) -> WardrobeEvent {
        WardrobeEvent::FavouriteAdded {
            garment: GarmentId::new(Uuid::from_u128(number)),
        }
    }

    #[test]
    fn all_that_is_new_is_taken_over_but_no_link() {
        let samples = WardrobeEvent::samples();
        let [owned, saved, shared] = [2, 4, 5].map(|at: usize| samples[at].clone());
        let there = vec![liked(1), liked(2), owned.clone(), saved.clone(), shared];
        let expected = vec![liked(2), owned.clone(), saved.clone(), merged()];
        TestFramework::<Wardrobe>::with(())
            .given(vec![liked(1)])
            .when(merge(there.clone()).into())
            .then_expect_events(expected.clone());
        let mut given = vec![liked(1)];
        given.extend(expected);
        TestFramework::<Wardrobe>::with(())
            .given(given)
            .when(merge(there).into())
            .then_expect_events(vec![]);
    }

    #[test]
    fn what_both_own_stays_in_the_size_of_here() {
        let owned = WardrobeEvent::samples().swap_remove(2);
        let WardrobeEvent::GarmentOwned { garment, .. } = owned else {
            panic!("another sample stands there");
        };
        let here = WardrobeEvent::GarmentOwned {
            garment,
            size: None,
        };
        TestFramework::<Wardrobe>::with(())
            .given(vec![here])
            .when(merge(vec![owned]).into())
            .then_expect_events(vec![merged()]);
    }

    #[test]
    fn what_does_not_fit_is_not_taken_over_at_all() {
        TestFramework::<Wardrobe>::with(())
            .given((0..999).map(liked).collect())
            .when(merge(vec![liked(2_000), liked(2_001)]).into())
            .then_expect_error(MergeWardrobeRejection::TooManyFavourites.into());
        let others = (100..200).map(|number| WardrobeEvent::WardrobeMerged {
            from: AccountId::new(Uuid::from_u128(number)),
        });
        TestFramework::<Wardrobe>::with(())
            .given(others.collect())
            .when(merge(vec![]).into())
            .then_expect_error(MergeWardrobeRejection::TooManyAccounts.into());
    }
}
