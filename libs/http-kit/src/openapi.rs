//! What the OpenAPI document says about problems and callers, once for all endpoints.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses, Modify,
    openapi::{
        Components, Content, OpenApi, Ref, RefOr,
        response::{Response, ResponseBuilder},
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
    },
};

use crate::SESSION_COOKIE;

/// Adds the security schemes: `bearer`, which endpoints name with `security(("bearer" = []))` and the roles that they are for,
/// and `cookie`, which does wherever that one does.
#[derive(Debug, Clone, Copy)]
pub struct BearerSecurity;

impl Modify for BearerSecurity {
    fn modify(&self, openapi: &mut OpenApi) {
        let components = openapi.components.get_or_insert_with(Components::default);
        components.add_security_scheme(
            "bearer",
            SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)),
        );
        let cookie = ApiKeyValue::with_description(
            SESSION_COOKIE,
            "What browsers get when somebody signs in.",
        );
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// The problems that every endpoint which takes a command may answer.
#[derive(Debug, Clone, Copy)]
pub struct CommandProblems;

impl IntoResponses for CommandProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[
            ("400", "The address, a header or the JSON syntax is wrong."),
            ("401", "Nobody is signed in: `unauthenticated`."),
            ("403", "This is not for the caller's role: `forbidden`."),
            ("408", "The body did not arrive in time: `body-too-slow`."),
            ("413", "The body is too large."),
            ("500", "A mistake on our side: `internal`."),
            (
                "503",
                "The log is out of reach (`unavailable`), or no answer came from it (`outcome-unknown`): send the same \
                 request again, with the same Idempotency-Key.",
            ),
            ("507", "The log is full: `log-full`."),
        ])
    }
}

/// The problems that every endpoint which answers a question may answer.
#[derive(Debug, Clone, Copy)]
pub struct QueryProblems;

impl IntoResponses for QueryProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[
            ("400", "The address, a parameter or a header is wrong."),
            ("401", "The token is not known: `unauthenticated`."),
            ("500", "A mistake on our side: `internal`."),
            ("503", "A store is out of reach: `unavailable`."),
        ])
    }
}

pub(crate) fn problems(list: &[(&str, &str)]) -> BTreeMap<String, RefOr<Response>> {
    list.iter()
        .map(|(status, description)| {
            let response = ResponseBuilder::new()
                .description(*description)
                .content(
                    "application/problem+json",
                    Content::new(Some(Ref::from_schema_name("Problem"))),
                )
                .build();
            ((*status).to_owned(), RefOr::T(response))
        })
        .collect()
}
