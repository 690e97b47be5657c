//! Checks a picture away from the runtime's threads.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http_kit::Problem;
use imaging::{Normalised, PictureError};

use crate::CommandApi;

/// How long a picture may wait for a decoder, and then how long its decoding may take.
const PATIENCE: Duration = Duration::from_secs(15);

impl CommandApi {
    /// The picture upright, without metadata, written anew.
    ///
    /// A decoder that takes too long goes on to its end and keeps its permit: the bound on decoders holds.
    pub(super) async fn normalise(&self, bytes: Bytes) -> Result<Normalised, Problem> {
        // Headers first: most wrong files never wait for a decoder.
        imaging::inspect(&bytes).map_err(|error| problem(&error))?;
        let permit = tokio::time::timeout(PATIENCE, self.decoders.clone().acquire_owned())
            .await
            .map_err(|_| busy())?
            .map_err(|_| Problem::internal())?;
        let decoding = tokio::task::spawn_blocking(move || {
            let normalised = imaging::normalise(&bytes);
            drop(permit);
            normalised
        });
        match tokio::time::timeout(PATIENCE, decoding).await {
            Err(_) => Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "picture-too-complex",
                "The picture takes too long to read",
            )
            .detail("Save it again as an ordinary JPEG and send that.")),
            Ok(Err(error)) => {
                tracing::error!(%error, "a decoder broke");
                Err(Problem::internal())
            }
            Ok(Ok(normalised)) => normalised.map_err(|error| problem(&error)),
        }
    }
}

/// 503: more uploads than can be worked on.
pub(super) fn busy() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "uploads-busy",
        "Too many pictures are being uploaded",
    )
    .retry_after(2)
}

/// What a client is told whose picture cannot be used.
pub fn problem(error: &PictureError) -> Problem {
    let (status, title) = match error {
        PictureError::TooLarge { .. } | PictureError::TooManyPixels { .. } => {
            (StatusCode::PAYLOAD_TOO_LARGE, "The picture is too large")
        }
        PictureError::FormatUnsupported { .. } | PictureError::VariantUnsupported { .. } => (
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "This kind of picture is not taken",
        ),
        PictureError::Empty
        | PictureError::TooSmall { .. }
        | PictureError::Truncated
        | PictureError::Animated
        | PictureError::Damaged { .. }
        | PictureError::TooComplex { .. }
        | PictureError::NotWritable { .. } => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "The picture cannot be used",
        ),
    };
    Problem::new(status, error.code(), title).detail(error.to_string())
}
