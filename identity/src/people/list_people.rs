//! `GET /v1/admin/people` and `GET /v1/admin/people/{account}`

use axum::{
    Json,
    extract::{OriginalUri, State},
    response::{IntoResponse, Response},
};
use http_kit::{
    Caller, Cursor, Page, PathOf, Problem, QueryOf, QueryProblems, Role, page_links, question_of,
};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::person::PersonDocument;
use crate::{
    Identity,
    account::not_found,
    database::{in_time, moment},
    role::{bodies, from_texts},
};

/// People on one page.
const PAGE: usize = 50;

/// Which people.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PeopleQuery {
    /// Only whoever has this address.
    #[param(nullable = false, example = "ada@shop.example")]
    email: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    #[param(required = false, nullable = false, value_type = String)]
    cursor: Option<Cursor>,
}

/// List people, the newest first; guests are among them. For admins.
#[utoipa::path(
    get,
    path = "/v1/admin/people",
    operation_id = "listPeople",
    summary = "List people",
    tag = "admin",
    security(("bearer" = ["admin"])),
    params(PeopleQuery),
    responses(
        (status = 200, description = "One page of them.", body = Page<PersonDocument>),
        (status = 403, description = "This is for admins: `forbidden`.", body = Problem, content_type = "application/problem+json"),
        QueryProblems,
    )
)]
pub(crate) async fn list_people(
    State(identity): State<Identity>,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
    QueryOf(query): QueryOf<PeopleQuery>,
) -> Result<Response, Problem> {
    caller.require(&[Role::Admin])?;
    let (keys, asked) = (&identity.options.cursor_keys, question_of(&uri));
    let before = query.cursor.map(|cursor| keys.decode(&asked, &cursor));
    let before: Option<Uuid> = before.transpose()?;
    let email_key = query.email.map(|email| email.to_lowercase());
    let mut items = find(&identity, None, email_key, before).await?;
    let next_cursor = if items.len() > PAGE {
        items.truncate(PAGE);
        items
            .last()
            .map(|person| keys.encode(&asked, &person.account))
            .transpose()?
    } else {
        None
    };
    let links = page_links(&uri, next_cursor.as_ref());
    Ok((links, Json(Page { items, next_cursor })).into_response())
}

/// Show one person. For admins.
#[utoipa::path(
    get,
    path = "/v1/admin/people/{account}",
    operation_id = "showPerson",
    summary = "Show one person",
    tag = "admin",
    security(("bearer" = ["admin"])),
    params(("account" = Uuid, Path, description = "The account")),
    responses(
        (status = 200, description = "The person.", body = PersonDocument),
        (status = 403, description = "This is for admins: `forbidden`.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "Nobody has this account: `account-not-found`.", body = Problem, content_type = "application/problem+json"),
        QueryProblems,
    )
)]
pub(crate) async fn show_person(
    State(identity): State<Identity>,
    caller: Caller,
    PathOf(account): PathOf<Uuid>,
) -> Result<Json<PersonDocument>, Problem> {
    caller.require(&[Role::Admin])?;
    let found = find(&identity, Some(account), None, None).await?;
    found.into_iter().next().map(Json).ok_or_else(not_found)
}

/// One more than a page, so that it shows whether there is another. Accounts are made of their time: the newest are the last.
async fn find(
    identity: &Identity,
    account: Option<Uuid>,
    email_key: Option<String>,
    before: Option<Uuid>,
) -> Result<Vec<PersonDocument>, Problem> {
    let select = sqlx::query!(
        "SELECT account, email, roles, suspended_at IS NOT NULL AS \"is_suspended!\",
                extract(epoch FROM created_at)::bigint AS \"created_at!\",
                (SELECT count(*) FROM identity.session
                 WHERE session.account = person.account AND session.expires_at > now()) AS \"sessions!\"
         FROM identity.person
         WHERE ($1::uuid IS NULL OR account = $1) AND ($2::text IS NULL OR email_key = $2)
           AND ($3::uuid IS NULL OR account < $3)
         ORDER BY account DESC LIMIT $4",
        account,
        email_key,
        before,
        i64::try_from(PAGE + 1).unwrap_or(i64::MAX)
    );
    let rows = in_time(select.fetch_all(&identity.pool)).await?;
    let person = rows.into_iter().map(|row| PersonDocument {
        account: row.account,
        email: row.email,
        roles: bodies(from_texts(&row.roles)),
        is_suspended: row.is_suspended,
        sessions: row.sessions,
        created_at: moment(row.created_at),
    });
    Ok(person.collect())
}
