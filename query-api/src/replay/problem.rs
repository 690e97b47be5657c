//! What a client is told when a replay cannot begin.

use axum::http::StatusCode;
use http_kit::Problem;
use replay::{FilterError, ReplayError};

use crate::checkpoints::epoch_changed;

pub(super) fn of_filter(error: &FilterError) -> Problem {
    if error.other_epoch {
        return epoch_changed();
    }
    Problem::new(
        StatusCode::BAD_REQUEST,
        "invalid-filter",
        "The filter is wrong",
    )
    .detail(error.to_string())
}

pub(super) fn of_replay(error: &ReplayError) -> Problem {
    if let ReplayError::Filter(error) = error {
        return of_filter(error);
    }
    if let ReplayError::Log(jetstream_es::LogError::InvalidId(error)) = error {
        return Problem::new(
            StatusCode::BAD_REQUEST,
            "invalid-filter",
            "The filter is wrong",
        )
        .detail(error.to_string());
    }
    tracing::warn!(%error, "a replay cannot begin: {error}");
    Problem::unavailable()
}

pub(super) fn too_many() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "too-many-replays",
        "Too many replays are running",
    )
    .retry_after(5)
}
