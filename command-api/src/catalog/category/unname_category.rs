//! `DELETE /v1/categories/{path}`

use axum::extract::State;
use domain::{catalog::category::UnnameCategory, shared::CategoryPath};
use http_kit::{Caller, CommandKey, CommandProblems, IfMatch, IfMatchProblems, PathOf, Problem};

use super::execute::KEEPERS;
use crate::{CommandApi, Written};

/// Take a category's name away. As long as garments stand there, it is shown by the last part of its path.
#[utoipa::path(
    delete,
    path = "/v1/categories/{path}",
    operation_id = "unnameCategory",
    summary = "Take a category's name away",
    tag = "catalog",
    security(("bearer" = ["merchandiser", "admin"])),
    params(("path" = String, Path, description = "Which place: slugs from the root, with `/` (written `%2F`) between them, each of 80 characters at most", pattern = "^[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*){0,5}$", example = "women/tops"), IfMatch, CommandKey),
    responses(
        (status = 200, description = "It has no name now.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
            ("ETag" = String, description = "The version that it has now"),
        )),
        (status = 404, description = "It never had a name: `category-not-found`.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        IfMatchProblems,
        CommandProblems,
    )
)]
pub(crate) async fn unname_category(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    expected: IfMatch,
    PathOf(path): PathOf<CategoryPath>,
) -> Result<Written, Problem> {
    caller.require(&KEEPERS)?;
    let command = UnnameCategory { path: path.clone() };
    api.to_category(&caller, &key, (&path, expected), command)
        .await
}
