//! `PUT /v1/pinned-searches/{words}`

use axum::extract::State;
use domain::{
    catalog::search::{PinSearch, PinnedSearch},
    shared::SearchWords,
};
use http_kit::{
    Caller, CommandKey, CommandProblems, IfMatch, IfMatchProblems, JsonBody, PathOf, Problem, Role,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    CommandApi, Written,
    catalog::{
        collection::{ids, pinned},
        mistakes::Mistakes,
    },
    rejection,
};

/// Garments that come first.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PinSearchBody {
    /// The garments, in this order; none takes back what was pinned.
    #[schema(schema_with = pinned)]
    garments: Vec<String>,
}

/// Say which garments a search for some words shows first, where it is sorted by relevance. Case, punctuation and spaces of the words do
/// not matter. One that the words do not find, or that is not on sale, stays without effect until they do. Words for which nothing was
/// ever pinned are at version 0.
#[utoipa::path(
    put,
    path = "/v1/pinned-searches/{words}",
    operation_id = "pinSearch",
    summary = "Pin garments to a search",
    tag = "catalog",
    security(("bearer" = ["merchandiser", "admin"])),
    params(("words" = String, Path, description = "The words that are looked for; at least one letter or digit", pattern = "^[0-9A-Za-z]{1,40}( [0-9A-Za-z]{1,40}){0,3}$", example = "linen shirt"), IfMatch, CommandKey),
    request_body = PinSearchBody,
    responses(
        (status = 200, description = "They come first now.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
            ("ETag" = String, description = "The version that it has now"),
        )),
        (status = 409, description = "The same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`, `search-garments-invalid`; or its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        IfMatchProblems,
        CommandProblems,
    )
)]
pub(crate) async fn pin_search(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    IfMatch(meant): IfMatch,
    PathOf(words): PathOf<SearchWords>,
    JsonBody(body): JsonBody<PinSearchBody>,
) -> Result<Written, Problem> {
    caller.require(&[Role::Merchandiser, Role::Admin])?;
    let mut mistakes = Mistakes::none();
    let named = (body.garments.as_slice(), PinnedSearch::MAX_PINNED);
    let garments = ids("/garments", named, &mut mistakes);
    let garments = mistakes.unless_any(Some(garments))?;
    let search = PinnedSearch::id_of(&words);
    let (id, command) = (search.to_string(), PinSearch { words, garments }.into());
    let outcome = match meant {
        Some(version) => {
            let searches = &api.searches;
            searches
                .execute_at(&id, version, command, key.context())
                .await
        }
        None => api.searches.execute(&id, command, key.context()).await,
    };
    Written::of(search, outcome.map_err(rejection::problem)?)
}
