//! `POST /v1/wardrobe/merge`

use std::sync::Arc;

use axum::{Extension, extract::State};
use domain::{
    shared::AccountId,
    wardrobe::wardrobe::{HandOverWardrobe, MergeWardrobe},
};
use http::StatusCode;
use http_kit::{
    Authenticator, Caller, CommandKey, CommandProblems, Credential, JsonBody, Problem, Role,
};
use jetstream_es::CommandContext;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{CommandApi, Written, identity::account::account_of, rejection};

/// Another account that the caller has.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MergeWardrobeBody {
    /// Its bearer token: who has both may put together what both have.
    #[schema(min_length = 1, max_length = 4096, format = Password, example = "anonymous-token")]
    token: String,
}

/// Take over what another account of the caller's had: the favourites, garments and outfits of somebody who was not signed in
/// yet. It is empty afterwards, and its links have ended.
#[utoipa::path(
    post,
    path = "/v1/wardrobe/merge",
    operation_id = "mergeWardrobe",
    summary = "Take over another account's wardrobe",
    tag = "wardrobe",
    security(("bearer" = [])),
    params(CommandKey),
    request_body = MergeWardrobeBody,
    responses(
        (status = 200, description = "All of it is in the caller's wardrobe.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
        )),
        (status = 409, description = "Together there is more than a wardrobe holds, and nothing was taken over: `favourites-exceeded`, `owned-exceeded`, `outfits-exceeded`, `merges-exceeded`; or the other one changed meanwhile, and this request may be sent again: `wardrobe-changed`; or the same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes (`invalid-body`), its token is nobody's (`token-unknown`) or the caller's own (`merge-with-itself`), or the other account is no shopper's (`merge-not-of-shopper`); or its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn merge_wardrobe(
    State(api): State<CommandApi>,
    Extension(authenticator): Extension<Arc<dyn Authenticator>>,
    caller: Caller,
    key: CommandKey,
    JsonBody(body): JsonBody<MergeWardrobeBody>,
) -> Result<Written, Problem> {
    let to = account_of(&caller)?;
    let from = other_account(authenticator.as_ref(), to, &body.token).await?;
    let source = api.wardrobes.load(&from.to_string()).await?;
    let contents = source.aggregate.contents().clone();
    // A command of its own for each state of the other one: what came in after an attempt that broke off is not passed over.
    let context = |step: &str| CommandContext {
        command_id: format!("{}-{step}-{}", key.id(), source.version),
        causation_id: Some(key.id().to_string()),
        ..key.context()
    };
    let merge = MergeWardrobe {
        from,
        contents: api.names_for((from, to), contents.clone()).await?,
    };
    let written = api.to_wardrobe(to, context("take"), merge).await?;
    // The other one is emptied only now: whatever fails in between, nothing is lost, and the same request goes on from here.
    let hand_over = HandOverWardrobe { to, contents };
    let id = from.to_string();
    let handing = api
        .wardrobes
        .execute(&id, hand_over.into(), context("leave"));
    handing.await.map_err(rejection::problem)?;
    Ok(written)
}

/// The account behind the token in the body.
async fn other_account(
    authenticator: &dyn Authenticator,
    to: AccountId,
    token: &str,
) -> Result<AccountId, Problem> {
    let refused = |code, title, detail: &str| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, title).pointer("/token", detail)
    };
    let Some(other) = authenticator
        .authenticate(Credential::Bearer(token))
        .await?
    else {
        let title = "The other account is not known";
        return Err(refused("token-unknown", title, "is no token that is known"));
    };
    if !other.is(Role::Shopper) {
        let title = "The other account is no shopper's";
        return Err(refused("merge-not-of-shopper", title, "is no shopper's"));
    }
    let from = account_of(&other)?;
    if from == to {
        let title = "This is one account";
        return Err(refused("merge-with-itself", title, "is the caller's own"));
    }
    Ok(from)
}
