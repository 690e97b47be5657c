//! `POST /v1/try-ons`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use domain::{
    catalog::garment::GarmentStatus,
    media::picture::{Progress, Purpose},
    shared::{AccountId, Category, GarmentId, PictureId, SessionId},
    tryon::{
        session::{Mode, Request, RequestTryOn, Worn},
        suitability::Verdict,
    },
};
use http::StatusCode;
use http_kit::{
    Caller, CommandKey, CommandProblems, JsonBody, Problem, at_location, with_position,
};
use jetstream_es::Position;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::cancel_after::CancelAfter;
use crate::{CommandApi, Written, identity::account::account_of, rejection};

/// How large the result is to be, and so how long it takes.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ModeParam {
    /// At most 768 pixels on its longer side.
    Fast,
    /// At most 1,600 pixels on its longer side.
    #[default]
    Balanced,
}

impl From<ModeParam> for Mode {
    fn from(mode: ModeParam) -> Self {
        match mode {
            ModeParam::Fast => Self::Fast,
            ModeParam::Balanced => Self::Balanced,
        }
    }
}

/// Who is to wear what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "person": "01900000-0000-7000-8000-000000000001", "garment": "01900000-0000-7000-8000-000000000002" }))]
pub(crate) struct RequestTryOnBody {
    /// A picture of the caller's with the purpose `person`. Either this or `over`.
    #[serde(default)]
    #[schema(required = false, nullable = false)]
    person: Option<Uuid>,
    /// A try-on of the caller's that succeeded: the garment is put over what its result shows.
    #[serde(default)]
    #[schema(required = false, nullable = false)]
    over: Option<Uuid>,
    /// A garment on sale.
    garment: Uuid,
    /// `balanced` where nothing is said.
    #[serde(default)]
    #[schema(required = false, default = "balanced")]
    mode: ModeParam,
    /// Another number, another result, where the engine's networks draw lots; the same pictures, mode and number always give the same.
    #[serde(default)]
    #[schema(
        required = false,
        default = 0,
        minimum = 0,
        maximum = 4_294_967_295_i64
    )]
    seed: u32,
}

/// A try-on that was taken on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TryOnAccepted {
    /// Which try-on.
    id: Uuid,
    /// Its last change; send it as `Drape-Min-Position` to read what was written.
    #[schema(value_type = String, example = "9f2c4e7a81b03d56-42")]
    position: Position,
    /// Where its state can be read.
    #[schema(example = "/v1/try-ons/01900000-0000-7000-8000-000000000000")]
    status_url: String,
    /// Where its progress can be followed.
    #[schema(example = "/v1/try-ons/01900000-0000-7000-8000-000000000000/events")]
    events_url: String,
}

