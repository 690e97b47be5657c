//! `PUT /v1/categories/{path}`

use std::collections::BTreeMap;

use axum::extract::State;
use domain::{
    catalog::category::{MAX_CATEGORY_LANGUAGES, NameCategory},
    shared::{CategoryPath, Language, Title},
};
use http_kit::{
    Caller, CommandKey, CommandProblems, IfMatch, IfMatchProblems, JsonBody, PathOf, Problem,
};
use serde::Deserialize;
use serde_json::json;
use utoipa::{
    ToSchema,
    openapi::schema::{Object, ObjectBuilder, Type},
};

use super::execute::KEEPERS;
use crate::{CommandApi, Written, catalog::mistakes::Mistakes};

/// What a name has to be.
const TITLE: &str =
    "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$";

/// What a place in the tree of categories is called.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NameCategoryBody {
    /// In English.
    #[schema(
        max_length = 120,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "Women’s tops"
    )]
    name: String,
    /// In other languages, by their codes of two letters.
    #[serde(default)]
    #[schema(schema_with = names)]
    names: BTreeMap<String, String>,
}

fn names() -> Object {
    let text = |pattern: &str| {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(pattern))
    };
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property_names(Some(text(Language::PATTERN)))
        .additional_properties(Some(text(TITLE).max_length(Some(120))))
        .max_properties(Some(MAX_CATEGORY_LANGUAGES))
        .description(Some(
            "In other languages, by their codes of two letters (ISO 639-1).",
        ))
        .examples([json!({ "de": "Damenoberteile" })])
        .build()
}

/// Say what a place in the tree of categories is called. Garments need not stand there yet. One that was never named is at version
/// 0: `If-Match: "0"` names it only if nobody did meanwhile.
#[utoipa::path(
    put,
    path = "/v1/categories/{path}",
    operation_id = "nameCategory",
    summary = "Name a category",
    tag = "catalog",
    security(("bearer" = ["merchandiser", "admin"])),
    params(("path" = String, Path, description = "Which place: slugs from the root, with `/` (written `%2F`) between them, each of 80 characters at most", pattern = "^[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*){0,5}$", example = "women/tops"), IfMatch, CommandKey),
    request_body = NameCategoryBody,
    responses(
        (status = 200, description = "It is called so now.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
            ("ETag" = String, description = "The version that it has now"),
        )),
        (status = 409, description = "The same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`, `category-too-long`; or its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        IfMatchProblems,
        CommandProblems,
    )
)]
pub(crate) async fn name_category(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    expected: IfMatch,
    PathOf(path): PathOf<CategoryPath>,
    JsonBody(body): JsonBody<NameCategoryBody>,
) -> Result<Written, Problem> {
    caller.require(&KEEPERS)?;
    let mut mistakes = Mistakes::none();
    let name = mistakes.note("/name", Title::parse(&body.name));
    let names = mistakes.entries(
        "/names",
        (&body.names, MAX_CATEGORY_LANGUAGES),
        Language::parse,
        |mistakes, at, text: &String| mistakes.note(at, Title::parse(text)),
    );
    let name = mistakes.unless_any(name)?;
    let command = NameCategory {
        path: path.clone(),
        name,
        names,
    };
    api.to_category(&caller, &key, (&path, expected), command)
        .await
}
