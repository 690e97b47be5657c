//! `POST /v1/garments/{id}/stock/adjustments`

use std::num::NonZeroI32;

use axum::extract::State;
use domain::{
    catalog::stock::{AdjustStock, Stock},
    shared::GarmentId,
};
use http_kit::{
    Caller, CommandKey, CommandProblems, JsonBody, PathOf, Problem, Role, whole_number,
};
use serde::Deserialize;
use utoipa::{
    ToSchema,
    openapi::schema::{Object, ObjectBuilder, OneOfBuilder, Schema, Type},
};

use super::{execute::size_of, reason::StockReasonBody};
use crate::{CommandApi, Written};

/// How many more or fewer there are of one size.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AdjustStockBody {
    /// A size of the garment, as it says it.
    #[schema(
        pattern = "^[0-9A-Za-z/.+-]([0-9A-Za-z/ .+-]{0,14}[0-9A-Za-z/.+-])?$",
        example = "M"
    )]
    size: String,
    /// How many more; negative for fewer.
    #[serde(deserialize_with = "whole_number")]
    #[schema(schema_with = by)]
    by: i32,
    /// Why.
    #[serde(default)]
    reason: Option<StockReasonBody>,
}

/// What the document says of `by`: by nothing is no adjustment.
fn by() -> Schema {
    let most = i64::from(Stock::MAX_COUNT);
    let ranges = OneOfBuilder::new()
        .description(Some("How many more; negative for fewer, never 0."))
        .item(between(-most, -1))
        .item(between(1, most))
        .examples([serde_json::json!(-2)])
        .build();
    Schema::OneOf(ranges)
}

fn between(least: i64, most: i64) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(least))
        .maximum(Some(most))
        .build()
}

/// Say that there are more or fewer of one size than before. Stock is adjusted by many at once, and it does not matter who
/// comes first: so there is no `If-Match`. With an `Idempotency-Key` it is done once, however often it is sent.
#[utoipa::path(
    post,
    path = "/v1/garments/{id}/stock/adjustments",
    operation_id = "adjustStock",
    summary = "Adjust a garment's stock",
    tag = "catalog",
    security(("bearer" = ["merchandiser", "admin"])),
    params(("id" = Uuid, Path, description = "Which garment"), CommandKey),
    request_body = AdjustStockBody,
    responses(
        (status = 200, description = "There are so many more or fewer now.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
            ("ETag" = String, description = "The version that the stock has now"),
        )),
        (status = 404, description = "`garment-not-found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`stock-insufficient` (the detail says how many there are), `stock-too-large`, `stock-sizes-exceeded`; or the same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes (`invalid-body`), or the garment does not come in this size (`garment-size-unknown`); or its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn adjust_stock(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    PathOf(id): PathOf<GarmentId>,
    JsonBody(body): JsonBody<AdjustStockBody>,
) -> Result<Written, Problem> {
    caller.require(&[Role::Merchandiser, Role::Admin])?;
    let size = size_of(&body.size)?;
    let wanted = NonZeroI32::new(body.by).filter(|by| by.unsigned_abs().get() <= Stock::MAX_COUNT);
    let Some(by) = wanted else {
        let allowed = "is -1,000,000 to 1,000,000, and not 0";
        return Err(Problem::invalid_body().pointer("/by", allowed));
    };
    let command = AdjustStock {
        size: size.clone(),
        by,
        reason: body.reason.map(Into::into),
    };
    api.to_stock(&caller, &key, (id, &size), command).await
}
