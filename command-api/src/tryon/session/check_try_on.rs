//! `POST /v1/try-ons/check`

use axum::{Json, extract::State};
use blob_store::{BlobError, Owned};
use bytes::Bytes;
use domain::shared::{GarmentId, PictureId};
use http::StatusCode;
use http_kit::{Caller, CommandProblems, JsonBody, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Finding, no_engine};
use crate::{CommandApi, identity::account::account_of};

/// Who would wear what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckTryOnBody {
    /// A picture of the caller's with the purpose `person`.
    person: Uuid,
    /// A garment on sale.
    garment: Uuid,
}

/// Whether a try-on would succeed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TryOnSuitability {
    /// Whether nothing stands against it.
    is_suitable: bool,
    /// What does, and how to mend it.
    findings: Vec<Finding>,
}

/// Ask whether a try-on would succeed, before anybody waits for it.
///
/// The engine looks at both pictures as it would for a try-on and says what is wrong with each. Nothing is stored.
#[utoipa::path(
    post,
    path = "/v1/try-ons/check",
    operation_id = "checkTryOn",
    summary = "Check a photo and a garment before a try-on",
    tag = "tryon",
    security(("bearer" = [])),
    request_body = CheckTryOnBody,
    responses(
        (status = 200, description = "What the engine says.", body = TryOnSuitability),
        (status = 404, description = "`picture-not-found` (also where it is somebody else's), `garment-not-found`", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`invalid-body`, `picture-not-of-person`, `picture-refused`, `picture-removed`, `consent-wanted`, `garment-not-published`, `garment-picture-missing`", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn check_try_on(
    State(api): State<CommandApi>,
    caller: Caller,
    JsonBody(body): JsonBody<CheckTryOnBody>,
) -> Result<Json<TryOnSuitability>, Problem> {
    let account = account_of(&caller)?;
    let person = api
        .person(PictureId::new(body.person), account, "/person")
        .await?;
    let (garment, category) = api.wearable(GarmentId::new(body.garment)).await?;
    let room = api.fitting_room.clone();
    let room =
        room.ok_or_else(|| no_engine("this system has no engine that could look at them"))?;
    let (person, garment) = tokio::try_join!(api.original(person), api.original(garment))?;
    let findings = room.check(person, garment, category).await?;
    Ok(Json(TryOnSuitability {
        is_suitable: findings.is_empty(),
        findings,
    }))
}

impl CommandApi {
    /// The bytes of a picture as it was uploaded.
    async fn original(&self, id: PictureId) -> Result<Bytes, Problem> {
        let picture = self.pictures.load(&id.to_string()).await?.aggregate;
        let gone = || {
            let title = "The picture is not kept any more";
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "picture-removed", title)
        };
        let stored = picture.stored("original").ok_or_else(gone)?;
        let owner = picture.upload().and_then(|upload| upload.owner);
        let blobs = self.blobs.of(owner.map(|owner| Owned {
            subject: owner.as_uuid(),
            item: id.as_uuid(),
        }));
        let address = stored.blob.as_str().parse();
        let address = address.map_err(|_| Problem::internal())?;
        blobs.get(address).await.map_err(|error| match error {
            BlobError::NotFound(_) | BlobError::Erased(_) => gone(),
            BlobError::Corrupt(_)
            | BlobError::TooLarge { .. }
            | BlobError::TimedOut(_)
            | BlobError::Store(_)
            | BlobError::Keys(_)
            | BlobError::NotSealed(_) => {
                tracing::error!(error = ?error, "a stored picture cannot be read");
                Problem::unavailable()
            }
        })
    }
}
