//! Take a place's name away.

use super::{CategoryEvent, CategoryNode};
use crate::{decision::Decide, rejection::rejections, shared::CategoryPath};

/// Take a place's name away: it is shown by the last part of its path again, as long as garments stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnnameCategory {
    /// Which place.
    pub path: CategoryPath,
}

rejections! {
    /// Why a name is not taken away.
    UnnameCategoryRejection {
        NeverNamed => "category-not-found", NotFound, "this category never had a name";
    }
}

impl Decide<CategoryNode> for UnnameCategory {
    type Rejection = UnnameCategoryRejection;

    fn decide(&self, node: &CategoryNode) -> Result<Vec<CategoryEvent>, UnnameCategoryRejection> {
        if !node.begun {
            return Err(UnnameCategoryRejection::NeverNamed);
        }
        if node.named.is_none() {
            return Ok(vec![]);
        }
        let path = self.path.clone();
        Ok(vec![CategoryEvent::CategoryUnnamed { path }])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    #[test]
    fn a_name_is_taken_away_once() {
        let command = UnnameCategory {
            path: CategoryPath::parse("women/tops").unwrap(),
        };
        let mut samples = CategoryEvent::samples();
        TestFramework::<CategoryNode>::with(())
            .given(samples.clone())
            .when(command.clone().into())
            .then_expect_events(vec![]);
        let unnamed = samples.pop().unwrap();
        TestFramework::<CategoryNode>::with(())
            .given(samples)
            .when(command.clone().into())
            .then_expect_events(vec![unnamed]);
        TestFramework::<CategoryNode>::with(())
            .given_no_previous_events()
            .when(command.into())
            .then_expect_error(UnnameCategoryRejection::NeverNamed.into());
    }
}
