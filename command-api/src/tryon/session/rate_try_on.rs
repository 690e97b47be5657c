//! `POST /v1/try-ons/{id}/feedback`

use axum::extract::State;
use domain::{
    shared::SessionId,
    tryon::session::{RateTryOn, Rating, RatingReason},
};
use http_kit::{Caller, CommandKey, CommandProblems, JsonBody, PathOf, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{CommandApi, Written, identity::account::account_of, rejection};

/// Whether a result is of use.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RatingParam {
    /// It helps to decide.
    Good,
    /// It does not.
    Bad,
}

/// What a rating is about.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RatingReasonParam {
    /// The garment's colour.
    Colour,
    /// How the garment sits.
    Fit,
    /// What is printed on it.
    Print,
    /// Hands, hair or face.
    HandsOrFace,
    /// Where garment and photo meet.
    Edges,
    /// Something else.
    Other,
}

/// What a result is worth. There is no free text, which would be about people.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RateTryOnBody {
    rating: RatingParam,
    /// Each counts once.
    #[serde(default)]
    #[schema(required = false)]
    reasons: Vec<RatingReasonParam>,
}

/// Say what the result of one's own try-on is worth. Said again, it is no news; something else replaces it.
#[utoipa::path(
    post,
    path = "/v1/try-ons/{id}/feedback",
    operation_id = "rateTryOn",
    summary = "Rate a try-on's result",
    tag = "tryon",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "Which try-on"), CommandKey),
    request_body = RateTryOnBody,
    responses(
        (status = 200, description = "It is noted.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
        )),
        (status = 404, description = "`try-on-not-found`, also where it is somebody else's", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "There is no result: `try-on-not-succeeded`; or the same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`; or its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn rate_try_on(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    PathOf(id): PathOf<SessionId>,
    JsonBody(body): JsonBody<RateTryOnBody>,
) -> Result<Written, Problem> {
    let account = account_of(&caller)?;
    api.own_try_on(id, account).await?;
    let command = RateTryOn {
        rating: body.rating.into(),
        reasons: body.reasons.into_iter().map(RatingReason::from).collect(),
    };
    let outcome = api
        .sessions
        .execute(&id.to_string(), command.into(), key.context())
        .await
        .map_err(rejection::problem)?;
    Written::of(id.as_uuid(), outcome)
}

impl From<RatingParam> for Rating {
    fn from(rating: RatingParam) -> Self {
        match rating {
            RatingParam::Good => Self::Good,
            RatingParam::Bad => Self::Bad,
        }
    }
}

impl From<RatingReasonParam> for RatingReason {
    fn from(reason: RatingReasonParam) -> Self {
        match reason {
            RatingReasonParam::Colour => Self::Colour,
            RatingReasonParam::Fit => Self::Fit,
            RatingReasonParam::Print => Self::Print,
            RatingReasonParam::HandsOrFace => Self::HandsOrFace,
            RatingReasonParam::Edges => Self::Edges,
            RatingReasonParam::Other => Self::Other,
        }
    }
}