/// Ask to see a garment on a person. The work goes on after the answer.
#[utoipa::path(
    post,
    path = "/v1/try-ons",
    operation_id = "requestTryOn",
    summary = "Request a try-on",
    tag = "tryon",
    security(("bearer" = [])),
    params(CommandKey, CancelAfter),
    request_body = RequestTryOnBody,
    responses(
        (status = 202, description = "The try-on waits for a worker.", body = TryOnAccepted, headers(
            ("Location" = String, description = "The try-on's address"),
            ("Drape-Position" = String, description = "Where in the log it stands"),
        )),
        (status = 404, description = "`picture-not-found` and `try-on-not-found` (also where it is somebody else's), `garment-not-found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "This id is taken: `try-on-already-requested`; or the same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON: `json-wanted`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`invalid-body`, `picture-not-of-person`, `picture-refused`, `picture-removed`, `try-on-without-result`, `consent-wanted`, `garment-not-published`, `garment-picture-missing`, `idempotency-key-reused`; and what the garment's `try_on` names as its reason where it is `unsupported`, such as `garment-touches-border`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "As many of the caller's try-ons wait or run as may be at once: `too-many-try-ons`; or more requests than the quota allows: `rate-limited`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn request_try_on(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    CancelAfter(cancel_after_s): CancelAfter,
    JsonBody(body): JsonBody<RequestTryOnBody>,
) -> Result<Response, Problem> {
    let account = account_of(&caller)?;
    let id = key.id_for("session");
    if key.is_repeatable()
        && let Some(position) = api.requested_before(id, &body).await?
    {
        return Ok(accepted(id, position));
    }
    let (person, over) = api.wearer(&body, account).await?;
    let (garment_picture, category) = api.wearable(GarmentId::new(body.garment)).await?;
    api.demand_suitable(body.garment, garment_picture, category)
        .await?;
    let request = Request {
        person,
        garment: GarmentId::new(body.garment),
        garment_picture,
        category,
        requested_by: account,
        mode: body.mode.into(),
        seed: body.seed,
        cancel_after_s,
        over,
    };
    let place = match &api.try_on_limit {
        Some(limit) => Some(limit.take(account, id).await?),
        None => None,
    };
    let outcome = api
        .sessions
        .execute(
            &id.to_string(),
            RequestTryOn { request }.into(),
            key.context(),
        )
        .await
        .map_err(rejection::problem)?;
    let written = Written::of(id, outcome)?;
    if let Some(place) = place {
        place.keep(written.position.sequence);
    }
    Ok(accepted(written.id, written.position))
}

fn accepted(id: Uuid, position: Position) -> Response {
    let status_url = format!("/v1/try-ons/{id}");
    let header = with_position(&position);
    let body = TryOnAccepted {
        id,
        position,
        events_url: format!("{status_url}/events"),
        status_url: status_url.clone(),
    };
    let answer = (StatusCode::ACCEPTED, header, Json(body));
    at_location(&status_url, answer.into_response())
}

fn unprocessable(code: &'static str, title: &'static str, pointer: &str, detail: &str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, title).pointer(pointer, detail)
}

fn removed(pointer: &str) -> Problem {
    unprocessable(
        "picture-removed",
        "The picture is not kept any more",
        pointer,
        "was removed; upload it again",
    )
}

fn not_found(code: &'static str, title: &'static str, pointer: &str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, code, title).pointer(pointer, "does not exist")
}

impl CommandApi {
    /// Where the same request stands that came before. Asked first: what it needed may be gone by now.
    async fn requested_before(
        &self,
        id: Uuid,
        body: &RequestTryOnBody,
    ) -> Result<Option<Position>, Problem> {
        let session = self.sessions.load(&id.to_string()).await?;
        let Some(request) = session.aggregate.request() else {
            return Ok(None);
        };
        let over = request.over.map(|worn| worn.try_on.as_uuid());
        let photo = over.is_none().then(|| request.person.as_uuid());
        let asked = (photo, over, request.garment.as_uuid());
        let how = (body.mode.into(), body.seed);
        if asked != (body.person, body.over, body.garment) || (request.mode, request.seed) != how {
            return Err(Problem::idempotency_key_reused());
        }
        Ok(session.position)
    }

    /// The picture of whoever is dressed, and what they wear in it already.
    async fn wearer(
        &self,
        body: &RequestTryOnBody,
        account: AccountId,
    ) -> Result<(PictureId, Option<Worn>), Problem> {
        match (body.person, body.over) {
            (Some(person), None) => {
                let person = self
                    .person(PictureId::new(person), account, "/person")
                    .await?;
                Ok((person, None))
            }
            (None, Some(over)) => self.worn(SessionId::new(over), account).await,
            (None, None) => {
                Err(Problem::invalid_body().pointer("/person", "either this or over is needed"))
            }
            (Some(_), Some(_)) => {
                Err(Problem::invalid_body().pointer("/over", "is there beside person: send one"))
            }
        }
    }

