//! The way of every command to a collection.

use domain::{catalog::collection::CollectionCommand, shared::CollectionId};
use http::StatusCode;
use http_kit::{Caller, CommandKey, IfMatch, Problem, Role};
use jetstream_es::ExecuteError;

use crate::{CommandApi, Written, rejection};

/// Who keeps the catalogue.
pub(super) const KEEPERS: [Role; 2] = [Role::Merchandiser, Role::Admin];

impl CommandApi {
    /// Demands a keeper of the catalogue, lets the collection decide if it is at the version that is meant, and answers where
    /// it stands.
    pub(super) async fn to_collection(
        &self,
        caller: &Caller,
        key: &CommandKey,
        (collection, IfMatch(meant)): (CollectionId, IfMatch),
        command: impl Into<CollectionCommand>,
    ) -> Result<Written, Problem> {
        caller.require(&KEEPERS)?;
        let (id, command, context) = (collection.to_string(), command.into(), key.context());
        let collections = &self.collections;
        let outcome = match meant {
            Some(version) => collections.execute_at(&id, version, command, context).await,
            None => collections.execute(&id, command, context).await,
        };
        // There is no version of what there is not.
        if let Err(ExecuteError::WrongVersion { found: 0, .. }) = outcome {
            let title = "There is no such thing";
            return Err(Problem::new(
                StatusCode::NOT_FOUND,
                "collection-not-found",
                title,
            ));
        }
        Written::of(collection.as_uuid(), outcome.map_err(rejection::problem)?)
    }
}
