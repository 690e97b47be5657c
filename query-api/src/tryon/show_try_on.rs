//! How is this try-on doing?

use axum::{extract::State, response::Response};
use http_kit::{Caller, MinPosition, PathOf, Problem, QueryProblems};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{QueueDocument, find};
use crate::{QueryApi, answer, media::PictureLinkDocument};

/// Why a try-on failed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonDocument {
    /// A stable code.
    #[schema(example = "not-front-view")]
    pub code: String,
    /// What was wrong and what to do about it.
    pub detail: String,
}

/// A step of an attempt.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StageDocument {
    /// Its name, as in `progress`; `store` is the way of the result to where it is kept.
    #[schema(example = "warp")]
    pub stage: String,
    /// How long it took.
    #[schema(minimum = 0)]
    pub ms: u32,
}

/// What whoever asked said of the result.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedbackDocument {
    /// `good` or `bad`.
    #[schema(example = "good")]
    pub rating: String,
    /// What that is about: `colour`, `fit`, `print`, `hands-or-face`, `edges`, `other`.
    pub reasons: Vec<String>,
}

/// What is worn already.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WornDocument {
    /// The try-on whose result is the picture of the person.
    pub try_on: Uuid,
    /// The photo that the first of them began with.
    pub photo: Uuid,
}

/// What has to be said to whoever is shown a result.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DisclosureDocument {
    /// Whether it was made with AI: always.
    #[schema(example = true)]
    pub ai_generated: bool,
    /// The words, to be shown with the picture.
    #[schema(
        example = "This picture was made with AI: it shows how a garment might look on a person, and is no photograph."
    )]
    pub text: String,
}

impl DisclosureDocument {
    fn new() -> Self {
        let text = "This picture was made with AI: it shows how a garment might look on a person, and is no photograph.";
        Self {
            ai_generated: true,
            text: text.to_owned(),
        }
    }
}

/// How a try-on is doing.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TryOnDocument {
    /// The try-on.
    pub id: Uuid,
    /// `requested`, `running`, `succeeded`, `failed` or `cancelled`.
    pub status: String,
    /// 0 before a worker took it up, then 1, 2, ...
    #[schema(minimum = 0)]
    pub attempt: u32,
    /// The picture of the person.
    pub person: PictureLinkDocument,
    /// The garment.
    pub garment: Uuid,
    /// The picture of the garment, as it was then.
    pub garment_picture: PictureLinkDocument,
    /// Where on the body it goes.
    pub category: String,
    /// Who asked.
    pub requested_by: Uuid,
    /// How large the result is to be: `fast` or `balanced`.
    #[schema(example = "balanced")]
    pub mode: String,
    /// As it was asked for: another number, another result, where an engine draws lots.
    #[serde(default)]
    #[schema(required, minimum = 0, maximum = 4_294_967_295_i64)]
    pub seed: u32,
    /// After so many seconds it is cancelled, unless it has ended.
    #[schema(required, minimum = 1)]
    pub cancel_after_s: Option<u32>,
    /// What the garment is put over, where the picture of the person is a result.
    #[schema(required)]
    pub over: Option<WornDocument>,
    /// The result, once it succeeded.
    #[schema(required)]
    pub result: Option<PictureLinkDocument>,
    /// What has to be said with the result; null before there is one.
    #[schema(required)]
    pub disclosure: Option<DisclosureDocument>,
    /// Why it failed.
    #[schema(required)]
    pub reason: Option<ReasonDocument>,
    /// Which engine and models made the result.
    #[schema(required)]
    pub engine: Option<String>,
    /// How long the attempt took.
    #[schema(required, minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub duration_ms: Option<u64>,
    /// What of it each step took, once it succeeded; older try-ons have none.
    pub stages: Vec<StageDocument>,
    /// What whoever asked said of the result.
    #[schema(required)]
    pub feedback: Option<FeedbackDocument>,
    /// Where it stands while it waits for a worker.
    #[schema(required)]
    pub queue: Option<QueueDocument>,
    /// When it was asked for.
    #[schema(format = DateTime)]
    pub requested_at: String,
    /// When the latest worker took it up.
    #[schema(required, format = DateTime)]
    pub started_at: Option<String>,
    /// When it succeeded, failed or was cancelled.
    #[schema(required, format = DateTime)]
    pub ended_at: Option<String>,
}

/// Show how a try-on is doing.
#[utoipa::path(
    get,
    path = "/v1/try-ons/{id}",
    tag = "tryon",
    params(("id" = Uuid, Path, description = "The try-on"), MinPosition),
    security(("bearer" = [])),
    responses(
        (status = 200, body = TryOnDocument, description = "The try-on",
            headers(
                ("Drape-Position" = String, description = "How far this view has come"),
                ("Drape-Degraded" = String, description = "The view's name, only while it could not apply something")
            )),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "There is no such try-on, or it is somebody else's: `try-on-not-found`."),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "The position belongs to another history: `epoch-changed`."),
        QueryProblems
    )
)]
pub(crate) async fn show_try_on(
    State(api): State<QueryApi>,
    caller: Caller,
    MinPosition(min): MinPosition,
    PathOf(id): PathOf<Uuid>,
) -> Result<Response, Problem> {
    let (found, at) = find(&api, &caller, min.as_ref(), id).await?;
    let queue = if found.waits() {
        api.place_in_queue(id).await?
    } else {
        None
    };
    let disclosure = (found.status == "succeeded").then(DisclosureDocument::new);
    let document = with_field(&found.document, "queue", &queue)?;
    let document = with_field(&document, "disclosure", &disclosure)?;
    let document = api.with_pictures(document, &at).await?;
    Ok(answer::document(document, &at))
}

/// A stored document with one more field.
fn with_field(
    document: &str,
    name: &'static str,
    value: &impl Serialize,
) -> Result<String, Problem> {
    let value = serde_json::to_string(value).map_err(|_| Problem::internal())?;
    let open = document.strip_suffix('}').ok_or_else(|| {
        tracing::error!("the view holds a try-on that is no object");
        Problem::internal()
    })?;
    Ok(format!("{open},\"{name}\":{value}}}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_added_to_what_is_stored() {
        let document = r#"{"id":1}"#;
        assert_eq!(
            with_field(document, "queue", &Some(2)).unwrap(),
            r#"{"id":1,"queue":2}"#
        );
        assert_eq!(
            with_field(document, "queue", &None::<u32>).unwrap(),
            r#"{"id":1,"queue":null}"#
        );
        assert!(with_field("[]", "queue", &1).is_err());
    }
}
