//! The way of every command to the stock of a garment.

use domain::{
    catalog::{garment::GarmentDetails, stock::StockCommand},
    shared::{GarmentId, Size},
};
use http::StatusCode;
use http_kit::{Caller, CommandKey, Problem, Role};

use crate::{CommandApi, Written, rejection};

/// The size that a body names.
pub(super) fn size_of(text: &str) -> Result<Size, Problem> {
    Size::parse(text).map_err(|error| Problem::invalid_body().pointer("/size", error.to_string()))
}

impl CommandApi {
    /// What is said of the garment, which has to be there to have stock.
    pub(super) async fn stocked(&self, id: GarmentId) -> Result<GarmentDetails, Problem> {
        let garment = self.garments.load(&id.to_string()).await?.aggregate;
        garment.details().cloned().ok_or_else(|| {
            let title = "There is no such thing";
            Problem::new(StatusCode::NOT_FOUND, "garment-not-found", title)
                .detail("there is no such garment")
        })
    }

    /// Demands a keeper of the catalogue and a garment that comes in this size, lets its stock decide, and answers where that
    /// stands. A size that the garment no longer comes in is taken as long as the stock knows it: what lies on a shelf must be
    /// told away.
    pub(super) async fn to_stock(
        &self,
        caller: &Caller,
        key: &CommandKey,
        (id, size): (GarmentId, &Size),
        command: impl Into<StockCommand>,
    ) -> Result<Written, Problem> {
        caller.require(&[Role::Merchandiser, Role::Admin])?;
        let details = self.stocked(id).await?;
        if !details.sizes.contains(size) {
            let stock = self.stocks.load(&id.to_string()).await?.aggregate;
            if stock.count(size).is_none() {
                return Err(Problem::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "garment-size-unknown",
                    "The garment does not come in this size",
                )
                .pointer("/size", "is no size of this garment"));
            }
        }
        let outcome = self
            .stocks
            .execute(&id.to_string(), command.into(), key.context())
            .await
            .map_err(rejection::problem)?;
        Written::of(id.as_uuid(), outcome)
    }
}
