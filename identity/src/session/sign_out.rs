//! `POST /v1/sign-out`

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header::SET_COOKIE};
use http_kit::{OptionalCaller, Problem};

use super::deliver::cookie;
use crate::{Identity, database::in_time};

/// Sign out: end the session that this request belongs to, and let the browser forget its cookie. Harmless where nobody is
/// signed in.
#[utoipa::path(
    post,
    path = "/v1/sign-out",
    operation_id = "signOut",
    summary = "Sign out",
    tag = "identity",
    security((), ("bearer" = [])),
    responses(
        (status = 204, description = "The session has ended."),
        (status = 401, description = "A token that came along is not known: `unauthenticated`.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn sign_out(
    State(identity): State<Identity>,
    OptionalCaller(caller): OptionalCaller,
) -> Result<Response, Problem> {
    if let Some(session) = caller.and_then(|caller| caller.session) {
        let delete = sqlx::query!("DELETE FROM identity.session WHERE id = $1", session);
        in_time(delete.execute(&identity.pool)).await?;
        identity.recognised.ended(session);
    }
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookie("", 0))]).into_response())
}
