//! `POST /v1/try-ons/{id}/cancel`

use axum::extract::State;
use domain::{
    shared::{AccountId, SessionId},
    tryon::session::CancelTryOn,
};
use http::StatusCode;
use http_kit::{Caller, CommandKey, CommandProblems, PathOf, Problem};

use crate::{CommandApi, Written, identity::account::account_of, rejection};

/// Give one's own try-on up, as long as it has not ended. Needs no body.
#[utoipa::path(
    post,
    path = "/v1/try-ons/{id}/cancel",
    operation_id = "cancelTryOn",
    summary = "Cancel a try-on",
    tag = "tryon",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "Which try-on"), CommandKey),
    responses(
        (status = 200, description = "It is cancelled.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
        )),
        (status = 404, description = "`try-on-not-found`, also where it is somebody else's", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`try-on-finished`; or the same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn cancel_try_on(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    PathOf(id): PathOf<SessionId>,
) -> Result<Written, Problem> {
    let account = account_of(&caller)?;
    api.own_try_on(id, account).await?;
    let outcome = api
        .sessions
        .execute(&id.to_string(), CancelTryOn {}.into(), key.context())
        .await
        .map_err(rejection::problem)?;
    Written::of(id.as_uuid(), outcome)
}

impl CommandApi {
    /// Refuses what is not a try-on of this account's.
    pub(super) async fn own_try_on(
        &self,
        id: SessionId,
        account: AccountId,
    ) -> Result<(), Problem> {
        let session = self.sessions.load(&id.to_string()).await?.aggregate;
        if session
            .request()
            .is_some_and(|request| request.requested_by == account)
        {
            return Ok(());
        }
        // The domain's own words for a try-on that was never requested: somebody else's must look the same.
        let title = "There is no such thing";
        Err(
            Problem::new(StatusCode::NOT_FOUND, "try-on-not-found", title)
                .detail("there is no such try-on"),
        )
    }
}
