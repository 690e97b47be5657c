//! `PUT /v1/garments/{id}/picture`

use axum::extract::State;
use domain::{
    catalog::garment::AttachPicture,
    media::picture::{Progress, Purpose},
    shared::{GarmentId, PictureId},
};
use http_kit::{
    Caller, CommandKey, CommandProblems, IfMatch, IfMatchProblems, JsonBody, PathOf, Problem,
};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::execute::KEEPERS;
use crate::{CommandApi, Written};

/// A picture of the garment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AttachPictureBody {
    /// An uploaded picture with the purpose `catalogue`.
    picture: Uuid,
}

/// Show a garment, and try it on, by this picture from now on.
#[utoipa::path(
    put,
    path = "/v1/garments/{id}/picture",
    operation_id = "attachPicture",
    summary = "Attach a picture to a garment",
    tag = "catalog",
    security(("bearer" = ["merchandiser", "admin"])),
    params(("id" = Uuid, Path, description = "Which garment"), IfMatch, CommandKey),
    request_body = AttachPictureBody,
    responses(
        (status = 200, description = "It shows that now.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
            ("ETag" = String, description = "The version that it has now"),
        )),
        (status = 404, description = "`garment-not-found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`garment-retired`; or the same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes (`invalid-body`), or the picture cannot show a garment (`picture-not-usable`); or its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        IfMatchProblems,
        CommandProblems,
    )
)]
pub(crate) async fn attach_picture(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    expected: IfMatch,
    PathOf(id): PathOf<GarmentId>,
    JsonBody(body): JsonBody<AttachPictureBody>,
) -> Result<Written, Problem> {
    caller.require(&KEEPERS)?;
    let picture = PictureId::new(body.picture);
    let loaded = api.pictures.load(&picture.to_string()).await?.aggregate;
    let of_catalogue = loaded
        .upload()
        .is_some_and(|upload| upload.purpose == Purpose::Catalogue);
    if !of_catalogue || loaded.progress() == Progress::Refused {
        return Err(Problem::new(
            http::StatusCode::UNPROCESSABLE_ENTITY,
            "picture-not-usable",
            "This picture cannot show a garment",
        )
        .detail("Upload a picture with the purpose catalogue first.")
        .pointer("/picture", "is no usable picture of the catalogue"));
    }
    api.to_garment(&caller, &key, (id, expected), AttachPicture { picture })
        .await
}
