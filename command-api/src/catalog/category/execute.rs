//! The way of every command to a place in the tree of categories.

use domain::{
    catalog::category::{CategoryCommand, CategoryNode},
    shared::CategoryPath,
};
use http_kit::{Caller, CommandKey, IfMatch, Problem, Role};

use crate::{CommandApi, Written, rejection};

/// Who keeps the catalogue.
pub(super) const KEEPERS: [Role; 2] = [Role::Merchandiser, Role::Admin];

impl CommandApi {
    /// Demands a keeper of the catalogue, lets the place decide if it is at the version that is meant, and answers where it
    /// stands. A place that was never named is at version 0.
    pub(super) async fn to_category(
        &self,
        caller: &Caller,
        key: &CommandKey,
        (path, IfMatch(meant)): (&CategoryPath, IfMatch),
        command: impl Into<CategoryCommand>,
    ) -> Result<Written, Problem> {
        caller.require(&KEEPERS)?;
        let node = CategoryNode::id_of(path);
        let (id, command, context) = (node.to_string(), command.into(), key.context());
        let categories = &self.categories;
        let outcome = match meant {
            Some(version) => categories.execute_at(&id, version, command, context).await,
            None => categories.execute(&id, command, context).await,
        };
        Written::of(node, outcome.map_err(rejection::problem)?)
    }
}
