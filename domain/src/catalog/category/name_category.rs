//! Say what a place in the tree of categories is called.

use std::collections::BTreeMap;

use super::{CategoryEvent, CategoryNode, MAX_CATEGORY_LANGUAGES};
use crate::{
    decision::Decide,
    rejection::rejections,
    shared::{CategoryPath, Language, Title},
};

/// Say what a place in the tree of categories is called. No garment has to stand there yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameCategory {
    /// Which place.
    pub path: CategoryPath,
    /// What it is called, in English.
    pub name: Title,
    /// What it is called in other languages.
    pub names: BTreeMap<Language, Title>,
}

rejections! {
    /// Why a place is not named.
    NameCategoryRejection {
        TooManyLanguages => "category-too-long", Invalid, "give at most 16 languages";
    }
}

impl Decide<CategoryNode> for NameCategory {
    type Rejection = NameCategoryRejection;

    fn decide(&self, node: &CategoryNode) -> Result<Vec<CategoryEvent>, NameCategoryRejection> {
        if self.names.len() > MAX_CATEGORY_LANGUAGES {
            return Err(NameCategoryRejection::TooManyLanguages);
        }
        let named = node.named.as_ref();
        if named.is_some_and(|(name, names)| *name == self.name && *names == self.names) {
            return Ok(vec![]);
        }
        Ok(vec![CategoryEvent::CategoryNamed {
            path: self.path.clone(),
            name: self.name.clone(),
            names: self.names.clone(),
        }])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    fn name(name: &str) -> NameCategory {
        NameCategory {
            path: CategoryPath::parse("women/tops").unwrap(),
            name: Title::parse(name).unwrap(),
            names: BTreeMap::new(),
        }
    }

    #[test]
    fn a_name_replaces_the_one_before_and_the_same_is_no_news() {
        let named = |text| {
            let NameCategory { path, name, names } = name(text);
            CategoryEvent::CategoryNamed { path, name, names }
        };
        TestFramework::<CategoryNode>::with(())
            .given_no_previous_events()
            .when(name("Tops").into())
            .then_expect_events(vec![named("Tops")]);
        TestFramework::<CategoryNode>::with(())
            .given(vec![named("Tops")])
            .when(name("Shirts").into())
            .then_expect_events(vec![named("Shirts")]);
        TestFramework::<CategoryNode>::with(())
            .given(vec![named("Tops")])
            .when(name("Tops").into())
            .then_expect_events(vec![]);
    }

    #[test]
    fn languages_are_bounded() {
        let mut command = name("Tops");
        let codes = (b'a'..=b'q').map(|letter| format!("x{}", char::from(letter)));
        command.names = codes
            .map(|code| (Language::parse(&code).unwrap(), Title::parse("a").unwrap()))
            .collect();
        TestFramework::<CategoryNode>::with(())
            .given_no_previous_events()
            .when(command.into())
            .then_expect_error(NameCategoryRejection::TooManyLanguages.into());
    }
}
