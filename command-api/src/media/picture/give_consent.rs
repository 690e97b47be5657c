//! `PUT /v1/pictures/{id}/consent`

use axum::extract::State;
use domain::{media::picture::GiveConsent, shared::PictureId};
use http_kit::{Caller, CommandKey, CommandProblems, JsonBody, PathOf, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use super::photo_policy::PhotoSubjectParam;
use crate::{CommandApi, Written, identity::account::account_of};

/// That somebody agrees.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConsentBody {
    /// The version of the words that they agree to, as `GET /v1/photo-policy` tells it.
    #[schema(example = "1", min_length = 1, max_length = 40)]
    policy: String,
    /// Who the photo shows.
    subject: PhotoSubjectParam,
}

/// Agree to what is done with one's own photo: again, or because the words have changed.
#[utoipa::path(
    put,
    path = "/v1/pictures/{id}/consent",
    operation_id = "giveConsent",
    summary = "Agree to what is done with a photo",
    tag = "media",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "Which photo"), CommandKey),
    request_body = ConsentBody,
    responses(
        (status = 200, description = "It may be used.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
        )),
        (status = 404, description = "`picture-not-found`, also where it is somebody else's", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`picture-removed`; or the same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`invalid-body`, `consent-outdated`, `picture-not-of-person`; or its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn give_consent(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    PathOf(id): PathOf<PictureId>,
    JsonBody(body): JsonBody<ConsentBody>,
) -> Result<Written, Problem> {
    let account = account_of(&caller)?;
    let consent = api.photo_policy.consent(&body.policy, body.subject)?;
    api.to_own_picture(account, id, &key, GiveConsent { consent }.into())
        .await
}
