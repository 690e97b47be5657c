//! `PUT /v1/garments/{id}/stock`

use axum::extract::State;
use domain::{catalog::stock::CountStock, shared::GarmentId};
use http_kit::{
    Caller, CommandKey, CommandProblems, JsonBody, PathOf, Problem, Role, whole_number,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{execute::size_of, reason::StockReasonBody};
use crate::{CommandApi, Written};

/// How many there are of one size.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CountStockBody {
    /// A size of the garment, as it says it.
    #[schema(
        pattern = "^[0-9A-Za-z/.+-]([0-9A-Za-z/ .+-]{0,14}[0-9A-Za-z/.+-])?$",
        example = "M"
    )]
    size: String,
    /// How many there are.
    #[serde(deserialize_with = "whole_number")]
    #[schema(minimum = 0, maximum = 1_000_000, example = 12)]
    count: u32,
    /// Why it was counted.
    #[serde(default)]
    reason: Option<StockReasonBody>,
}

/// Say how many there are of one size, whatever was known before. Needs no `If-Match`: who has counted knows better than
/// whatever was written meanwhile.
#[utoipa::path(
    put,
    path = "/v1/garments/{id}/stock",
    operation_id = "countStock",
    summary = "Count a garment's stock",
    tag = "catalog",
    security(("bearer" = ["merchandiser", "admin"])),
    params(("id" = Uuid, Path, description = "Which garment"), CommandKey),
    request_body = CountStockBody,
    responses(
        (status = 200, description = "So many are there now.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
            ("ETag" = String, description = "The version that the stock has now"),
        )),
        (status = 404, description = "`garment-not-found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`stock-sizes-exceeded`; or the same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes (`invalid-body`, `stock-too-large`), or the garment does not come in this size (`garment-size-unknown`); or its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn count_stock(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    PathOf(id): PathOf<GarmentId>,
    JsonBody(body): JsonBody<CountStockBody>,
) -> Result<Written, Problem> {
    caller.require(&[Role::Merchandiser, Role::Admin])?;
    let size = size_of(&body.size)?;
    let command = CountStock {
        size: size.clone(),
        count: body.count,
        reason: body.reason.map(Into::into),
    };
    api.to_stock(&caller, &key, (id, &size), command).await
}
