//! How is this picture shown?

use axum::{
    extract::State,
    http::{HeaderValue, header::CACHE_CONTROL},
    response::Response,
};
use http_kit::{MinPosition, OptionalCaller, PathOf, Problem, QueryProblems};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{displays::Shown, is_public, may_see};
use crate::{QueryApi, answer, checkpoints::View, database::in_time};

/// What a page needs to show a picture: for `<picture>`, and for the moment before it is there.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PictureDisplayDocument {
    /// Width of the original in pixels: with the height, the place to keep free.
    #[schema(minimum = 1)]
    pub width_px: u32,
    /// Height of the original in pixels.
    #[schema(minimum = 1)]
    pub height_px: u32,
    /// One colour for all of it.
    #[schema(pattern = "^#[0-9a-f]{6}$")]
    pub mean_colour: String,
    /// A blurred picture: ThumbHash in base64. Pictures from before it was made have none.
    #[schema(required)]
    pub thumbhash: Option<String>,
    /// What stays when it is cropped; nothing chosen is the middle.
    #[schema(required)]
    pub focal_point: Option<FocalPointDocument>,
    /// For `img src`: a JPEG; of a cut-out a WebP, which is transparent.
    pub src: String,
    /// For `source type srcset`, the smallest files first.
    pub sources: Vec<SourceSetDocument>,
}

/// A place in a picture.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FocalPointDocument {
    /// Fraction of the width from the left.
    #[schema(minimum = 0, maximum = 1)]
    pub x: f64,
    /// Fraction of the height from the top.
    #[schema(minimum = 0, maximum = 1)]
    pub y: f64,
}

/// A picture at all widths in one format.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceSetDocument {
    /// Such as `image/avif`.
    pub r#type: String,
    /// Addresses with their widths, as HTML wants them.
    pub srcset: String,
}

/// Show how a picture is put into a page.
///
/// A private picture's addresses are signed: for some minutes they need no token, so that `<img>` can follow them. Do not keep them.
#[utoipa::path(
    get,
    path = "/v1/pictures/{id}/display",
    tag = "media",
    params(("id" = Uuid, Path, description = "The picture"), MinPosition),
    security((), ("bearer" = [])),
    responses(
        (status = 200, body = PictureDisplayDocument, description = "How it is shown",
            headers(
                ("Drape-Position" = String, description = "How far this view has come"),
                ("Drape-Degraded" = String, description = "The view's name, only while it could not apply something")
            )),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "There is no such picture, or it is somebody else's (`picture-not-found`); it is not processed yet \
                (`rendition-not-ready`) or was refused (`rendition-not-found`)."),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "The position belongs to another history: `epoch-changed`."),
        (status = 410, body = Problem, content_type = "application/problem+json",
            description = "Nothing of it is kept: `picture-removed`."),
        QueryProblems
    )
)]
pub(crate) async fn show_display(
    State(api): State<QueryApi>,
    OptionalCaller(caller): OptionalCaller,
    MinPosition(min): MinPosition,
    PathOf(id): PathOf<Uuid>,
) -> Result<Response, Problem> {
    let at = api.wait(View::Picture, min.as_ref()).await?;
    let row = sqlx::query!(
        "SELECT owner, purpose, status, display FROM drape.picture WHERE id = $1",
        id
    );
    let fetching = row.fetch_optional(&api.inner.pool);
    let row = in_time(api.inner.options.database_timeout, fetching)
        .await?
        .filter(|row| may_see(caller.as_ref(), &row.purpose, row.owner))
        .ok_or_else(|| answer::not_found("picture-not-found", "There is no such picture"))?;
    let display = row.display.ok_or_else(|| match row.status.as_str() {
        "removed" => super::removed(),
        status => super::absent(status == "uploaded"),
    })?;
    let shown = Shown {
        purpose: row.purpose,
        display,
    };
    let display = api.addressed(id, &shown).into_owned();
    let mut response = answer::document(display, &at);
    if !is_public(&shown.purpose) {
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    Ok(response)
}
