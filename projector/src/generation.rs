//! Which tables of a view are meant: the live ones, or those under construction.

use crate::view::AnyView;

/// The tables of a view and the checkpoint that goes with them.
#[derive(Debug, Clone)]
pub(crate) struct Generation {
    pub(crate) view: AnyView,
    /// Names the checkpoint and the dead letters. Readers know the live ones by the view's name.
    pub(crate) key: String,
    /// Where its tables are.
    pub(crate) schema: &'static str,
}

pub(crate) const LIVE: &str = "drape";
pub(crate) const NEXT: &str = "drape_next";

impl Generation {
    /// What clients read.
    pub(crate) fn live(view: AnyView) -> Self {
        Self {
            view,
            key: view.name.to_owned(),
            schema: LIVE,
        }
    }

    /// What is built beside it.
    pub(crate) fn next(view: AnyView) -> Self {
        Self {
            view,
            key: format!("{}@next", view.name),
            schema: NEXT,
        }
    }
}
