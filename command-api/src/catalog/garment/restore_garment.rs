//! `POST /v1/garments/{id}/restore`

use axum::extract::State;
use domain::{catalog::garment::RestoreGarment, shared::GarmentId};
use http_kit::{
    Caller, CommandKey, CommandProblems, IfMatch, IfMatchProblems, JsonBody, PathOf, Problem,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::execute::KEEPERS;
use crate::{CommandApi, Written};

/// An earlier version of a garment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RestoreGarmentBody {
    /// Its `version`, as the garment's history names it.
    #[serde(deserialize_with = "http_kit::whole_number")]
    #[schema(minimum = 1, maximum = 4_294_967_295_u32, example = 1)]
    version: u32,
}

/// Say about a garment again what was said at an earlier version: words, prices and picture. Nothing is taken out of its
/// history, and whether it is on sale stays as it is.
#[utoipa::path(
    post,
    path = "/v1/garments/{id}/restore",
    operation_id = "restoreGarment",
    summary = "Restore an earlier version of a garment",
    tag = "catalog",
    security(("bearer" = ["merchandiser", "admin"])),
    params(("id" = Uuid, Path, description = "Which garment"), IfMatch, CommandKey),
    request_body = RestoreGarmentBody,
    responses(
        (status = 200, description = "It says that again.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
            ("ETag" = String, description = "The version that it has now"),
        )),
        (status = 404, description = "`garment-not-found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`garment-retired`; or the same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes (`invalid-body`), or the garment never had this version (`garment-version-unknown`); or its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        IfMatchProblems,
        CommandProblems,
    )
)]
pub(crate) async fn restore_garment(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    expected: IfMatch,
    PathOf(id): PathOf<GarmentId>,
    JsonBody(body): JsonBody<RestoreGarmentBody>,
) -> Result<Written, Problem> {
    caller.require(&KEEPERS)?;
    let name = id.to_string();
    let then = api.garments.load_version(&name, body.version.into());
    let then = then.await?.map(|loaded| loaded.aggregate);
    let command = then.and_then(|garment| {
        Some(RestoreGarment {
            details: garment.details()?.clone(),
            price: garment.price()?,
            picture: garment.picture(),
            size_prices: garment.size_prices().clone(),
            list_prices: garment.list_prices().clone(),
        })
    });
    let Some(command) = command else {
        if api.garments.load(&name).await?.version == 0 {
            return Err(Problem::new(
                http::StatusCode::NOT_FOUND,
                "garment-not-found",
                "There is no such thing",
            ));
        }
        return Err(Problem::new(
            http::StatusCode::UNPROCESSABLE_ENTITY,
            "garment-version-unknown",
            "The garment never had this version",
        )
        .detail("Choose a version that the garment's history names.")
        .pointer("/version", "is no version of this garment"));
    };
    api.to_garment(&caller, &key, (id, expected), command).await
}
