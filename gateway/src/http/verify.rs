//! `POST /v1/provenance/verify`: whether a picture says that it was made with AI, and whether what it says holds.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    extract::{Request, State},
};
use bytes::Bytes;
use command_api::{read_picture, unusable_picture};
use http::StatusCode;
use http_kit::{CommandProblems, Problem};
use image_processor::Signing;
use imaging::{Format, Limits, PictureError};
use provenance::{
    credentials::{Attestation, MediaType, Reading, Signer},
    watermark::{self, Pixels},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Pictures that are held at once, of 20 MiB each.
const HELD: usize = 16;
/// Pictures that are looked at at once: each takes a core and up to 250 MB.
const LOOKED_AT: usize = 2;
/// How long a picture may wait for that, and how long it may then take.
const PATIENCE: Duration = Duration::from_secs(15);

/// What finds the marks of pictures.
#[derive(Clone)]
pub(crate) struct Marks {
    signing: Signing,
    held: Arc<Semaphore>,
    looked_at: Arc<Semaphore>,
}

impl Marks {
    pub(crate) fn new(signing: Signing) -> Self {
        Self {
            signing,
            held: Arc::new(Semaphore::new(HELD)),
            looked_at: Arc::new(Semaphore::new(LOOKED_AT)),
        }
    }
}

/// The endpoint.
pub(crate) fn marks() -> OpenApiRouter<Marks> {
    OpenApiRouter::new().routes(routes!(verify_provenance))
}

/// A form with a picture.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes the multipart form")]
struct VerifyForm {
    /// The picture.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
}

/// What a picture says of its making.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Provenance {
    /// Whether any of the marks says that it was made with AI: metadata, credentials that hold, or our watermark. A picture without marks
    /// may have been made so all the same.
    #[schema(example = true)]
    is_ai_generated: bool,
    iptc: IptcMark,
    content_credentials: ContentCredentials,
    watermark: Watermark,
}

/// IPTC's `DigitalSourceType` in the metadata: anybody can write and remove it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct IptcMark {
    /// Whether it says that a trained algorithm had a part.
    #[schema(example = true)]
    present: bool,
}

/// A signed C2PA manifest in the file. The one of a picture that was saved again elsewhere is gone.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ContentCredentials {
    /// Whether there is one.
    #[schema(example = true)]
    present: bool,
    /// Whether its signature holds and the file is what was signed, whoever signed it.
    #[schema(example = true)]
    valid: bool,
    /// Whether this installation signed it.
    #[schema(example = true)]
    trusted: bool,
    /// Whose certificate that was, in its own words.
    #[schema(example = "drape: try-ons of this installation")]
    signed_by: Option<String>,
    /// When, as whoever signed says.
    #[schema(example = "2026-08-02T09:30:00Z")]
    signed_at: Option<String>,
    /// What an authority says of when the signature was there; null where none says anything.
    time_stamp: Option<TimeStamp>,
    /// What is wrong with it: C2PA's name of the failure, or `unreadable`.
    #[schema(example = json!(null))]
    problem: Option<&'static str>,
}

/// A time stamp (RFC 3161) of a signature. Where it is trusted, the certificate that signed has to have held then; where not, now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TimeStamp {
    /// Whether it is one of this signature, by a certificate that is meant for attesting times. Anybody can make such a certificate.
    #[schema(example = true)]
    valid: bool,
    /// Whether it is valid and the authority is one of those that this installation was told to believe.
    #[schema(example = true)]
    trusted: bool,
    /// When the signature was there, as the authority says; null where it is not valid.
    #[schema(example = "2026-08-02T09:30:01Z")]
    attested_at: Option<String>,
    /// Whose certificate says so, in its own words; null where it is not valid.
    #[schema(example = "time.example")]
    attested_by: Option<String>,
    /// What is wrong with it: C2PA's name of the failure.
    #[schema(example = json!(null))]
    problem: Option<&'static str>,
}

impl From<Attestation> for TimeStamp {
    fn from(said: Attestation) -> Self {
        Self {
            valid: said.is_valid,
            trusted: said.is_trusted,
            attested_at: said.attested_at,
            attested_by: said.attested_by,
            problem: said.problem,
        }
    }
}

/// Our watermark in the pixels. It outlives saving anew and scaling, and proves nothing: whoever wants to can write it anywhere.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Watermark {
    /// Whether it was found.
    #[schema(example = true)]
    present: bool,
    /// How clearly, from 0 to 1; 0 where it was not.
    #[schema(minimum = 0, maximum = 1, example = 1.0)]
    confidence: f32,
    /// What it carries, as eight hexadecimal digits: the same for the same pictures of person and garment.
    #[schema(pattern = "^[0-9a-f]{8}$", example = "5f0c7f34")]
    payload: Option<String>,
}

