//! A picture's bytes out of a request: the whole body, or the part `file` of a form.

use axum::{
    body::to_bytes,
    extract::{DefaultBodyLimit, FromRequest, Multipart, Request, multipart::Field},
};
use bytes::{Bytes, BytesMut};
use http::{StatusCode, header::CONTENT_TYPE};
use http_kit::{BODY_PATIENCE, Problem};

/// The longest picture that is taken, in bytes; the same as `imaging::Limits::UPLOAD`.
pub(super) const LIMIT_BYTES: usize = 20 << 20;

/// What a form may need around the picture.
const FORM_BYTES: usize = 64 << 10;

/// The part of a form that holds the picture.
const PART: &str = "file";

/// Reads a picture out of a request, at most 20 MiB and within `BODY_PATIENCE`: the whole body, or the part `file` of a form.
pub async fn read(request: Request) -> Result<Bytes, Problem> {
    let media_type = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase();
    let reading = async {
        if media_type.starts_with("multipart/form-data") {
            from_form(request).await
        } else if media_type.starts_with("image/") {
            whole(request).await
        } else {
            Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "picture-wanted",
                "The request's body must be a picture",
            )
            .detail("Send the picture itself as image/jpeg, image/png or image/webp, or a form with it as the part file."))
        }
    };
    tokio::time::timeout(BODY_PATIENCE, reading)
        .await
        .map_err(|_| Problem::body_too_slow())?
}

pub(super) fn too_large() -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "picture-too-large",
        "The picture is too large",
    )
    .detail(format!("send a picture of at most {LIMIT_BYTES} bytes"))
}

async fn whole(request: Request) -> Result<Bytes, Problem> {
    to_bytes(request.into_body(), LIMIT_BYTES)
        .await
        .map_err(|error| {
            if is_limit(&error) {
                too_large()
            } else {
                Problem::body_broken_off()
            }
        })
}

async fn from_form(mut request: Request) -> Result<Bytes, Problem> {
    DefaultBodyLimit::max(LIMIT_BYTES + FORM_BYTES).apply(&mut request);
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|error| malformed(&error.body_text()))?;
    while let Some(part) = form.next_field().await.map_err(|error| unread(&error))? {
        if part.name() == Some(PART) {
            return part_bytes(part).await;
        }
    }
    Err(malformed("the form has no part named file"))
}

async fn part_bytes(mut part: Field<'_>) -> Result<Bytes, Problem> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = part.chunk().await.map_err(|error| unread(&error))? {
        if bytes.len() + chunk.len() > LIMIT_BYTES {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

fn unread(error: &axum::extract::multipart::MultipartError) -> Problem {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => malformed(&error.body_text()),
    }
}

fn is_limit(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

fn malformed(detail: &str) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "malformed-form",
        "The form cannot be read",
    )
    .detail(detail)
}
