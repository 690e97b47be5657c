//! The picture itself.

use axum::{
    extract::State,
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{
            ACCEPT_RANGES, CACHE_CONTROL, CONTENT_RANGE, CONTENT_TYPE, ETAG, X_CONTENT_TYPE_OPTIONS,
        },
    },
    response::{IntoResponse, Response},
};
use blob_store::Owned;
use domain::media::picture::rendition_names;
use http_kit::{MinPosition, OptionalCaller, PathOf, Problem, QueryOf, QueryProblems, is_known};
use uuid::Uuid;

use super::{
    byte_range::{Wanted, wanted},
    is_public,
    link_keys::Signed,
    may_see,
};
use crate::{QueryApi, answer, checkpoints::View, database::in_time};

/// Download a picture.
///
/// What lies at this address never changes, and its format is in the address: `Accept` decides nothing. Pictures of people are private:
/// for their owner's token, or for a signed address as it stands in `display`.
#[utoipa::path(
    get,
    path = "/v1/pictures/{id}/{rendition}",
    tag = "media",
    params(
        ("id" = Uuid, Path, description = "The picture"),
        ("rendition" = String, Path, description = "`original`, or 160, 400, 800 or 1600 with .avif, .webp or .jpg; a cut-out has no .jpg"),
        ("expires" = Option<String>, Query, nullable = false, description = "Of a signed address: when it ends"),
        ("key" = Option<String>, Query, nullable = false, description = "Of a signed address: what signed it"),
        ("signature" = Option<String>, Query, nullable = false, description = "Of a signed address: that it was signed"),
        ("Range" = Option<String>, Header, nullable = false, description = "One range of bytes"),
        ("If-Range" = Option<String>, Header, nullable = false, description = "The ETag that the range belongs to"),
        ("If-None-Match" = Option<String>, Header, nullable = false, description = "An ETag as it was answered before"),
        MinPosition
    ),
    security((), ("bearer" = [])),
    responses(
        (status = 200, content((Vec<u8> = "image/avif"), (Vec<u8> = "image/webp"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png")),
            description = "The picture", headers(("ETag" = String, description = "What the bytes hash to"))),
        (status = 206, content((Vec<u8> = "image/avif"), (Vec<u8> = "image/webp"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png")),
            description = "The part that was asked for", headers(("Content-Range" = String, description = "Which part, of how much"))),
        (status = 304, description = "The caller has it already"),
        (status = 403, body = Problem, content_type = "application/problem+json",
            description = "The address was not signed here: `link-invalid`."),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "There is no such picture, or it is somebody else's (`picture-not-found`); there is no such rendition \
                (`rendition-not-found`); it is not made yet, so ask again (`rendition-not-ready`)."),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "The position belongs to another history: `epoch-changed`."),
        (status = 410, body = Problem, content_type = "application/problem+json",
            description = "The signed address has ended (`link-expired`), or nothing of the picture is kept (`picture-removed`)."),
        (status = 416, body = Problem, content_type = "application/problem+json",
            description = "The picture is shorter than that: `range-not-satisfiable`."),
        QueryProblems
    )
)]
pub(crate) async fn download_rendition(
    State(api): State<QueryApi>,
    OptionalCaller(caller): OptionalCaller,
    MinPosition(min): MinPosition,
    PathOf((id, name)): PathOf<(Uuid, String)>,
    QueryOf(signed): QueryOf<Signed>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let options = &api.inner.options;
    let now = options.clock.now().unix_timestamp();
    let signed_until = options.link_keys.check(&signed, id, &name, now)?;
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
        .filter(|row| signed_until.is_some() || may_see(caller.as_ref(), &row.purpose, row.owner))
        .ok_or_else(|| answer::not_found("picture-not-found", "There is no such picture"))?;
    let (Some(blob), Some(media_type)) = (row.blob, row.media_type) else {
        if row.status == "removed" {
            return Err(removed());
        }
        let coming = row.status == "uploaded" && rendition_names().any(|declared| declared == name);
        return Err(absent(coming));
    };
    let cache = match signed_until {
        _ if is_public(&row.purpose) => "public, max-age=31536000, immutable".to_owned(),
        // Not longer than it may take to be gone here.
        None => "private, max-age=3600, immutable".to_owned(),
        Some(end) => format!("private, max-age={}, immutable", end - now),
    };
    let etag = format!("\"{blob}\"");
    let described = [
        (CACHE_CONTROL, header_of(&cache)?),
        (ETAG, header_of(&etag)?),
        (ACCEPT_RANGES, HeaderValue::from_static("bytes")),
    ];
    if is_known(&headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, described, answer::standing(&at)).into_response());
    }
    let bytes = read(&api, (row.owner, id), &blob).await?;
    let length = bytes.len();
    let typed: [(HeaderName, HeaderValue); 2] = [
        (CONTENT_TYPE, header_of(&media_type)?),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    let answer = match wanted(&headers, &etag, length) {
        Wanted::Whole => bytes.into_response(),
        Wanted::Part(first, end) => {
            let range = header_of(&format!("bytes {first}-{}/{length}", end - 1))?;
            let part = bytes.slice(first..end);
            (StatusCode::PARTIAL_CONTENT, [(CONTENT_RANGE, range)], part).into_response()
        }
        Wanted::Nothing => return beyond_the_end(length),
    };
    Ok((described, typed, answer::standing(&at), answer).into_response())
}

fn beyond_the_end(length: usize) -> Result<Response, Problem> {
    let problem = Problem::new(
        StatusCode::RANGE_NOT_SATISFIABLE,
        "range-not-satisfiable",
        "The picture is shorter than that",
    )
    .detail(format!("it has {length} bytes"));
    let range = header_of(&format!("bytes */{length}"))?;
    Ok(([(CONTENT_RANGE, range)], problem).into_response())
}

/// 410: nothing of it is kept.
pub(super) fn removed() -> Problem {
    Problem::new(
        StatusCode::GONE,
        "picture-removed",
        "The picture is not kept any more",
    )
}

pub(super) fn absent(coming: bool) -> Problem {
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

async fn read(
    api: &QueryApi,
    (owner, picture): (Option<Uuid>, Uuid),
    blob: &str,
) -> Result<bytes::Bytes, Problem> {
    let hash = blob.parse().map_err(|error| {
        tracing::error!(%error, "the view holds no hash");
        Problem::internal()
    })?;
    api.inner
        .blobs
        .of(owner.map(|subject| Owned { subject, item: picture }))
        .get(hash)
        .await
        .map_err(|error| match error {
            blob_store::BlobError::Erased(_) => {
                answer::not_found("picture-not-found", "There is no such picture")
            }
            // The view may not know yet that it was removed.
            blob_store::BlobError::NotFound(_) if owner.is_some() => {
                tracing::warn!(%picture, "a picture of a person is lost, if it was not removed just now");
                removed()
            }
            blob_store::BlobError::NotFound(_) | blob_store::BlobError::Corrupt(_) => {
                tracing::error!(%error, "a blob is lost: {error}");
                Problem::internal()
            }
            error @ (blob_store::BlobError::TooLarge { .. }
            | blob_store::BlobError::TimedOut(_)
            | blob_store::BlobError::Store(_)
            | blob_store::BlobError::Keys(_)
            | blob_store::BlobError::NotSealed(_)) => {
                tracing::warn!(%error, "a blob cannot be read: {error}");
                Problem::unavailable()
            }
        })
}
