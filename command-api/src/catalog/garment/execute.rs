//! The way of every command to a garment that exists.

use domain::{catalog::garment::GarmentCommand, shared::GarmentId};
use http_kit::{Caller, CommandKey, Problem, Role};

use crate::{CommandApi, Written, rejection};

/// Who keeps the catalogue.
pub(super) const KEEPERS: [Role; 2] = [Role::Merchandiser, Role::Admin];

impl CommandApi {
    /// Demands a keeper of the catalogue, lets the garment decide, and answers where it stands.
    pub(super) async fn to_garment(
        &self,
        caller: &Caller,
        key: &CommandKey,
        garment: GarmentId,
        command: impl Into<GarmentCommand>,
    ) -> Result<Written, Problem> {
        caller.require(&KEEPERS)?;
        let outcome = self
            .garments
            .execute(&garment.to_string(), command.into(), key.context())
            .await
            .map_err(rejection::problem)?;
        Written::of(garment.as_uuid(), outcome.position)
    }
}
