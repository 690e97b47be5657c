//! `POST /v1/garments`

use axum::{extract::State, response::Response};
use domain::{catalog::garment::AddGarment, shared::GarmentId};
use http_kit::{Caller, CommandKey, CommandProblems, IfMatch, JsonBody, Problem};

use super::{
    details::{MoneyBody, details_body},
    execute::KEEPERS,
};
use crate::{CommandApi, Written};

details_body! {
    /// A new garment: one style in one colour.
    AddGarmentBody {
        /// What it costs.
        price: MoneyBody,
    }
}

/// Put a new garment in the catalogue, as a draft.
#[utoipa::path(
    post,
    path = "/v1/garments",
    operation_id = "addGarment",
    summary = "Add a garment",
    tag = "catalog",
    security(("bearer" = ["merchandiser", "admin"])),
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
        (status = 422, description = "The body has mistakes: `invalid-body`, `garment-sizes-invalid`, `garment-skus-invalid`, `garment-too-long`; or its Idempotency-Key was used for another garment: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
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
    let details = body.details()?;
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
