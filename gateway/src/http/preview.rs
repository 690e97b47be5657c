//! `POST /v1/try-ons/preview`: one try-on at once, nothing stored, nothing in the log.

use axum::{
    extract::{DefaultBodyLimit, Multipart, State, multipart::Field},
    response::{IntoResponse, Response},
};
use bytes::{Bytes, BytesMut};
use command_api::{PhotoPolicy, PhotoSubjectParam, no_engine};
use domain::shared::Category;
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use http_kit::{Caller, CommandProblems, Problem, QueryOf, Role};
use image_processor::Signing;
use prost::Message;
use proto::tryon::v1::{PreviewRequest, REFUSAL_TRAILER, Refusal};
use provenance::credentials::MediaType;
use serde::Deserialize;
use tonic::{Code, Status};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::engine::{ENGINE_PATIENCE, Engine, unavailable};

/// Both pictures together, as the engine takes them.
const BODY_LIMIT_BYTES: usize = 16 << 20;

/// The engine behind previews, and what the owners of photos agree to.
#[derive(Clone)]
pub(crate) struct Previews {
    /// None means that there are no previews.
    pub(crate) engine: Option<Engine>,
    pub(crate) photo_policy: PhotoPolicy,
    /// Signs them.
    pub(crate) signing: Signing,
}

/// The endpoint.
pub(crate) fn previews() -> OpenApiRouter<Previews> {
    OpenApiRouter::new()
        .routes(routes!(preview_try_on))
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PreviewQuery {
    /// The version of the words that the person agrees to, as `GET /v1/photo-policy` tells it.
    #[serde(default)]
    #[param(nullable = false, example = "1")]
    consent: Option<String>,
    /// Whether the photo shows the caller, or somebody who allowed it.
    #[serde(default)]
    #[param(inline, nullable = false)]
    subject: Option<PhotoSubjectParam>,
}

/// A preview's form.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes the multipart form")]
struct PreviewForm {
    /// A photo of a person, seen from the front: JPEG, PNG or WebP.
    #[schema(value_type = String, format = Binary)]
    person: Vec<u8>,
    /// A picture of a garment on a plain background.
    #[schema(value_type = String, format = Binary)]
    garment: Vec<u8>,
    /// `tops`, `bottoms`, `dresses` or `outerwear`.
    #[schema(pattern = "^(tops|bottoms|dresses|outerwear)$", example = "tops")]
    category: String,
}

/// Try a garment on at once.
///
/// The person agrees as they do to an upload, but nothing is stored, neither the photo nor that they agreed. The answer is marked as
/// AI-generated, and signed. A full try-on, which survives a crash, is `POST /v1/try-ons`.
#[utoipa::path(
    post,
    path = "/v1/try-ons/preview",
    tag = "tryon",
    operation_id = "preview_try_on",
    security(("bearer" = ["shopper", "merchandiser", "admin"])),
    params(PreviewQuery),
    request_body(content = PreviewForm, content_type = "multipart/form-data"),
    responses(
        (status = 200, description = "The picture.", body = Vec<u8>, content_type = "image/png"),
        (status = 422, description = "A part is missing, the photo comes without consent (`consent-wanted`) or with one to other words (`consent-outdated`), or no honest result is possible.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
async fn preview_try_on(
    State(previews): State<Previews>,
    caller: Caller,
    QueryOf(query): QueryOf<PreviewQuery>,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<Response, Problem> {
    caller.require(&[Role::Shopper, Role::Merchandiser, Role::Admin])?;
    let Previews {
        engine,
        photo_policy,
        signing,
    } = previews;
    let form = form.map_err(|_| form_wanted())?;
    photo_policy.agreed(query.consent.as_deref(), query.subject)?;
    let mut engine = engine.ok_or_else(|| no_engine("this system has no engine for previews"))?;
    let request = tokio::time::timeout(http_kit::BODY_PATIENCE, read(form))
        .await
        .map_err(|_| Problem::body_too_slow())??;
    let answer = tokio::time::timeout(ENGINE_PATIENCE, engine.preview(request))
        .await
        .map_err(|_| no_engine("the engine took too long"))?
        .map_err(|status| problem(&status))?
        .into_inner();
    let image = sign(&signing, answer.image, &answer.media_type).await?;
    let media_type = HeaderValue::from_str(&answer.media_type).map_err(|_| Problem::internal())?;
    let headers = [
        (CONTENT_TYPE, media_type),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, image).into_response())
}

/// A picture that is not signed is not handed out.
async fn sign(signing: &Signing, image: Bytes, media_type: &str) -> Result<Bytes, Problem> {
    let media_type = match media_type {
        "image/jpeg" => MediaType::Jpeg,
        "image/webp" => MediaType::WebP,
        _ => MediaType::Png,
    };
    signing.sign(image, media_type).await.map_err(|error| {
        let told = telemetry::chain(&error);
        tracing::error!("a preview cannot be signed: {told}");
        Problem::unavailable()
    })
}

async fn read(mut form: Multipart) -> Result<PreviewRequest, Problem> {
    let mut request = PreviewRequest::default();
    while let Some(field) = form
        .next_field()
        .await
        .map_err(|error| not_a_form(&error.body_text()))?
    {
        match field.name() {
            Some("person") => request.person = bytes_of(field).await?,
            Some("garment") => request.garment = bytes_of(field).await?,
            Some("category") => {
                let bytes = bytes_of(field).await?;
                request.category =
                    String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned();
            }
            Some(_) | None => return Err(not_a_form("the parts are person, garment and category")),
        }
    }
    let mut missing = Problem::invalid_body();
    if request.person.is_empty() {
        missing = missing.pointer("/person", "a photo is missing");
    }
    if request.garment.is_empty() {
        missing = missing.pointer("/garment", "a picture is missing");
    }
    if let Err(error) = request.category.parse::<Category>() {
        missing = missing.pointer("/category", error.to_string());
    }
    if missing.has_pointers() {
        Err(missing)
    } else {
        Ok(request)
    }
}

async fn bytes_of(mut field: Field<'_>) -> Result<Bytes, Problem> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Problem::body_too_large(BODY_LIMIT_BYTES)
        } else {
            not_a_form(&error.body_text())
        }
    })? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > BODY_LIMIT_BYTES {
            return Err(Problem::body_too_large(BODY_LIMIT_BYTES));
        }
    }
    Ok(bytes.freeze())
}

