//! `POST /v1/pictures`

use axum::{
    extract::{Request, State},
    response::Response,
};
use blob_store::Owned;
use domain::{
    media::picture::{Consent, PictureFormat, Purpose, RecordUpload, StoredPicture},
    shared::{AccountId, BlobHash, PictureId},
};
use http_kit::{Caller, CommandKey, CommandProblems, Problem, QueryOf, Role};
use imaging::{Format, Normalised};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{body, normalise::busy, photo_policy::PhotoSubjectParam};
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
    /// With a photo of a person: the version of the words that they agree to, as `GET /v1/photo-policy` tells it.
    #[serde(default)]
    #[param(nullable = false, example = "1")]
    consent: Option<String>,
    /// With a photo of a person: whether it shows the caller, or somebody who allowed it.
    #[serde(default)]
    #[param(inline, nullable = false)]
    subject: Option<PhotoSubjectParam>,
}

/// Upload a JPEG, PNG or WebP picture: at most 20 MiB and 25 million pixels.
///
/// It is turned upright, its metadata is removed, and it is stored. Renditions follow; the picture's document says when. With a photo of
/// a person goes what they agreed to.
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
        (status = 422, description = "It cannot be used: `picture-empty`, `picture-too-small`, `picture-truncated`, `picture-animated`, `picture-damaged`, `picture-too-complex`, `picture-not-writable`; a photo of a person comes without consent (`consent-wanted`) or with one to other words (`consent-outdated`); or its Idempotency-Key was used for another picture: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn upload_picture(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    QueryOf(query): QueryOf<UploadQuery>,
    request: Request,
) -> Result<Response, Problem> {
    let meant = match query.purpose {
        UploadPurpose::Catalogue => {
            caller.require(&[Role::Merchandiser, Role::Admin])?;
            Meant::of_the_catalogue()
        }
        UploadPurpose::Person => {
            let account = account_of(&caller)?;
            Meant::of_a_person(
                account,
                api.photo_policy
                    .agreed(query.consent.as_deref(), query.subject)?,
            )
        }
    };
    // Held until the picture is out of memory again.
    let _slot = api.uploads.try_acquire().map_err(|_| busy())?;
    let bytes = body::read(request).await?;
    let normalised = api.normalise(bytes).await?;
    let id = PictureId::new(key.id_for("picture"));
    let original = api.store(normalised, id, meant.owner).await?;
    api.record(&key, id, meant, original).await
}

/// What a picture is for, whose it is, and what they agreed to.
struct Meant {
    purpose: Purpose,
    owner: Option<AccountId>,
    consent: Option<Consent>,
}

impl Meant {
    fn of_the_catalogue() -> Self {
        Self {
            purpose: Purpose::Catalogue,
            owner: None,
            consent: None,
        }
    }

    fn of_a_person(owner: AccountId, consent: Consent) -> Self {
        Self {
            purpose: Purpose::Person,
            owner: Some(owner),
            consent: Some(consent),
        }
    }
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
        id: PictureId,
        owner: Option<AccountId>,
    ) -> Result<StoredPicture, Problem> {
        let size_bytes = picture.bytes.len() as u64;
        let blobs = self.blobs.of(owner.map(|owner| Owned {
            subject: owner.as_uuid(),
            item: id.as_uuid(),
        }));
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
        id: PictureId,
        meant: Meant,
        original: StoredPicture,
    ) -> Result<Response, Problem> {
        let command = RecordUpload {
            purpose: meant.purpose,
            owner: meant.owner,
            original,
            consent: meant.consent,
        };
        let outcome = self
            .pictures
            .execute(&id.to_string(), command.into(), key.context())
            .await
            .map_err(rejection::problem)?;
        let written = Written::of(id.as_uuid(), outcome)?;
        Ok(written.created(&format!("/v1/pictures/{id}")))
    }
}
