//! Say which garments are in a collection.

use super::{Collection, CollectionEvent, Members, members::are_distinct};
use crate::{decision::Decide, rejection::rejections};

/// Say which garments are in a collection. From by hand to by rule, and back, as one likes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChooseMembers {
    /// Which ones.
    pub members: Members,
}

rejections! {
    /// Why a collection stays as it is.
    ChooseMembersRejection {
        NotThere => "collection-not-found", NotFound, "there is no such collection";
        GarmentsUnsound => "collection-garments-invalid", Invalid, "give at most 500 garments, each of them once";
        RuleUnsound => "collection-rule-invalid", Invalid, "give at most 50 values of a condition and 8 attributes with at least one value each, and a price from low to high";
    }
}

impl Decide<Collection> for ChooseMembers {
    type Rejection = ChooseMembersRejection;

    fn decide(
        &self,
        collection: &Collection,
    ) -> Result<Vec<CollectionEvent>, ChooseMembersRejection> {
        if !collection.is_there() {
            return Err(ChooseMembersRejection::NotThere);
        }
        match &self.members {
            Members::ByHand { garments } if !are_distinct(garments, Members::MAX_GARMENTS) => {
                return Err(ChooseMembersRejection::GarmentsUnsound);
            }
            Members::ByRule { rule } if !rule.is_sound() => {
                return Err(ChooseMembersRejection::RuleUnsound);
            }
            Members::ByHand { .. } | Members::ByRule { .. } => {}
        }
        if collection.members.as_ref() == Some(&self.members) {
            return Ok(vec![]);
        }
        Ok(vec![CollectionEvent::CollectionMembersChosen {
            members: self.members.clone(),
        }])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::super::Rule;
    use super::*;
    use crate::shared::GarmentId;

    fn added() -> CollectionEvent {
        CollectionEvent::samples().swap_remove(0)
    }

    #[test]
    fn what_was_chosen_by_hand_may_be_left_to_a_rule() {
        let members = Members::ByRule {
            rule: Box::new(Rule::full_sample()),
        };
        let chosen = CollectionEvent::CollectionMembersChosen {
            members: members.clone(),
        };
        let command = ChooseMembers { members };
        TestFramework::<Collection>::with(())
            .given(vec![added()])
            .when(command.clone().into())
            .then_expect_events(vec![chosen.clone()]);
        TestFramework::<Collection>::with(())
            .given(vec![added(), chosen])
            .when(command.clone().into())
            .then_expect_events(vec![]);
        TestFramework::<Collection>::with(())
            .given(CollectionEvent::samples())
            .when(command.into())
            .then_expect_error(ChooseMembersRejection::NotThere.into());
    }

    #[test]
    fn another_order_is_another_choice() {
        let id = |number| GarmentId::new(uuid::Uuid::from_u128(number));
        let members = Members::ByHand {
            garments: vec![id(2), id(1)],
        };
        TestFramework::<Collection>::with(())
            .given(vec![added()])
            .when(
                ChooseMembers {
                    members: members.clone(),
                }
                .into(),
            )
            .then_expect_events(vec![CollectionEvent::CollectionMembersChosen { members }]);
        let twice = Members::ByHand {
            garments: vec![id(2), id(2)],
        };
        TestFramework::<Collection>::with(())
            .given(vec![added()])
            .when(ChooseMembers { members: twice }.into())
            .then_expect_error(ChooseMembersRejection::GarmentsUnsound.into());
    }
}