fn not_a_form(detail: &str) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "invalid-form",
        "The request's form cannot be read",
    )
    .detail(detail)
}

fn form_wanted() -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "form-wanted",
        "The request's body must be a form",
    )
    .detail("Send Content-Type: multipart/form-data with a boundary.")
}

fn problem(status: &Status) -> Problem {
    let unprocessable = |code: &str, detail: &str| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            code.to_owned(),
            "No try-on is possible with these pictures",
        )
        .detail(detail)
    };
    match status.code() {
        Code::FailedPrecondition => {
            let trailer = status
                .metadata()
                .get_bin(REFUSAL_TRAILER)
                .and_then(|value| value.to_bytes().ok());
            let refusal = trailer.and_then(|bytes| Refusal::decode(bytes).ok());
            match refusal {
                Some(refusal) => unprocessable(&refusal.code, &refusal.detail),
                None => unprocessable("try-on-refused", status.message()),
            }
        }
        Code::InvalidArgument => unprocessable("picture-unusable", status.message()),
        Code::Unimplemented => unprocessable(
            "category-not-worn",
            "this engine does not put on garments of this category",
        ),
        Code::Ok
        | Code::Cancelled
        | Code::Unknown
        | Code::DeadlineExceeded
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::ResourceExhausted
        | Code::Aborted
        | Code::OutOfRange
        | Code::Internal
        | Code::Unavailable
        | Code::DataLoss
        | Code::Unauthenticated => unavailable(status),
    }
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, extract::Request};
    use blob_store::{BlobStore, S3Options};
    use domain::shared::PolicyVersion;
    use http_kit::{StaticTokens, authenticate_with};
    use tower::ServiceExt;

    use super::*;

    fn blobs(folder: &tempfile::TempDir) -> BlobStore {
        let url = format!("file://{}", folder.path().display());
        BlobStore::open(&url, &S3Options::default()).unwrap()
    }

    /// Asks for a preview with this query, where there is no engine.
    async fn ask(query: &str) -> Response {
        let caller = Caller::new(Role::Shopper, "");
        let tokens = StaticTokens::new([("t".to_owned(), caller)]);
        let policy = PhotoPolicy::new(PolicyVersion::parse("2").unwrap());
        let folder = tempfile::tempdir().unwrap();
        let none = Previews {
            engine: None,
            photo_policy: policy,
            signing: Signing::of_installation(blobs(&folder)),
        };
        let (app, _) = previews().with_state(none).split_for_parts();
        let app = app.layer(authenticate_with(std::sync::Arc::new(tokens)));
        let request = Request::post(format!("/v1/try-ons/preview{query}"))
            .header("authorization", "Bearer t")
            .header("content-type", "multipart/form-data; boundary=x")
            .body(Body::empty())
            .unwrap();
        app.oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn without_an_engine_a_preview_is_unavailable() {
        let response = ask("?consent=2&subject=myself").await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    }

    #[tokio::test]
    async fn a_photo_without_consent_is_not_looked_at() {
        for query in ["", "?consent=2", "?consent=1&subject=permitted"] {
            assert_eq!(ask(query).await.status(), 422, "{query}");
        }
    }

    #[test]
    fn a_refusal_keeps_its_code() {
        let refusal = Refusal {
            code: "person-not-found".into(),
            detail: "show a person".into(),
        };
        let mut status = Status::failed_precondition("refused");
        let value = tonic::metadata::BinaryMetadataValue::from_bytes(&refusal.encode_to_vec());
        status.metadata_mut().insert_bin(REFUSAL_TRAILER, value);
        let problem = problem(&status);
        assert_eq!(
            (problem.code(), problem.status().as_u16()),
            ("person-not-found", 422)
        );
    }
}
