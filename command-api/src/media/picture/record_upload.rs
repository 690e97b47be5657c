//! `POST /v1/pictures`

use axum::{
    extract::{Request, State},
    response::Response,
};
use domain::{
    media::picture::{PictureFormat, Purpose, RecordUpload, StoredPicture},
    shared::{AccountId, BlobHash, PictureId},
};
use http_kit::{Caller, CommandKey, CommandProblems, Problem, QueryOf, Role};
use imaging::{Format, Normalised};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{body, normalise::busy};
use crate::{CommandApi, Written, identity::account::account_of, rejection};

/// What an uploaded picture is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum UploadPurpose {
    /// Shows a garment. Public.
    Catalogue,
    /// Shows a person. Private to whoever uploads it.
    Person,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UploadQuery {
    /// What it is for.
    #[param(inline)]
    purpose: UploadPurpose,
}

/// Upload a JPEG, PNG or WebP picture: at most 20 MiB and 25 million pixels.
///
/// It is turned upright, its metadata is removed, and it is stored. Renditions follow; the picture's document says when.
#[utoipa::path(
    post,
    path = "/v1/pictures",
    operation_id = "uploadPicture",
    summary = "Upload a picture",
    tag = "media",
    security(("bearer" = [])),
    params(UploadQuery, CommandKey),
    request_body(description = "The picture itself, or a form with it as the part `file`.", content(
        (Vec<u8> = "image/jpeg"),
        (Vec<u8> = "image/png"),
        (Vec<u8> = "image/webp"),
        (PictureForm = "multipart/form-data"),
    )),
    responses(
        (status = 201, description = "The picture is stored.", body = Written, headers(
            ("Location" = String, description = "The picture's address"),
            ("Drape-Position" = String, description = "Where in the log it stands"),
        )),
        (status = 415, description = "It is no picture (`picture-wanted`), or of a kind that is not taken (`picture-format-unsupported`, `picture-variant-unsupported`).", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "It cannot be used: `picture-empty`, `picture-too-small`, `picture-truncated`, `picture-animated`, `picture-damaged`, `picture-too-complex`, `picture-not-writable`; or its Idempotency-Key was used for another picture: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn upload_picture(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    QueryOf(UploadQuery { purpose }): QueryOf<UploadQuery>,
    request: Request,
) -> Result<Response, Problem> {
    let (purpose, owner) = match purpose {
        UploadPurpose::Catalogue => {
            caller.require(&[Role::Merchandiser, Role::Admin])?;
            (Purpose::Catalogue, None)
        }
        UploadPurpose::Person => (Purpose::Person, Some(account_of(&caller)?)),
    };
    // Held until the picture is out of memory again.
    let _slot = api.uploads.try_acquire().map_err(|_| busy())?;
    let bytes = body::read(request).await?;
    let normalised = api.normalise(bytes).await?;
    let original = api.store(normalised, owner).await?;
    api.record(&key, purpose, owner, original).await
}

/// A form with a picture.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "documents the form; the handler reads it as a stream"
)]
pub(crate) struct PictureForm {
    /// The picture.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
}

impl CommandApi {
    /// Puts the picture into the blob store, before anything in the log speaks of it. What has an owner is sealed.
    async fn store(
        &self,
        picture: Normalised,
        owner: Option<AccountId>,
    ) -> Result<StoredPicture, Problem> {
        let size_bytes = picture.bytes.len() as u64;
        let blobs = self.blobs.of(owner.map(AccountId::as_uuid));
        let hash = blobs.put(picture.bytes).await.map_err(|error| {
            tracing::error!(error = ?error, "an uploaded picture cannot be stored");
            Problem::unavailable()
        })?;
        let blob = BlobHash::parse(&hash.to_string()).map_err(|_| Problem::internal())?;
        Ok(StoredPicture {
            blob,
            format: match picture.format {
                Format::Jpeg => PictureFormat::Jpeg,
                Format::Png => PictureFormat::Png,
                Format::WebP => PictureFormat::Webp,
            },
            width_px: picture.width_px,
            height_px: picture.height_px,
            size_bytes,
        })
    }

    async fn record(
        &self,
        key: &CommandKey,
        purpose: Purpose,
        owner: Option<AccountId>,
        original: StoredPicture,
    ) -> Result<Response, Problem> {
        let id = key.id_for("picture");
        let picture = PictureId::new(id).to_string();
        let command = RecordUpload {
            purpose,
            owner,
            original,
        };
        let outcome = self
            .pictures
            .execute(&picture, command.into(), key.context())
            .await
            .map_err(rejection::problem)?;
        let written = Written::of(id, outcome)?;
        Ok(written.created(&format!("/v1/pictures/{id}")))
    }
}
