//! What is said about this garment?

use axum::{extract::State, response::Response};
use http_kit::{MinPosition, OptionalCaller, PathOf, Problem, QueryProblems};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ColourDocument, MoneyDocument};
use crate::{
    QueryApi, answer, audience::keeps_catalogue, checkpoints::View, database::in_time,
    media::PictureLinkDocument,
};

/// Everything that is said about one garment.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GarmentDocument {
    /// The garment.
    pub id: Uuid,
    /// `draft`, `published` or `retired`.
    pub status: String,
    /// What it is called.
    pub name: String,
    /// The readable part of its address.
    pub slug: String,
    /// `tops`, `bottoms`, `dresses` or `outerwear`.
    pub category: String,
    /// The colour that shoppers see.
    pub colour: ColourDocument,
    /// The sizes on sale, in the order of the label.
    pub sizes: Vec<String>,
    /// What is said about it.
    pub description: String,
    /// What it costs.
    pub price: MoneyDocument,
    /// The picture that shows it, once there is one.
    #[schema(required)]
    pub picture: Option<PictureLinkDocument>,
    /// Events of the garment so far.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub version: u64,
    /// When it came into the catalogue.
    #[schema(format = DateTime)]
    pub added_at: String,
    /// When shoppers first saw it.
    #[schema(required, format = DateTime)]
    pub published_at: Option<String>,
    /// When it went off sale.
    #[schema(required, format = DateTime)]
    pub retired_at: Option<String>,
}

/// Show one garment.
///
/// A garment that was never published is shown to merchandisers only. One that went off sale stays to be seen.
#[utoipa::path(
    get,
    path = "/v1/garments/{id}",
    tag = "catalog",
    params(("id" = Uuid, Path, description = "The garment"), MinPosition),
    security((), ("bearer" = [])),
    responses(
        (status = 200, body = GarmentDocument, description = "The garment",
            headers(
                ("Drape-Position" = String, description = "How far this view has come"),
                ("Drape-Degraded" = String, description = "The view's name, only while it could not apply something")
            )),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "There is no such garment: `garment-not-found`."),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "The position belongs to another history: `epoch-changed`."),
        QueryProblems
    )
)]
pub(crate) async fn show_garment(
    State(api): State<QueryApi>,
    OptionalCaller(caller): OptionalCaller,
    MinPosition(min): MinPosition,
    PathOf(id): PathOf<Uuid>,
) -> Result<Response, Problem> {
    let at = api.wait(View::GarmentPage, min.as_ref()).await?;
    let document = sqlx::query_scalar!(
        "SELECT document FROM drape.garment_page WHERE id = $1 AND (public OR $2)",
        id,
        keeps_catalogue(caller.as_ref())
    );
    let fetching = document.fetch_optional(&api.inner.pool);
    let document = in_time(api.inner.options.database_timeout, fetching).await?;
    let document = document
        .ok_or_else(|| answer::not_found("garment-not-found", "There is no such garment"))?;
    Ok(answer::document(api.with_pictures(document).await?, &at))
}
