//! `PUT /v1/garments/{id}/size-price`

use axum::extract::State;
use domain::{
    catalog::garment::ChangeSizePrice,
    shared::{GarmentId, Size},
};
use http_kit::{
    Caller, CommandKey, CommandProblems, IfMatch, IfMatchProblems, JsonBody, PathOf, Problem,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{details::MoneyBody, execute::KEEPERS};
use crate::{CommandApi, Written};

/// A price for one size.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeSizePriceBody {
    /// One of its sizes.
    #[schema(
        pattern = "^[0-9A-Za-z/.+-]([0-9A-Za-z/ .+-]{0,14}[0-9A-Za-z/.+-])?$",
        example = "L"
    )]
    size: String,
    /// Its price; `null` takes it away, and it costs what the other sizes do again.
    #[schema(required)]
    price: Option<MoneyBody>,
}

/// Sell one size of a garment for another price than the others.
#[utoipa::path(
    put,
    path = "/v1/garments/{id}/size-price",
    operation_id = "changeSizePrice",
    summary = "Price one size of a garment",
    tag = "catalog",
    security(("bearer" = ["merchandiser", "admin"])),
    params(("id" = Uuid, Path, description = "Which garment"), IfMatch, CommandKey),
    request_body = ChangeSizePriceBody,
    responses(
        (status = 200, description = "It costs that now.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
            ("ETag" = String, description = "The version that it has now"),
        )),
        (status = 404, description = "`garment-not-found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`garment-retired`; or the same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`, `garment-size-unknown`; or its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        IfMatchProblems,
        CommandProblems,
    )
)]
pub(crate) async fn change_size_price(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    expected: IfMatch,
    PathOf(id): PathOf<GarmentId>,
    JsonBody(body): JsonBody<ChangeSizePriceBody>,
) -> Result<Written, Problem> {
    caller.require(&KEEPERS)?;
    let size = Size::parse(&body.size)
        .map_err(|error| Problem::invalid_body().pointer("/size", error.to_string()))?;
    let price = body.price.as_ref().map(MoneyBody::parse).transpose()?;
    let command = ChangeSizePrice { size, price };
    api.to_garment(&caller, &key, (id, expected), command).await
}
