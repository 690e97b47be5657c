//! `POST /v1/collections`

use axum::{extract::State, response::Response};
use domain::{catalog::collection::AddCollection, shared::CollectionId};
use http_kit::{Caller, CommandKey, CommandProblems, IfMatch, JsonBody, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{details::CollectionDetailsBody, execute::KEEPERS, members::MembersBody};
use crate::{CommandApi, Written, catalog::mistakes::Mistakes};

/// A new collection.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddCollectionBody {
    /// What is said about it.
    details: CollectionDetailsBody,
    /// Which garments are in it.
    members: MembersBody,
}

/// Put a new collection in the shop. Shoppers see it at once, with those of its garments that are on sale.
#[utoipa::path(
    post,
    path = "/v1/collections",
    operation_id = "addCollection",
    summary = "Add a collection",
    tag = "catalog",
    security(("bearer" = ["merchandiser", "admin"])),
    params(CommandKey),
    request_body = AddCollectionBody,
    responses(
        (status = 201, description = "The collection is in the shop.", body = Written, headers(
            ("Location" = String, description = "The collection's address"),
            ("Drape-Position" = String, description = "Where in the log it stands"),
            ("ETag" = String, description = "The version that it has now"),
        )),
        (status = 409, description = "This id is taken: `collection-already-added`; or the same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`, `collection-too-long`, `collection-garments-invalid`, `collection-rule-invalid`; or its Idempotency-Key was used for another collection: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn add_collection(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    JsonBody(body): JsonBody<AddCollectionBody>,
) -> Result<Response, Problem> {
    caller.require(&KEEPERS)?;
    let mut mistakes = Mistakes::none();
    let details = body.details.said("/details", &mut mistakes);
    let members = body.members.said("/members", &mut mistakes);
    let details = mistakes.unless_any(details)?;
    let id = key.id_for("collection");
    let at = (CollectionId::new(id), IfMatch(None));
    let command = AddCollection { details, members };
    let written = api.to_collection(&caller, &key, at, command).await?;
    Ok(written.created(&format!("/v1/collections/{id}")))
}