/// Ask whether a picture was made with AI.
///
/// Looks for the marks that this system gives to results of try-ons, and for those of other systems that say so in metadata or in content
/// credentials (C2PA). Needs no sign-in; nothing is stored.
#[utoipa::path(
    post,
    path = "/v1/provenance/verify",
    tag = "tryon",
    operation_id = "verify_provenance",
    security(()),
    request_body(description = "The picture itself, or a form with it as the part `file`.", content(
        (Vec<u8> = "image/jpeg"),
        (Vec<u8> = "image/png"),
        (Vec<u8> = "image/webp"),
        (VerifyForm = "multipart/form-data"),
    )),
    responses(
        (status = 200, description = "What was found.", body = Provenance),
        (status = 415, description = "It is no picture (`picture-wanted`), or of a kind that is not taken (`picture-format-unsupported`, `picture-variant-unsupported`).", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "It cannot be looked at: `picture-empty`, `picture-too-small`, `picture-truncated`, `picture-animated`, `picture-damaged`, `picture-too-complex`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
async fn verify_provenance(
    State(marks): State<Marks>,
    request: Request,
) -> Result<Json<Provenance>, Problem> {
    // Held until the picture is out of memory again.
    let _held = marks.held.try_acquire().map_err(|_| busy())?;
    let file = read_picture(request).await?;
    imaging::inspect(&file).map_err(|error| unusable_picture(&error))?;
    let signer = marks.signing.signer().await.map_err(|error| {
        let told = telemetry::chain(&error);
        tracing::error!("credentials cannot be read: {told}");
        Problem::unavailable()
    })?;
    let turn = tokio::time::timeout(PATIENCE, marks.looked_at.clone().acquire_owned());
    let turn = turn.await.map_err(|_| busy())?;
    let turn = turn.map_err(|_| Problem::internal())?;
    // Work that takes too long goes on to its end and keeps its turn: the bound holds.
    let looking = tokio::task::spawn_blocking(move || {
        let found = look(&signer, &file);
        drop(turn);
        found
    });
    match tokio::time::timeout(PATIENCE, looking).await {
        Err(_) => Err(unusable_picture(&PictureError::TooComplex {
            format: Format::Jpeg,
        })),
        Ok(Err(error)) => {
            tracing::error!(%error, "a detector broke");
            Err(Problem::internal())
        }
        Ok(Ok(found)) => found.map(Json).map_err(|error| unusable_picture(&error)),
    }
}

fn look(signer: &Signer, file: &Bytes) -> Result<Provenance, PictureError> {
    let format = imaging::inspect_within(file, &Limits::UPLOAD)?.format;
    let picture = imaging::decode_within(file, &Limits::UPLOAD)?;
    let pixels = picture.to_opaque();
    let mark = watermark::detect(Pixels {
        pixels: pixels.as_chunks().0,
        width: picture.width_px() as usize,
    });
    let media_type = match format {
        Format::Jpeg => MediaType::Jpeg,
        Format::Png => MediaType::Png,
        Format::WebP => MediaType::WebP,
    };
    let credentials = signer.read(file, media_type, OffsetDateTime::now_utc());
    Ok(provenance_of(picture.is_ai_generated(), credentials, mark))
}

fn provenance_of(
    is_marked: bool,
    credentials: Reading,
    mark: Option<watermark::Found>,
) -> Provenance {
    let credible = credentials.is_valid && credentials.says_ai_generated;
    Provenance {
        is_ai_generated: is_marked || credible || mark.is_some(),
        iptc: IptcMark { present: is_marked },
        content_credentials: ContentCredentials {
            present: credentials.is_present,
            valid: credentials.is_valid,
            trusted: credentials.is_trusted,
            signed_by: credentials.signed_by,
            signed_at: credentials.signed_at,
            time_stamp: credentials.time_stamp.map(TimeStamp::from),
            problem: credentials.problem,
        },
        watermark: Watermark {
            present: mark.is_some(),
            confidence: mark.map_or(0.0, |mark| mark.confidence),
            payload: mark.map(|mark| format!("{:08x}", mark.payload)),
        },
    }
}

/// 503: more pictures than can be looked at.
fn busy() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "verification-busy",
        "Too many pictures are being looked at",
    )
    .retry_after(2)
}
