//! `PUT /v1/garments/{id}`

use axum::extract::State;
use domain::{catalog::garment::ReviseGarment, shared::GarmentId};
use http_kit::{
    Caller, CommandKey, CommandProblems, IfMatch, IfMatchProblems, JsonBody, PathOf, Problem,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    details::{ColourBody, DetailsText},
    execute::KEEPERS,
};
use crate::{CommandApi, Written};

/// What is said about a garment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReviseGarmentBody {
    /// What it is called.
    #[schema(
        min_length = 1,
        max_length = 120,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "Linen shirt"
    )]
    name: String,
    /// The readable part of its address.
    #[schema(
        min_length = 1,
        max_length = 80,
        pattern = "^[a-z0-9]+(-[a-z0-9]+)*$",
        example = "linen-shirt"
    )]
    slug: String,
    /// Where on the body it goes: `tops`, `bottoms`, `dresses` or `outerwear`.
    #[schema(pattern = "^(tops|bottoms|dresses|outerwear)$", example = "tops")]
    category: String,
    /// The colour that shoppers see.
    colour: ColourBody,
    /// The sizes on sale, in the order of the label; each once.
    #[schema(schema_with = super::details::sizes)]
    sizes: Vec<String>,
    /// What is said about it.
    #[schema(
        max_length = 4000,
        pattern = "^[^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]*$",
        example = "Washed linen, cut straight."
    )]
    description: String,
}

/// Replace what is said about a garment. Its price and picture stay.
#[utoipa::path(
    put,
    path = "/v1/garments/{id}",
    operation_id = "reviseGarment",
    summary = "Revise a garment",
    tag = "catalog",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "Which garment"), IfMatch, CommandKey),
    request_body = ReviseGarmentBody,
    responses(
        (status = 200, description = "It says so now.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
            ("ETag" = String, description = "The version that it has now"),
        )),
        (status = 404, description = "`garment-not-found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`garment-retired`; or the same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`, `garment-sizes-invalid`; or its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        IfMatchProblems,
        CommandProblems,
    )
)]
pub(crate) async fn revise_garment(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    expected: IfMatch,
    PathOf(id): PathOf<GarmentId>,
    JsonBody(body): JsonBody<ReviseGarmentBody>,
) -> Result<Written, Problem> {
    caller.require(&KEEPERS)?;
    let details = DetailsText {
        name: &body.name,
        slug: &body.slug,
        category: &body.category,
        colour: &body.colour,
        sizes: &body.sizes,
        description: &body.description,
    }
    .parse()?;
    api.to_garment(&caller, &key, (id, expected), ReviseGarment { details })
        .await
}
