//! What did admins decide, who was it, from where, and why?

use axum::{
    extract::{OriginalUri, State},
    response::{IntoResponse, Response},
};
use domain::shared::Moment;
use http_kit::{
    Caller, Cursor, MinPosition, Problem, QueryOf, QueryProblems, Role, page_links, question_of,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{QueryApi, answer, checkpoints::View, database::in_time};

/// Characters that the log takes for an actor.
const LONGEST_ACTOR: usize = 200;

/// What admins decide. More may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum AuditAction {
    /// An account was opened for somebody.
    AccountRegistered,
    /// Somebody may do something else from then on.
    RolesChanged,
    /// A key was made for an account of somebody else.
    ApiKeyIssued,
    /// A key of an account of somebody else opens nothing any more.
    ApiKeyRevoked,
    /// Somebody is kept out.
    AccountSuspended,
    /// Somebody is let in again.
    AccountReinstated,
    /// Somebody was signed out everywhere.
    SessionsEnded,
    /// Somebody's second factor was taken away.
    SecondFactorRemoved,
    /// A new key took the place of all that signed access tokens.
    SigningKeysReplaced,
    /// A view stands still.
    ProjectionPaused,
    /// A view goes on.
    ProjectionResumed,
    /// A view is built anew.
    ProjectionRebuildRequested,
    /// A view is not built anew after all.
    ProjectionRebuildCancelled,
    /// A commit that a view could not apply was tried again.
    ParkedEventRetried,
    /// A commit that a view could not apply is left out.
    ParkedEventDiscarded,
}

impl AuditAction {
    /// The event's type.
    const fn as_str(self) -> &'static str {
        match self {
            Self::AccountRegistered => "AccountRegistered",
            Self::RolesChanged => "RolesChanged",
            Self::ApiKeyIssued => "ApiKeyIssued",
            Self::ApiKeyRevoked => "ApiKeyRevoked",
            Self::AccountSuspended => "AccountSuspended",
            Self::AccountReinstated => "AccountReinstated",
            Self::SessionsEnded => "SessionsEnded",
            Self::SecondFactorRemoved => "SecondFactorRemoved",
            Self::SigningKeysReplaced => "SigningKeysReplaced",
            Self::ProjectionPaused => "ProjectionPaused",
            Self::ProjectionResumed => "ProjectionResumed",
            Self::ProjectionRebuildRequested => "ProjectionRebuildRequested",
            Self::ProjectionRebuildCancelled => "ProjectionRebuildCancelled",
            Self::ParkedEventRetried => "ParkedEventRetried",
            Self::ParkedEventDiscarded => "ParkedEventDiscarded",
        }
    }
}

/// One decision of an admin.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditDocument {
    /// Where it stands in the log.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub sequence: u64,
    /// When it came into force. The log may have been told later.
    #[schema(format = DateTime)]
    pub at: String,
    /// What was decided.
    pub action: AuditAction,
    /// Opaque id of who decided it; `operator` for a command of the command line.
    #[schema(required, example = "01900000-0000-7000-8000-000000000001")]
    pub actor: Option<String>,
    /// The network that they were in: a /24 or a /48. None where nobody noted it.
    #[schema(required, example = "203.0.113.0/24")]
    pub from: Option<String>,
    /// Why, in their words.
    #[schema(required, example = "shares an account with a shop")]
    pub reason: Option<String>,
    /// About which account.
    #[schema(required)]
    pub account: Option<Uuid>,
    /// About which view.
    #[schema(required)]
    pub view: Option<String>,
    /// What the account or the key may do from then on.
    #[schema(required, example = json!(["shopper", "analyst"]))]
    pub roles: Option<Vec<String>>,
    /// Which key.
    #[schema(required)]
    pub key: Option<Uuid>,
    /// The sequence of the commit that the view could not apply.
    #[schema(required, minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub commit: Option<u64>,
}

/// Decisions of admins, the newest first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditPage {
    /// The decisions.
    pub items: Vec<AuditDocument>,
    /// Where the list goes on; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_cursor: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListAudit {
    /// Only those of whoever has this opaque id; `operator` is the command line.
    #[param(
        required = false,
        nullable = false,
        max_length = 200,
        example = "01900000-0000-7000-8000-000000000001"
    )]
    actor: Option<String>,
    /// Only those about this account.
    #[param(required = false, nullable = false)]
    account: Option<Uuid>,
    /// Only those of this kind.
    #[param(inline, required = false, nullable = false)]
    action: Option<AuditAction>,
    /// Only those that came into force then or later.
    #[param(required = false, nullable = false, value_type = String, pattern = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$", example = "2026-07-01T00:00:00Z")]
    from: Option<Moment>,
    /// Only those that came into force before.
    #[param(required = false, nullable = false, value_type = String, pattern = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$", example = "2026-08-01T00:00:00Z")]
    to: Option<Moment>,
    /// Decisions on a page at most; 50 by default.
    #[param(minimum = 1, maximum = 100, required = false, nullable = false)]
    limit: Option<u8>,
    /// `next_cursor` of the page before.
    #[param(required = false, nullable = false)]
    cursor: Option<String>,
}

