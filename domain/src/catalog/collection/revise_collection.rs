//! Replace what is said about a collection.

use super::{Collection, CollectionDetails, CollectionEvent};
use crate::{decision::Decide, rejection::rejections};

/// Replace what is said about a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviseCollection {
    /// What is said from now on.
    pub details: CollectionDetails,
}

rejections! {
    /// Why a collection is not revised.
    ReviseCollectionRejection {
        NotThere => "collection-not-found", NotFound, "there is no such collection";
        TooManyLanguages => "collection-too-long", Invalid, "give at most 16 languages";
    }
}

impl Decide<Collection> for ReviseCollection {
    type Rejection = ReviseCollectionRejection;

    fn decide(
        &self,
        collection: &Collection,
    ) -> Result<Vec<CollectionEvent>, ReviseCollectionRejection> {
        if !collection.is_there() {
            return Err(ReviseCollectionRejection::NotThere);
        }
        if !self.details.is_sound() {
            return Err(ReviseCollectionRejection::TooManyLanguages);
        }
        if collection.details.as_ref() == Some(&self.details) {
            return Ok(vec![]);
        }
        Ok(vec![CollectionEvent::CollectionRevised {
            details: self.details.clone(),
        }])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;
    use crate::shared::Title;

    fn revise(name: &str) -> ReviseCollection {
        let name = Title::parse(name).unwrap();
        ReviseCollection {
            details: CollectionDetails {
                name,
                ..CollectionDetails::sample()
            },
        }
    }

    #[test]
    fn new_words_replace_the_old_ones_and_the_same_change_nothing() {
        let given = || vec![CollectionEvent::samples().swap_remove(0)];
        TestFramework::<Collection>::with(())
            .given(given())
            .when(revise("Linen days").into())
            .then_expect_events(vec![CollectionEvent::CollectionRevised {
                details: revise("Linen days").details,
            }]);
        TestFramework::<Collection>::with(())
            .given(given())
            .when(revise("Linen").into())
            .then_expect_events(vec![]);
    }

    #[test]
    fn what_is_gone_is_not_revised() {
        TestFramework::<Collection>::with(())
            .given(CollectionEvent::samples())
            .when(revise("Linen days").into())
            .then_expect_error(ReviseCollectionRejection::NotThere.into());
        TestFramework::<Collection>::with(())
            .given_no_previous_events()
            .when(revise("Linen days").into())
            .then_expect_error(ReviseCollectionRejection::NotThere.into());
    }
}
