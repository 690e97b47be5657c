//! The parameters of a replay. A misspelt one is refused: it would silently answer everything.

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use http_kit::{Problem, QueryOf};
use replay::FilterText;
use serde::Deserialize;
use utoipa::IntoParams;

/// How a replay is answered.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReadOptions {
    /// Go on with what happens from now on, for ever and without a trailer.
    #[param(required = false, nullable = false)]
    pub(super) follow: bool,
    /// End with a trailer, which tells a whole answer from a cut one.
    #[param(required = false, nullable = false)]
    pub(super) trailer: bool,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            follow: false,
            trailer: true,
        }
    }
}

/// Filter and options, with `Last-Event-ID` as `after`.
#[derive(Debug)]
pub(crate) struct Parameters {
    pub(super) filter: FilterText,
    pub(super) options: ReadOptions,
}

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let name = part.split('=').next().unwrap_or(part);
            let known = FilterText::NAMES.contains(&name) || ["follow", "trailer"].contains(&name);
            if !known {
                return Err(invalid().detail(format!(
                    "{name:?} is none of {}, follow, trailer",
                    FilterText::NAMES.join(", ")
                )));
            }
        }
        let QueryOf(mut filter) = QueryOf::<FilterText>::from_request_parts(parts, state).await?;
        let QueryOf(options) = QueryOf::<ReadOptions>::from_request_parts(parts, state).await?;
        if let Some(id) = parts.headers.get("last-event-id") {
            let id = id
                .to_str()
                .map_err(|_| invalid().detail("Last-Event-ID is no text"))?;
            if !id.is_empty() {
                filter.after = Some(id.to_owned());
            }
        }
        Ok(Self { filter, options })
    }
}

fn invalid() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "invalid-query",
        "A query parameter is wrong",
    )
}