/// List what admins decided.
///
/// About people, their keys, and projections: who it was, when, from where, and why. Newest first, in the order of the log. For
/// admins.
#[utoipa::path(
    get,
    path = "/v1/admin/audit",
    operation_id = "listAudit",
    tag = "admin",
    params(ListAudit, MinPosition),
    security(("bearer" = ["admin"])),
    responses(
        (status = 200, body = AuditPage, description = "A page of decisions",
            headers(
                ("Link" = String, description = "Where the list begins, and where it goes on (RFC 8288)"),
                ("Drape-Position" = String, description = "How far this view has come"),
                ("Drape-Degraded" = String, description = "The view's name, only while it could not apply something")
            )),
        (status = 403, body = Problem, content_type = "application/problem+json",
            description = "This is for admins: `forbidden`."),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "The position belongs to another history: `epoch-changed`."),
        QueryProblems
    )
)]
pub(crate) async fn list_audit(
    State(api): State<QueryApi>,
    caller: Caller,
    MinPosition(min): MinPosition,
    OriginalUri(uri): OriginalUri,
    QueryOf(question): QueryOf<ListAudit>,
) -> Result<Response, Problem> {
    caller.require(&[Role::Admin])?;
    let limit = question.limit.unwrap_or(50);
    if !(1..=100).contains(&limit) {
        return Err(Problem::invalid_query().detail("limit: 1 to 100 decisions fit on a page"));
    }
    let actor = question.actor.as_ref();
    if actor.is_some_and(|actor| actor.chars().count() > LONGEST_ACTOR) {
        return Err(Problem::invalid_query().detail("actor: 200 characters at most"));
    }
    let (keys, asked) = (&api.inner.cursor_keys, question_of(&uri));
    let cursor = question.cursor.map(Cursor::from);
    let before = cursor.map(|cursor| keys.decode(&asked, &cursor));
    let (before, ordinal): (i64, i32) = before.transpose()?.unwrap_or((i64::MAX, 0));
    let at = api.wait(View::AuditEntry, min.as_ref()).await?;
    let rows = sqlx::query!(
        "SELECT sequence, ordinal, document FROM drape.audit_entry
         WHERE (sequence, ordinal) < ($1, $2)
           AND ($3::TEXT IS NULL OR actor = $3) AND ($4::UUID IS NULL OR subject = $4)
           AND ($5::TEXT IS NULL OR action = $5)
           AND ($6::TEXT IS NULL OR at >= $6::TEXT::TIMESTAMPTZ) AND ($7::TEXT IS NULL OR at < $7::TEXT::TIMESTAMPTZ)
         ORDER BY sequence DESC, ordinal DESC LIMIT $8",
        before,
        ordinal,
        question.actor,
        question.account,
        question.action.map(AuditAction::as_str),
        question.from.as_ref().map(Moment::as_str),
        question.to.as_ref().map(Moment::as_str),
        i64::from(limit) + 1
    );
    let fetching = rows.fetch_all(&api.inner.pool);
    let mut rows = in_time(api.inner.options.database_timeout, fetching).await?;
    let more = rows.len() > usize::from(limit);
    rows.truncate(usize::from(limit));
    let next = rows.last().filter(|_| more);
    let next = next
        .map(|last| keys.encode(&asked, &(last.sequence, last.ordinal)))
        .transpose()?;
    let documents: Vec<&str> = rows.iter().map(|row| row.document.as_str()).collect();
    let mut json = format!("{{\"items\":[{}]", documents.join(","));
    if let Some(next) = &next {
        json.push_str(",\"next_cursor\":\"");
        // Base64url: nothing to escape.
        json.push_str(next.as_str());
        json.push('"');
    }
    json.push('}');
    let links = page_links(&uri, next.as_ref());
    Ok((links, answer::document(json, &at)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_called_like_its_event_and_none_is_missing() {
        let kinds = domain::event_kinds().into_iter();
        let told = [
            "identity.account",
            "identity.signing_keys",
            "operations.projection",
        ];
        let is_ours = |aggregate| told.contains(&aggregate);
        let kinds = kinds.filter(|kind| is_ours(kind.aggregate_type));
        let mut seen = 0;
        // Nobody but its owner has an account erased.
        for kind in kinds.filter(|kind| kind.event_type != "AccountErased") {
            let name = serde_json::json!(kind.event_type);
            let action = serde_json::from_value::<AuditAction>(name).unwrap();
            assert_eq!(action.as_str(), kind.event_type);
            seen += 1;
        }
        assert_eq!(seen, 15);
    }
}
