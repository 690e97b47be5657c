//! The way of every command to the caller's own wardrobe.

use domain::{
    catalog::garment::GarmentStatus,
    shared::{AccountId, GarmentId},
    wardrobe::wardrobe::WardrobeCommand,
};
use http::StatusCode;
use http_kit::Problem;
use jetstream_es::CommandContext;

use crate::{CommandApi, Written, rejection};

impl CommandApi {
    /// Lets the account's wardrobe decide, and answers where it stands.
    pub(super) async fn to_wardrobe(
        &self,
        account: AccountId,
        context: CommandContext,
        command: impl Into<WardrobeCommand>,
    ) -> Result<Written, Problem> {
        let outcome = self
            .wardrobes
            .execute(&account.to_string(), command.into(), context)
            .await
            .map_err(rejection::problem)?;
        Written::of(account.as_uuid(), outcome)
    }

    /// Demands that shoppers have seen this garment: drafts are nobody's business.
    pub(super) async fn seen_by_shoppers(
        &self,
        garment: GarmentId,
        pointer: Option<&str>,
    ) -> Result<(), Problem> {
        let found = self.garments.load(&garment.to_string()).await?.aggregate;
        match found.status() {
            GarmentStatus::Published | GarmentStatus::Retired => Ok(()),
            GarmentStatus::Unknown | GarmentStatus::Draft => {
                let problem = Problem::new(
                    StatusCode::NOT_FOUND,
                    "garment-not-found",
                    "There is no such garment",
                );
                Err(match pointer {
                    Some(pointer) => problem.pointer(pointer, "does not exist"),
                    None => problem,
                })
            }
        }
    }
}
