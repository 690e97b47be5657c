//! `/openapi.json` and the page that shows it, both from the binary: no CDN.

use axum::Router;
use serde_json::Value;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// The document and its page.
pub(crate) fn documentation(document: Value) -> Router {
    let config = Config::from("/openapi.json").try_it_out_enabled(true);
    SwaggerUi::new("/docs")
        .external_url_unchecked("/openapi.json", document)
        .config(config)
        .into()
}
