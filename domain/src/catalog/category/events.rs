//! Everything that can happen to a place in the tree of categories. Append-only: `docs/events.md` says how an event may change.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    decision::event_versions,
    shared::{CategoryPath, Language, Title},
};

/// What happened to a place in the tree of categories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
pub enum CategoryEvent {
    /// It is called so from now on.
    CategoryNamed {
        /// Which place.
        path: CategoryPath,
        /// What it is called, in English.
        name: Title,
        /// What it is called in other languages, at most 16.
        #[serde(default)]
        names: BTreeMap<Language, Title>,
    },
    /// It has no name from now on: it is shown by the last part of its path.
    CategoryUnnamed {
        /// Which place.
        path: CategoryPath,
    },
}

event_versions! {
    CategoryEvent {
        CategoryNamed => "1",
        CategoryUnnamed => "1",
    }
}

#[cfg(feature = "testing")]
#[expect(clippy::unwrap_used, reason = "samples are written to be right")]
impl CategoryEvent {
    /// One of each, as frozen in `tests/golden/`.
    pub fn samples() -> Vec<Self> {
        let path = CategoryPath::parse("women/tops").unwrap();
        vec![
            Self::CategoryNamed {
                path: path.clone(),
                name: Title::parse("Women’s tops").unwrap(),
                names: BTreeMap::from([(
                    Language::parse("de").unwrap(),
                    Title::parse("Damenoberteile").unwrap(),
                )]),
            },
            Self::CategoryUnnamed { path },
        ]
    }
}
