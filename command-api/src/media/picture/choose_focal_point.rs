//! `PUT /v1/pictures/{id}/focal-point`

use axum::extract::State;
use domain::{
    media::picture::{ChooseFocalPoint, FocalPoint, Purpose},
    shared::PictureId,
};
use http::StatusCode;
use http_kit::{Caller, CommandKey, CommandProblems, JsonBody, PathOf, Problem, Role};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{CommandApi, Written, rejection};

/// A place in a picture.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FocalPointBody {
    /// Fraction of the width from the left.
    #[schema(minimum = 0, maximum = 1)]
    x: f64,
    /// Fraction of the height from the top.
    #[schema(minimum = 0, maximum = 1)]
    y: f64,
}

impl FocalPointBody {
    fn parse(&self) -> Result<FocalPoint, Problem> {
        FocalPoint::parse(self.x, self.y).ok_or_else(|| {
            let wrong = |value: f64| !(0.0..=1.0).contains(&value);
            let mut problem = Problem::invalid_body();
            for (pointer, value) in [("/x", self.x), ("/y", self.y)] {
                if wrong(value) {
                    problem = problem.pointer(pointer, "a fraction is from 0 to 1");
                }
            }
            problem
        })
    }
}

/// Say what stays of a picture of the catalogue where it is cropped.
#[utoipa::path(
    put,
    path = "/v1/pictures/{id}/focal-point",
    operation_id = "chooseFocalPoint",
    summary = "Choose a picture's focal point",
    tag = "media",
    security(("bearer" = ["merchandiser", "admin"])),
    params(("id" = Uuid, Path, description = "Which picture"), CommandKey),
    request_body = FocalPointBody,
    responses(
        (status = 200, description = "That stays now.", body = Written, headers(
            ("Drape-Position" = String, description = "Where in the log it stands"),
        )),
        (status = 404, description = "`picture-not-found`; pictures of people have no focal point.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`picture-refused`; or the same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has mistakes: `invalid-body`; or its Idempotency-Key was used for another request: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn choose_focal_point(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    PathOf(id): PathOf<PictureId>,
    JsonBody(body): JsonBody<FocalPointBody>,
) -> Result<Written, Problem> {
    caller.require(&[Role::Merchandiser, Role::Admin])?;
    let focal_point = body.parse()?;
    let picture = id.to_string();
    let found = api.pictures.load(&picture).await.map_err(|error| {
        tracing::warn!(error = ?error, "the log cannot be read");
        Problem::unavailable()
    })?;
    // Keepers of the catalogue do not learn which pictures of people there are.
    if found
        .aggregate
        .upload()
        .is_none_or(|upload| upload.purpose != Purpose::Catalogue)
    {
        return Err(Problem::new(
            StatusCode::NOT_FOUND,
            "picture-not-found",
            "There is no such picture",
        ));
    }
    let outcome = api
        .pictures
        .execute(
            &picture,
            ChooseFocalPoint { focal_point }.into(),
            key.context(),
        )
        .await
        .map_err(rejection::problem)?;
    Written::of(id.as_uuid(), outcome)
}
