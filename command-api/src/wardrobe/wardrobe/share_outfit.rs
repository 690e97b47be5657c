//! `PUT /v1/wardrobe/outfits/{id}/share`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use domain::{
    shared::OutfitId,
    wardrobe::wardrobe::{ShareOutfit, TokenHash},
};
use http::{HeaderValue, StatusCode, header::CACHE_CONTROL};
use http_kit::{
    Caller, CommandKey, CommandProblems, JsonBody, PathOf, Problem, SecretToken, with_position,
};
use jetstream_es::Position;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{CommandApi, identity::account::account_of, rejection};

/// What of an outfit is shared.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShareOutfitBody {
    /// Whether the picture of the caller is shown too. It is not, unless they say so.
    #[serde(default)]
    #[schema(required = false, default = false, example = true)]
    picture: bool,
}

/// A link to an outfit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SharedOutfit {
    /// Which outfit.
    id: Uuid,
    /// Its last change; send it as `Drape-Min-Position` to read what was written.
    #[schema(value_type = String, example = "9f2c4e7a81b03d56-42", pattern = "^[0-9A-Za-z]{1,32}-[0-9]{1,19}$")]
    position: Position,
    /// Where whoever has it may look. Told here and never again.
    #[schema(example = "/v1/looks/0123456789abcdef0123456789abcdef")]
    look_url: String,
}

/// Let whoever has the link see an outfit. The link is told once; a link that the outfit had before ends.
#[utoipa::path(
    put,
    path = "/v1/wardrobe/outfits/{id}/share",
    operation_id = "shareOutfit",
    summary = "Share an outfit",
    tag = "wardrobe",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "Which outfit"), CommandKey),
    request_body = ShareOutfitBody,
    responses(
        (status = 200, description = "Whoever has the link may see it.", body = SharedOutfit, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
        )),
        (status = 404, description = "`outfit-not-found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`outfit-picture-missing`; or this request was carried out before and its link can no longer be told (`link-told-before`); or the same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`; or its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn share_outfit(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    PathOf(outfit): PathOf<OutfitId>,
    JsonBody(body): JsonBody<ShareOutfitBody>,
) -> Result<Response, Problem> {
    let account = account_of(&caller)?;
    let token = SecretToken::random().map_err(|error| {
        tracing::error!(?error, "{error}");
        Problem::internal()
    })?;
    let hash = TokenHash::parse(&token.sha256()).map_err(|_| Problem::internal())?;
    let command = ShareOutfit {
        outfit,
        token: hash,
        with_picture: body.picture,
    };
    let outcome = api
        .wardrobes
        .execute(&account.to_string(), command.into(), key.context())
        .await
        .map_err(rejection::problem)?;
    // The log has the hash of another token then, and nobody knows the token any more.
    let Some(position) = outcome.position.filter(|_| outcome.written) else {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "link-told-before",
            "The link of this request was told before",
        )
        .detail("Share the outfit again, with another Idempotency-Key, for a new link."));
    };
    let secret = [(CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    let at = with_position(&position);
    let shared = SharedOutfit {
        id: outfit.as_uuid(),
        position,
        look_url: format!("/v1/looks/{}", token.reveal()),
    };
    Ok((secret, at, Json(shared)).into_response())
}
