//! Put a new collection in the shop.

use super::{
    Collection, CollectionDetails, CollectionEvent, Members, members::are_distinct, state::Standing,
};
use crate::{decision::Decide, rejection::rejections};

/// Put a new collection in the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCollection {
    /// What is said about it.
    pub details: CollectionDetails,
    /// Which garments are in it.
    pub members: Members,
}

rejections! {
    /// Why a collection is not added.
    AddCollectionRejection {
        AlreadyAdded => "collection-already-added", Conflict, "this collection is already there";
        TooManyLanguages => "collection-too-long", Invalid, "give at most 16 languages";
        GarmentsUnsound => "collection-garments-invalid", Invalid, "give at most 500 garments, each of them once";
        RuleUnsound => "collection-rule-invalid", Invalid, "give at most 50 values of a condition and 8 attributes with at least one value each, and a price from low to high";
    }
}

impl Decide<Collection> for AddCollection {
    type Rejection = AddCollectionRejection;

    fn decide(
        &self,
        collection: &Collection,
    ) -> Result<Vec<CollectionEvent>, AddCollectionRejection> {
        match collection.standing {
            Standing::Unknown => {}
            Standing::There | Standing::Removed => {
                return Err(AddCollectionRejection::AlreadyAdded);
            }
        }
        if !self.details.is_sound() {
            return Err(AddCollectionRejection::TooManyLanguages);
        }
        match &self.members {
            Members::ByHand { garments } if !are_distinct(garments, Members::MAX_GARMENTS) => {
                return Err(AddCollectionRejection::GarmentsUnsound);
            }
            Members::ByRule { rule } if !rule.is_sound() => {
                return Err(AddCollectionRejection::RuleUnsound);
            }
            Members::ByHand { .. } | Members::ByRule { .. } => {}
        }
        Ok(vec![CollectionEvent::CollectionAdded {
            details: self.details.clone(),
            members: self.members.clone(),
        }])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;
    use crate::shared::{Description, GarmentId, Language, Title};

    fn add(members: Members) -> AddCollection {
        AddCollection {
            details: CollectionDetails::sample(),
            members,
        }
    }

    fn by_hand(numbers: impl IntoIterator<Item = u128>) -> Members {
        let id = |number| GarmentId::new(uuid::Uuid::from_u128(number));
        Members::ByHand {
            garments: numbers.into_iter().map(id).collect(),
        }
    }

    #[test]
    fn a_collection_is_added_once_also_when_it_was_removed() {
        let command = add(by_hand([1, 2]));
        TestFramework::<Collection>::with(())
            .given_no_previous_events()
            .when(command.clone().into())
            .then_expect_events(vec![CollectionEvent::samples().swap_remove(0)]);
        for samples in [1, 5] {
            let mut given = CollectionEvent::samples();
            given.truncate(samples);
            TestFramework::<Collection>::with(())
                .given(given)
                .when(command.clone().into())
                .then_expect_error(AddCollectionRejection::AlreadyAdded.into());
        }
    }

    #[test]
    fn garments_are_bounded_and_each_is_named_once() {
        for (members, fits) in [
            (by_hand([]), true),
            (by_hand(0..500), true),
            (by_hand(0..501), false),
            (by_hand([1, 1]), false),
        ] {
            let test = TestFramework::<Collection>::with(()).given_no_previous_events();
            let outcome = test.when(add(members).into());
            if fits {
                assert_eq!(outcome.inspect_result().unwrap().len(), 1);
            } else {
                outcome.then_expect_error(AddCollectionRejection::GarmentsUnsound.into());
            }
        }
    }

    #[test]
    fn a_rule_that_can_fit_nothing_or_says_too_much_is_refused() {
        let sound = Box::new(super::super::Rule::full_sample());
        let mut upside_down = sound.clone();
        upside_down.price.as_mut().unwrap().to_minor = 1;
        let mut without_values = sound.clone();
        without_values.attributes.values_mut().for_each(Vec::clear);
        let mut long = sound.clone();
        long.brands = vec![long.brands[0].clone(); 51];
        for rule in [upside_down, without_values, long] {
            TestFramework::<Collection>::with(())
                .given_no_previous_events()
                .when(add(Members::ByRule { rule }).into())
                .then_expect_error(AddCollectionRejection::RuleUnsound.into());
        }
        let members = Members::ByRule { rule: sound };
        TestFramework::<Collection>::with(())
            .given_no_previous_events()
            .when(add(members.clone()).into())
            .then_expect_events(vec![CollectionEvent::CollectionAdded {
                details: CollectionDetails::sample(),
                members,
            }]);
    }

    #[test]
    fn languages_are_bounded() {
        let words = super::super::LocalWords {
            name: Title::parse("a").unwrap(),
            description: Description::parse("").unwrap(),
        };
        let mut command = add(by_hand([]));
        let codes = (b'a'..=b'q').map(|letter| format!("x{}", char::from(letter)));
        command.details.texts = codes
            .map(|code| (Language::parse(&code).unwrap(), words.clone()))
            .collect();
        TestFramework::<Collection>::with(())
            .given_no_previous_events()
            .when(command.into())
            .then_expect_error(AddCollectionRejection::TooManyLanguages.into());
    }
}
