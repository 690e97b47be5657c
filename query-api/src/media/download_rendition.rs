//! The picture itself.

use axum::{
    extract::State,
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, X_CONTENT_TYPE_OPTIONS},
    },
    response::{IntoResponse, Response},
};
use http_kit::{MinPosition, OptionalCaller, PathOf, Problem, QueryProblems, is_known};
use uuid::Uuid;

use super::may_see;
use crate::{QueryApi, answer, checkpoints::View, database::in_time};

/// What the image processor makes of every picture.
const MADE: [&str; 8] = [
    "160.webp",
    "400.webp",
    "800.webp",
    "1600.webp",
    "160.jpg",
    "400.jpg",
    "800.jpg",
    "1600.jpg",
];

/// Download a picture.
///
/// What lies at this address never changes. Pictures of people are private to their owner.
#[utoipa::path(
    get,
    path = "/v1/pictures/{id}/{rendition}",
    tag = "media",
    params(
        ("id" = Uuid, Path, description = "The picture"),
        ("rendition" = String, Path, description = "`original`, or 160, 400, 800 or 1600 with .webp or .jpg"),
        ("If-None-Match" = Option<String>, Header, nullable = false, description = "An ETag as it was answered before"),
        MinPosition
    ),
    security((), ("bearer" = [])),
    responses(
        (status = 200, content((Vec<u8> = "image/webp"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png")),
            description = "The picture", headers(("ETag" = String, description = "What the bytes hash to"))),
        (status = 304, description = "The caller has it already"),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "There is no such picture, or it is somebody else's (`picture-not-found`); there is no such rendition \
                (`rendition-not-found`); it is not made yet, so ask again (`rendition-not-ready`)."),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "The position belongs to another history: `epoch-changed`."),
        QueryProblems
    )
)]
pub(crate) async fn download_rendition(
    State(api): State<QueryApi>,
    OptionalCaller(caller): OptionalCaller,
    MinPosition(min): MinPosition,
    PathOf((id, name)): PathOf<(Uuid, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let at = api.wait(View::Picture, min.as_ref()).await?;
    let row = sqlx::query!(
        "SELECT picture.owner, picture.purpose, picture.status,
                rendition.blob AS \"blob?\", rendition.media_type AS \"media_type?\"
         FROM drape.picture AS picture
         LEFT JOIN drape.picture_rendition AS rendition ON rendition.picture = picture.id AND rendition.name = $2
         WHERE picture.id = $1",
        id,
        name
    );
    let fetching = row.fetch_optional(&api.inner.pool);
    let row = in_time(api.inner.options.database_timeout, fetching)
        .await?
        .filter(|row| may_see(caller.as_ref(), &row.purpose, row.owner))
        .ok_or_else(|| answer::not_found("picture-not-found", "There is no such picture"))?;
    let (Some(blob), Some(media_type)) = (row.blob, row.media_type) else {
        let coming = row.status == "uploaded" && MADE.contains(&name.as_str());
        return Err(absent(coming));
    };
    let cache = if row.purpose == "catalogue" {
        "public, max-age=31536000, immutable"
    } else {
        "private, max-age=31536000, immutable"
    };
    let etag = format!("\"{blob}\"");
    let described = [
        (CACHE_CONTROL, HeaderValue::from_static(cache)),
        (ETAG, header_of(&etag)?),
    ];
    if is_known(&headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, described, answer::standing(&at)).into_response());
    }
    let bytes = read(&api, &blob).await?;
    let typed: [(HeaderName, HeaderValue); 2] = [
        (CONTENT_TYPE, header_of(&media_type)?),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    Ok((described, typed, answer::standing(&at), bytes).into_response())
}

fn absent(coming: bool) -> Problem {
    if coming {
        answer::not_found("rendition-not-ready", "This rendition is not made yet").retry_after(1)
    } else {
        answer::not_found("rendition-not-found", "There is no such rendition")
    }
}

fn header_of(text: &str) -> Result<HeaderValue, Problem> {
    HeaderValue::try_from(text).map_err(|error| {
        tracing::error!(%error, "the view holds no header value");
        Problem::internal()
    })
}

async fn read(api: &QueryApi, blob: &str) -> Result<bytes::Bytes, Problem> {
    let hash = blob.parse().map_err(|error| {
        tracing::error!(%error, "the view holds no hash");
        Problem::internal()
    })?;
    api.inner
        .blobs
        .get(hash)
        .await
        .map_err(|error| match error {
            blob_store::BlobError::NotFound(_) | blob_store::BlobError::Corrupt(_) => {
                tracing::error!(%error, "a blob is lost: {error}");
                Problem::internal()
            }
            error @ (blob_store::BlobError::TooLarge { .. }
            | blob_store::BlobError::TimedOut(_)
            | blob_store::BlobError::Store(_)) => {
                tracing::warn!(%error, "a blob cannot be read: {error}");
                Problem::unavailable()
            }
        })
}
