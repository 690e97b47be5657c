//! What a write answers.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header::LOCATION};
use jetstream_es::{Outcome, Position};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Problem, with_position, with_version};

/// What was written to, and where in the log that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Written {
    /// Which thing.
    pub id: Uuid,
    /// Its last change; send it as `Drape-Min-Position` to read what was written.
    #[schema(value_type = String, example = "9f2c4e7a81b03d56-42", pattern = "^[0-9A-Za-z]{1,32}-[0-9]{1,19}$")]
    pub position: Position,
    /// Events of it so far; the `ETag` says the same.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub version: u64,
}

impl Written {
    /// What a successful command's outcome says. Success without any commit cannot be: that would be a rule's mistake.
    pub fn of(id: Uuid, outcome: Outcome) -> Result<Self, Problem> {
        let Some(position) = outcome.position else {
            tracing::error!(%id, "a command to {id} succeeded without any commit");
            return Err(Problem::internal());
        };
        Ok(Self {
            id,
            position,
            version: outcome.version,
        })
    }

    /// 201 with the new thing's address.
    pub fn created(self, location: &str) -> Response {
        let answer = (
            StatusCode::CREATED,
            with_position(&self.position),
            with_version(self.version),
            Json(&self),
        );
        at_location(location, answer.into_response())
    }
}

impl IntoResponse for Written {
    fn into_response(self) -> Response {
        (
            with_position(&self.position),
            with_version(self.version),
            Json(&self),
        )
            .into_response()
    }
}

/// Adds `Location`.
pub fn at_location(location: &str, mut response: Response) -> Response {
    // Addresses are made of words and UUIDs, which every header takes.
    if let Ok(value) = HeaderValue::try_from(location) {
        response.headers_mut().insert(LOCATION, value);
    }
    response
}
