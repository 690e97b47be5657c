//! The API's document: one for all roles.

use http_kit::{BearerSecurity, Problem};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    http::{Previews, previews},
    projections::admin,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "drape",
        version = "1",
        description = "A fashion catalogue with virtual try-on. Writes answer `Drape-Position`; a read with \
                       `Drape-Min-Position` waits until it shows them. Every failure is a problem (RFC 9457) with a \
                       stable `code`.",
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT"),
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
pub(crate) fn document() -> utoipa::openapi::OpenApi {
    let mut document = base().merge(previews(Previews::new(None))).into_openapi();
    document.merge(admin().into_openapi());
    document.merge(command_api::document());
    document.merge(query_api::document());
    document
}

/// The document as it is committed: `openapi.json`.
pub(crate) fn text() -> anyhow::Result<String> {
    let mut text = document().to_pretty_json()?;
    text.push('\n');
    Ok(text)
}

/// The event log's document as it is committed: `asyncapi.json`.
pub(crate) fn events_text() -> anyhow::Result<String> {
    let mut text = serde_json::to_string_pretty(&query_api::asyncapi())?;
    text.push('\n');
    Ok(text)
}
