//! Take a collection out of the shop.

use super::{Collection, CollectionEvent, state::Standing};
use crate::{decision::Decide, rejection::rejections};

/// Take a collection out of the shop. Its garments stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoveCollection {}

rejections! {
    /// Why a collection is not removed.
    RemoveCollectionRejection {
        NotThere => "collection-not-found", NotFound, "there is no such collection";
    }
}

impl Decide<Collection> for RemoveCollection {
    type Rejection = RemoveCollectionRejection;

    fn decide(
        &self,
        collection: &Collection,
    ) -> Result<Vec<CollectionEvent>, RemoveCollectionRejection> {
        match collection.standing {
            Standing::Unknown => Err(RemoveCollectionRejection::NotThere),
            Standing::There => Ok(vec![CollectionEvent::CollectionRemoved {}]),
            Standing::Removed => Ok(vec![]),
        }
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    #[test]
    fn a_collection_is_removed_once() {
        let command = || RemoveCollection {}.into();
        TestFramework::<Collection>::with(())
            .given(vec![CollectionEvent::samples().swap_remove(0)])
            .when(command())
            .then_expect_events(vec![CollectionEvent::CollectionRemoved {}]);
        TestFramework::<Collection>::with(())
            .given(CollectionEvent::samples())
            .when(command())
            .then_expect_events(vec![]);
        TestFramework::<Collection>::with(())
            .given_no_previous_events()
            .when(command())
            .then_expect_error(RemoveCollectionRejection::NotThere.into());
    }
}
