//! `PUT /v1/garments/{id}/price`

use axum::extract::State;
use domain::{catalog::garment::ChangePrice, shared::GarmentId};
use http_kit::{
    Caller, CommandKey, CommandProblems, IfMatch, IfMatchProblems, JsonBody, PathOf, Problem,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{details::MoneyBody, execute::KEEPERS};
use crate::{CommandApi, Written};

/// A new price.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangePriceBody {
    /// What it costs from now on.
    price: MoneyBody,
}

/// Sell a garment for another price from now on.
#[utoipa::path(
    put,
    path = "/v1/garments/{id}/price",
    operation_id = "changePrice",
    summary = "Change a garment's price",
    tag = "catalog",
    security(("bearer" = ["merchandiser", "admin"])),
    params(("id" = Uuid, Path, description = "Which garment"), IfMatch, CommandKey),
    request_body = ChangePriceBody,
    responses(
        (status = 200, description = "It costs that now.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
            ("ETag" = String, description = "The version that it has now"),
        )),
        (status = 404, description = "`garment-not-found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`garment-retired`; or the same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`; or its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        IfMatchProblems,
        CommandProblems,
    )
)]
pub(crate) async fn change_price(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    expected: IfMatch,
    PathOf(id): PathOf<GarmentId>,
    JsonBody(body): JsonBody<ChangePriceBody>,
) -> Result<Written, Problem> {
    caller.require(&KEEPERS)?;
    let price = body.price.parse()?;
    api.to_garment(&caller, &key, (id, expected), ChangePrice { price })
        .await
}
