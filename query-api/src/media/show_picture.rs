//! What is known of this picture?

use axum::{extract::State, response::Response};
use http_kit::{MinPosition, OptionalCaller, PathOf, Problem, QueryProblems};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{FocalPointDocument, may_see};
use crate::{QueryApi, answer, checkpoints::View, database::in_time};

/// One rendition of a picture.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenditionDocument {
    /// The last part of its address.
    #[schema(example = "400.webp")]
    pub name: String,
    /// Where it is found.
    pub url: String,
    /// Such as `image/webp`.
    pub media_type: String,
    /// Width in pixels.
    #[schema(minimum = 1)]
    pub width_px: u32,
    /// Height in pixels.
    #[schema(minimum = 1)]
    pub height_px: u32,
    /// Length in bytes.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub size_bytes: u64,
}

/// Why a picture cannot be used.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefusalDocument {
    /// A stable code.
    pub reason: String,
    /// The same for people.
    pub detail: String,
}

/// What its owner agreed to.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentDocument {
    /// What the photo may be used for: `try-on`.
    pub purpose: String,
    /// The version of the words, as `GET /v1/photo-policy` told it.
    pub policy: String,
    /// Who it shows: `myself`, or somebody else who `permitted` it.
    pub subject: String,
    /// When it was given.
    #[schema(format = DateTime)]
    pub given_at: String,
    /// When it was withdrawn.
    #[schema(required, format = DateTime)]
    pub withdrawn_at: Option<String>,
}

/// That nothing of the picture is kept.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemovalDocument {
    /// `by-owner`, or `expired`: it was kept for as long as the shop says.
    pub reason: String,
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
}

/// What is known of a picture.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PictureDocument {
    /// The picture.
    pub id: Uuid,
    /// `catalogue`, `person`, `result`, or `cutout`: a garment cut out of a picture of the catalogue.
    pub purpose: String,
    /// Whose it is; a shop's own picture has none.
    #[schema(required)]
    pub owner: Option<Uuid>,
    /// `uploaded`, `processed`, `refused` or `removed`.
    pub status: String,
    /// As it was uploaded, upright and without metadata.
    pub original: RenditionDocument,
    /// Empty until it is processed.
    pub renditions: Vec<RenditionDocument>,
    /// `#rrggbb`, once it is processed: what to show while it loads.
    #[schema(required)]
    pub mean_colour: Option<String>,
    /// A blurred picture to show until then: ThumbHash in base64. Pictures from before it was made have none.
    #[schema(required)]
    pub thumbhash: Option<String>,
    /// What stays when it is cropped.
    #[schema(required)]
    pub focal_point: Option<FocalPointDocument>,
    /// Why it cannot be used.
    #[schema(required)]
    pub refusal: Option<RefusalDocument>,
    /// What its owner agreed to; only photos of people have it.
    #[schema(required)]
    pub consent: Option<ConsentDocument>,
    /// Why nothing of it is kept.
    #[schema(required)]
    pub removal: Option<RemovalDocument>,
    /// When it was uploaded.
    #[schema(format = DateTime)]
    pub uploaded_at: String,
}

/// Show what is known of a picture.
#[utoipa::path(
    get,
    path = "/v1/pictures/{id}",
    tag = "media",
    params(("id" = Uuid, Path, description = "The picture"), MinPosition),
    security((), ("bearer" = [])),
    responses(
        (status = 200, body = PictureDocument, description = "The picture",
            headers(
                ("Drape-Position" = String, description = "How far this view has come"),
                ("Drape-Degraded" = String, description = "The view's name, only while it could not apply something")
            )),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "There is no such picture, or it is somebody else's: `picture-not-found`."),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "The position belongs to another history: `epoch-changed`."),
        QueryProblems
    )
)]
pub(crate) async fn show_picture(
    State(api): State<QueryApi>,
    OptionalCaller(caller): OptionalCaller,
    MinPosition(min): MinPosition,
    PathOf(id): PathOf<Uuid>,
) -> Result<Response, Problem> {
    let at = api.wait(View::Picture, min.as_ref()).await?;
    let row = sqlx::query!(
        "SELECT owner, purpose, document FROM drape.picture WHERE id = $1",
        id
    );
    let fetching = row.fetch_optional(&api.inner.pool);
    let row = in_time(api.inner.options.database_timeout, fetching).await?;
    let row = row
        .filter(|row| may_see(caller.as_ref(), &row.purpose, row.owner))
        .ok_or_else(|| answer::not_found("picture-not-found", "There is no such picture"))?;
    Ok(answer::document(row.document, &at))
}