    /// The result of another try-on of the caller's, to put a garment over.
    async fn worn(
        &self,
        id: SessionId,
        account: AccountId,
    ) -> Result<(PictureId, Option<Worn>), Problem> {
        let session = self.sessions.load(&id.to_string()).await?.aggregate;
        let request = session
            .request()
            .filter(|request| request.requested_by == account)
            .ok_or_else(|| not_found("try-on-not-found", "There is no such try-on", "/over"))?;
        let result = session.result().ok_or_else(|| {
            unprocessable(
                "try-on-without-result",
                "The try-on has no result",
                "/over",
                "has not succeeded",
            )
        })?;
        let photo = self.person(request.photo(), account, "/over").await?;
        let picture = self.pictures.load(&result.to_string()).await?.aggregate;
        if picture.progress() == Progress::Removed {
            return Err(removed("/over"));
        }
        Ok((result, Some(Worn { try_on: id, photo })))
    }

    /// The caller's own picture of a person; `pointer` is where the body names it.
    pub(super) async fn person(
        &self,
        id: PictureId,
        account: AccountId,
        pointer: &str,
    ) -> Result<PictureId, Problem> {
        let picture = self.pictures.load(&id.to_string()).await?.aggregate;
        // A picture of somebody else's and no picture at all must look the same.
        let upload = picture
            .upload()
            .filter(|upload| upload.purpose.is_public() || upload.owner == Some(account))
            .ok_or_else(|| not_found("picture-not-found", "There is no such picture", pointer))?;
        if upload.purpose != Purpose::Person {
            return Err(unprocessable(
                "picture-not-of-person",
                "The picture shows no person",
                pointer,
                "was not uploaded with the purpose person",
            ));
        }
        match picture.progress() {
            Progress::Refused => Err(unprocessable(
                "picture-refused",
                "The picture cannot be used",
                pointer,
                "was refused; upload another one",
            )),
            Progress::Removed => Err(removed(pointer)),
            Progress::Unknown | Progress::Uploaded | Progress::Ready
                if !self.photo_policy.covers(picture.consent()) =>
            {
                Err(unprocessable(
                    "consent-wanted",
                    "The person has not agreed to this",
                    pointer,
                    "needs consent to the words in force: PUT /v1/pictures/{id}/consent",
                ))
            }
            Progress::Unknown | Progress::Uploaded | Progress::Ready => Ok(id),
        }
    }

    /// What is tried on: the picture of a garment on sale, and where on the body it goes.
    pub(super) async fn wearable(&self, id: GarmentId) -> Result<(PictureId, Category), Problem> {
        let garment = self.garments.load(&id.to_string()).await?.aggregate;
        match garment.status() {
            GarmentStatus::Published => {}
            GarmentStatus::Unknown => {
                return Err(not_found(
                    "garment-not-found",
                    "There is no such garment",
                    "/garment",
                ));
            }
            GarmentStatus::Draft | GarmentStatus::Retired => {
                return Err(unprocessable(
                    "garment-not-published",
                    "The garment is not on sale",
                    "/garment",
                    "is not on sale",
                ));
            }
        }
        match (garment.picture(), garment.details()) {
            (Some(picture), Some(details)) => Ok((picture, details.category)),
            _ => Err(unprocessable(
                "garment-picture-missing",
                "The garment has no picture",
                "/garment",
                "has no picture yet",
            )),
        }
    }

    /// Refuses a garment of whose picture it is known that no try-on succeeds with it. What nobody has looked at yet may be tried.
    async fn demand_suitable(
        &self,
        garment: Uuid,
        picture: PictureId,
        category: Category,
    ) -> Result<(), Problem> {
        let known = self.suitabilities.load(&garment.to_string()).await?;
        match known.aggregate.verdict_on(picture, category) {
            None | Some(Verdict::Ready) => Ok(()),
            Some(Verdict::Unsupported { reason }) => {
                let title = "The garment cannot be tried on";
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                Err(Problem::new(status, reason.code.clone(), title)
                    .detail(reason.detail.clone())
                    .pointer(
                        "/garment",
                        "cannot be tried on with the picture that it has",
                    ))
            }
        }
    }
}
