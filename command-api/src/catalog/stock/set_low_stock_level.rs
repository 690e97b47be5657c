//! `PUT /v1/garments/{id}/stock/low-level`

use axum::extract::State;
use domain::{catalog::stock::SetLowStockLevel, shared::GarmentId};
use http_kit::{
    Caller, CommandKey, CommandProblems, JsonBody, PathOf, Problem, Role, whole_number,
};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::{CommandApi, Written, rejection};

/// From which count down a size has run low.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LowStockLevelBody {
    /// From this count down; 0 is when none are left. Without one, or with null, the shop's own level counts, which is 3.
    #[serde(default, deserialize_with = "whole_number_or_none")]
    #[schema(minimum = 0, maximum = 1_000_000, example = 10)]
    level: Option<u32>,
}

fn whole_number_or_none<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<u32>, D::Error> {
    #[derive(Deserialize)]
    struct Whole(#[serde(deserialize_with = "whole_number")] u32);
    let level = Option::<Whole>::deserialize(deserializer)?;
    Ok(level.map(|Whole(level)| level))
}

/// Say from which count down a size of a garment has run low. When a change takes a size there, `StockRanLow` is in the same commit as
/// that change, once until there are more again. What is that low already is told of with its next change. Needs no `If-Match`,
/// as all that is said of stock.
#[utoipa::path(
    put,
    path = "/v1/garments/{id}/stock/low-level",
    operation_id = "setLowStockLevel",
    summary = "Say when a garment's stock is low",
    tag = "catalog",
    security(("bearer" = ["merchandiser", "admin"])),
    params(("id" = Uuid, Path, description = "Which garment"), CommandKey),
    request_body = LowStockLevelBody,
    responses(
        (status = 200, description = "That is low now.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
            ("ETag" = String, description = "The version that the stock has now"),
        )),
        (status = 404, description = "`garment-not-found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`, `stock-level-too-high`; or its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn set_low_stock_level(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    PathOf(id): PathOf<GarmentId>,
    JsonBody(body): JsonBody<LowStockLevelBody>,
) -> Result<Written, Problem> {
    caller.require(&[Role::Merchandiser, Role::Admin])?;
    api.stocked(id).await?;
    let command = SetLowStockLevel { level: body.level };
    let stock = id.to_string();
    let outcome = api
        .stocks
        .execute(&stock, command.into(), key.context())
        .await
        .map_err(rejection::problem)?;
    Written::of(id.as_uuid(), outcome)
}
