//! The way of every command to a garment that exists.

use domain::{catalog::garment::GarmentCommand, shared::GarmentId};
use http::StatusCode;
use http_kit::{Caller, CommandKey, IfMatch, Problem, Role};
use jetstream_es::ExecuteError;

use crate::{CommandApi, Written, rejection};

/// Who keeps the catalogue.
pub(super) const KEEPERS: [Role; 2] = [Role::Merchandiser, Role::Admin];

impl CommandApi {
    /// Demands a keeper of the catalogue, lets the garment decide if it is at the version that is meant, and answers where
    /// it stands.
    pub(super) async fn to_garment(
        &self,
        caller: &Caller,
        key: &CommandKey,
        (garment, IfMatch(meant)): (GarmentId, IfMatch),
        command: impl Into<GarmentCommand>,
    ) -> Result<Written, Problem> {
        caller.require(&KEEPERS)?;
        let (id, command, context) = (garment.to_string(), command.into(), key.context());
        let outcome = match meant {
            Some(version) => {
                self.garments
                    .execute_at(&id, version, command, context)
                    .await
            }
            None => self.garments.execute(&id, command, context).await,
        };
        // There is no version of what there is not.
        if let Err(ExecuteError::WrongVersion { found: 0, .. }) = outcome {
            let title = "There is no such thing";
            return Err(Problem::new(
                StatusCode::NOT_FOUND,
                "garment-not-found",
                title,
            ));
        }
        Written::of(garment.as_uuid(), outcome.map_err(rejection::problem)?)
    }
}
