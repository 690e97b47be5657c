//! The document's head, and what all roles say together.

use http_kit::{BearerSecurity, Problem};
use serde_json::Value;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use super::{complete::complete, examples::add_examples};
use crate::{
    http::{marks, previews},
    projections::admin,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "drape",
        version = "1",
        description = "A fashion catalogue with virtual try-on. Writes answer `Drape-Position`; a read with \
                       `Drape-Min-Position` waits until it shows them. Every failure is a problem (RFC 9457) with a \
                       stable `code` and `type`, and names its request (`trace_id`, also the header `X-Request-Id`). \
                       Documents have an `ETag`; who names it in `If-None-Match` gets 304. `RateLimit` says what is left \
                       of the caller's quota. What is said in docs/api.md holds for every address.",
        contact(name = "The drape project"),
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT"),
    ),
    servers((url = "/", description = "This system")),
    tags(
        (name = "catalog", description = "What the shop sells."),
        (name = "media", description = "Pictures: uploaded, rendered, downloaded."),
        (name = "tryon", description = "Garments on people."),
        (name = "live", description = "What happens, as it happens."),
        (name = "replay", description = "What happened, for analysts."),
        (name = "identity", description = "Signing up and in, and what belongs to whoever is signed in."),
        (name = "admin", description = "For whoever runs the system."),
    ),
    components(schemas(Problem)),
    modifiers(&BearerSecurity),
)]
struct Base;

/// A router with the document's head and no address yet.
pub(crate) fn base() -> OpenApiRouter {
    OpenApiRouter::with_openapi(Base::openapi())
}

/// The document of all roles together. Needs no server.
pub(crate) fn document() -> serde_json::Result<Value> {
    let mut document = base().into_openapi();
    document.merge(previews().into_openapi());
    document.merge(marks().into_openapi());
    document.merge(admin().into_openapi());
    document.merge(command_api::document());
    document.merge(identity::document());
    document.merge(query_api::document());
    let mut document = serde_json::to_value(document)?;
    complete(&mut document)?;
    add_examples(&mut document);
    Ok(document)
}

/// The document as it is committed: `openapi.json`.
pub(crate) fn text() -> anyhow::Result<String> {
    let mut text = serde_json::to_string_pretty(&document()?)?;
    text.push('\n');
    Ok(text)
}

/// The event log's document as it is committed: `asyncapi.json`.
pub(crate) fn events_text() -> anyhow::Result<String> {
    let mut text = serde_json::to_string_pretty(&query_api::asyncapi())?;
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_operation_says_all_that_a_client_has_to_know() {
        let document = document().unwrap();
        let mut ids = BTreeSet::new();
        let paths = document["paths"].as_object().unwrap();
        for (path, operations) in paths {
            for (method, operation) in operations.as_object().unwrap() {
                let id = operation["operationId"].as_str().unwrap();
                let is_word = |letter: char| letter.is_ascii_alphanumeric();
                assert!(id.chars().all(is_word), "{id} is no verbNoun");
                assert!(ids.insert(id.to_owned()), "{id} is there twice");
                for said in ["summary", "description"] {
                    assert!(operation[said].is_string(), "{id} has no {said}");
                }
                assert!(operation["security"].is_array(), "{id} has no security");
                let said = operation.to_string();
                let numbers = r#""items":{"maximum":4294967295,"minimum":0,"type":"integer"}"#;
                assert!(
                    !said.contains(numbers),
                    "{id} takes or gives an array of bytes"
                );
                for status in ["429", "500", "503"] {
                    let answer = &operation["responses"][status];
                    assert!(answer.is_object(), "{id} does not say {status}");
                }
                for parameter in operation["parameters"].as_array().into_iter().flatten() {
                    assert!(!parameter["example"].is_null(), "{id}: {parameter}");
                }
                if method != "get" {
                    let cross_site = &operation["responses"]["403"];
                    assert!(cross_site.is_object(), "{id} does not say 403");
                    let parameters = operation["parameters"].to_string();
                    assert!(parameters.contains("Idempotency-Key"), "{path} {method}");
                }
            }
        }
        assert!(ids.len() > 30, "{} operations", ids.len());
    }

    #[test]
    fn what_stands_in_an_address_holds_no_nul_and_a_list_begins_without_a_cursor() {
        let document = document().unwrap();
        let paths = document["paths"].as_object().unwrap();
        let operations = paths
            .values()
            .flat_map(|path| path.as_object().unwrap().values());
        let mut texts = 0;
        for operation in operations {
            let id = &operation["operationId"];
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let (name, schema) = (&parameter["name"], &parameter["schema"]);
                assert!(name != "cursor" || parameter["required"] == false, "{id}");
                if parameter["in"] == "header" || schema["type"] != "string" {
                    continue;
                }
                texts += 1;
                let rules = ["pattern", "format", "enum"];
                assert!(
                    rules.iter().any(|rule| !schema[rule].is_null()),
                    "{id}: {name}"
                );
            }
        }
        assert!(texts > 100, "{texts} parameters");
    }

    #[test]
    fn inputs_take_nothing_that_they_do_not_name() {
        let document = document().unwrap();
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let is_input = |(name, schema): &(&String, &Value)| {
            name.ends_with("Body") && schema["type"] == "object"
        };
        for (name, schema) in schemas.iter().filter(is_input) {
            assert_eq!(schema["additionalProperties"], false, "{name}");
        }
    }
}
