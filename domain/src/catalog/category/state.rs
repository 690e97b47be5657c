//! What a decision about a place in the tree of categories needs to remember, and no more.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    CategoryEvent, NameCategory, NameCategoryRejection, UnnameCategory, UnnameCategoryRejection,
};
use crate::{
    decision::commands,
    shared::{CategoryPath, Language, Title},
};

/// The most languages in which a place is named beside English.
pub const MAX_CATEGORY_LANGUAGES: usize = 16;

/// The namespace of ids that come from a path. Never changes: a place is known again by it.
const NAMESPACE: Uuid = Uuid::from_u128(0x6472_6170_652d_6361_7465_676f_7279_0001);

/// A place in the tree of categories, as its rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CategoryNode {
    /// Whether it ever had a name.
    pub(super) begun: bool,
    /// What it is called, in English and in other languages.
    pub(super) named: Option<(Title, BTreeMap<Language, Title>)>,
}

impl CategoryNode {
    /// The id of the place with this path.
    pub fn id_of(path: &CategoryPath) -> Uuid {
        Uuid::new_v5(&NAMESPACE, path.as_str().as_bytes())
    }

    pub(super) fn evolve(&mut self, event: CategoryEvent) {
        self.begun = true;
        match event {
            CategoryEvent::CategoryNamed { name, names, .. } => self.named = Some((name, names)),
            CategoryEvent::CategoryUnnamed { .. } => self.named = None,
        }
    }
}

commands! {
    CategoryNode: "catalog.category", CategoryEvent;
    CategoryCommand, CategoryRejection {
        NameCategory or NameCategoryRejection,
        UnnameCategory or UnnameCategoryRejection,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_the_same_id_for_ever() {
        let path = CategoryPath::parse("women/tops").unwrap();
        assert_eq!(
            CategoryNode::id_of(&path).to_string(),
            "40af6499-9ee0-5915-8214-d29d0f280e4e"
        );
    }
}
