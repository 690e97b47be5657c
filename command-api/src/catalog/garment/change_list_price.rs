//! `PUT /v1/garments/{id}/list-price`

use axum::extract::State;
use domain::{
    catalog::garment::ChangeListPrice,
    shared::{GarmentId, Slug},
};
use http_kit::{
    Caller, CommandKey, CommandProblems, IfMatch, IfMatchProblems, JsonBody, PathOf, Problem,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{details::MoneyBody, execute::KEEPERS};
use crate::{CommandApi, Written};

/// A price by a price list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeListPriceBody {
    /// The price list: of a region, of resellers.
    #[schema(
        max_length = 80,
        pattern = "^[a-z0-9]+(-[a-z0-9]+)*$",
        example = "wholesale"
    )]
    list: String,
    /// Its price; `null` takes it away, and it costs what it does elsewhere again.
    #[schema(required)]
    price: Option<MoneyBody>,
}

/// Sell a garment for another price by a price list. A list is there as soon as a garment has a price by it.
#[utoipa::path(
    put,
    path = "/v1/garments/{id}/list-price",
    operation_id = "changeListPrice",
    summary = "Price a garment by a list",
    tag = "catalog",
    security(("bearer" = ["merchandiser", "admin"])),
    params(("id" = Uuid, Path, description = "Which garment"), IfMatch, CommandKey),
    request_body = ChangeListPriceBody,
    responses(
        (status = 200, description = "It costs that now.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
            ("ETag" = String, description = "The version that it has now"),
        )),
        (status = 404, description = "`garment-not-found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`garment-retired`, `garment-lists-exhausted`; or the same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`; or its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        IfMatchProblems,
        CommandProblems,
    )
)]
pub(crate) async fn change_list_price(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    expected: IfMatch,
    PathOf(id): PathOf<GarmentId>,
    JsonBody(body): JsonBody<ChangeListPriceBody>,
) -> Result<Written, Problem> {
    caller.require(&KEEPERS)?;
    let list = Slug::parse(&body.list)
        .map_err(|error| Problem::invalid_body().pointer("/list", error.to_string()))?;
    let price = body.price.as_ref().map(MoneyBody::parse).transpose()?;
    let command = ChangeListPrice { list, price };
    api.to_garment(&caller, &key, (id, expected), command).await
}
