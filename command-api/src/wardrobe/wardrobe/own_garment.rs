//! `PUT /v1/wardrobe/owned/{garment}`

use axum::extract::State;
use domain::{
    shared::{GarmentId, Size},
    wardrobe::wardrobe::OwnGarment,
};
use http_kit::{Caller, CommandKey, CommandProblems, JsonBody, PathOf, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{CommandApi, Written, identity::account::account_of};

/// How a garment is owned.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnGarmentBody {
    /// The size on its label.
    #[serde(default)]
    #[schema(
        pattern = "^[0-9A-Za-z/.+-]([0-9A-Za-z/ .+-]{0,14}[0-9A-Za-z/.+-])?$",
        example = "M"
    )]
    size: Option<String>,
}

/// Own a garment. Said again, it is owned in another size.
#[utoipa::path(
    put,
    path = "/v1/wardrobe/owned/{garment}",
    operation_id = "ownGarment",
    summary = "Own a garment",
    tag = "wardrobe",
    security(("bearer" = [])),
    params(("garment" = Uuid, Path, description = "Which garment"), CommandKey),
    request_body = OwnGarmentBody,
    responses(
        (status = 200, description = "It is owned.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
        )),
        (status = 404, description = "`garment-not-found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`owned-exceeded`; or the same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`; or its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn own_garment(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    PathOf(garment): PathOf<GarmentId>,
    JsonBody(body): JsonBody<OwnGarmentBody>,
) -> Result<Written, Problem> {
    let account = account_of(&caller)?;
    let size = body.size.as_deref().map(Size::parse).transpose();
    let size = size.map_err(|error| Problem::invalid_body().pointer("/size", error.to_string()))?;
    api.seen_by_shoppers(garment, None).await?;
    api.to_wardrobe(account, key.context(), OwnGarment { garment, size })
        .await
}
