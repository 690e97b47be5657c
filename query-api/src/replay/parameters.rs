//! The parameters of a replay. A misspelt one is refused: it would silently answer everything.

use axum::{extract::FromRequestParts, http::request::Parts};
use http_kit::{Problem, QueryOf};
use replay::FilterText;
use serde::{Deserialize, de::DeserializeOwned};
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
        let (mut filter, mut options) = (vec![], vec![]);
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let name = part.split('=').next().unwrap_or(part);
            if FilterText::NAMES.contains(&name) {
                filter.push(part);
            } else if ["follow", "trailer"].contains(&name) {
                options.push(part);
            } else {
                return Err(Problem::invalid_query().detail(format!(
                    "{name:?} is none of {}, follow, trailer",
                    FilterText::NAMES.join(", ")
                )));
            }
        }
        let mut filter: FilterText = part_of(parts, &filter, state).await?;
        let options = part_of(parts, &options, state).await?;
        if let Some(id) = parts.headers.get("last-event-id") {
            let id = id
                .to_str()
                .map_err(|_| Problem::invalid_query().detail("Last-Event-ID is no text"))?;
            if !id.is_empty() {
                filter.after = Some(id.to_owned());
            }
        }
        Ok(Self { filter, options })
    }
}

/// What these parameters say.
async fn part_of<T: DeserializeOwned, S: Send + Sync>(
    parts: &Parts,
    parameters: &[&str],
    state: &S,
) -> Result<T, Problem> {
    let mut parts = parts.clone();
    let address = format!("{}?{}", parts.uri.path(), parameters.join("&"));
    parts.uri = address.parse().map_err(|_| Problem::invalid_query())?;
    let QueryOf(part) = QueryOf::from_request_parts(&mut parts, state).await?;
    Ok(part)
}
