//! `POST /v1/garments`

use axum::{extract::State, response::Response};
use domain::{catalog::garment::AddGarment, shared::GarmentId};
use http_kit::{Caller, CommandKey, CommandProblems, IfMatch, JsonBody, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    details::{ColourBody, DetailsText, MoneyBody},
    execute::KEEPERS,
};
use crate::{CommandApi, Written};

/// A new garment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddGarmentBody {
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
    /// What it costs.
    price: MoneyBody,
}

/// Put a new garment in the catalogue, as a draft.
#[utoipa::path(
    post,
    path = "/v1/garments",
    operation_id = "addGarment",
    summary = "Add a garment",
    tag = "catalog",
    security(("bearer" = [])),
    params(CommandKey),
    request_body = AddGarmentBody,
    responses(
        (status = 201, description = "The garment is in the catalogue, as a draft.", body = Written, headers(
            ("Location" = String, description = "The garment's address"),
            ("Drape-Position" = String, description = "Where in the log it stands"),
            ("ETag" = String, description = "The version that it has now"),
        )),
        (status = 409, description = "This id is taken: `garment-already-added`; or the same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`, `garment-sizes-invalid`; or its Idempotency-Key was used for another garment: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn add_garment(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    JsonBody(body): JsonBody<AddGarmentBody>,
) -> Result<Response, Problem> {
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
    let price = body.price.parse()?;
    let id = key.id_for("garment");
    let garment = GarmentId::new(id);
    let command = AddGarment { details, price };
    let anyhow = IfMatch(None);
    let written = api
        .to_garment(&caller, &key, (garment, anyhow), command)
        .await?;
    Ok(written.created(&format!("/v1/garments/{id}")))
}
