//! `POST /v1/imports`

use std::path::{Path, PathBuf};

use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use catalogue_feed::{Bundle, Format};
use http::{StatusCode, header::LOCATION};
use http_body_util::BodyExt;
use http_kit::{BODY_PATIENCE, Caller, CommandKey, CommandProblems, Problem, QueryOf, Role};
use serde::Deserialize;
use tokio::io::AsyncWriteExt;
use utoipa::{IntoParams, ToSchema};

use super::{
    feed::{FeedError, looked_through},
    run::{Imports, Refused},
    spool::arriving,
    status::{ImportReport, ImportState, ImportStatus},
};
use crate::CommandApi;

/// Bytes that a file's format is told by.
const HEAD_BYTES: usize = 64 << 10;

/// How a catalogue is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ImportFormat {
    /// Ours: one garment a line, as JSON.
    Jsonl,
    /// Ours: one size a row.
    Csv,
    /// Shopify's products.
    ShopifyCsv,
    /// Google Merchant, with tabs.
    GoogleTsv,
    /// Google Merchant, as RSS or Atom.
    GoogleXml,
}

impl From<ImportFormat> for Format {
    fn from(format: ImportFormat) -> Self {
        match format {
            ImportFormat::Jsonl => Self::Jsonl,
            ImportFormat::Csv => Self::Csv,
            ImportFormat::ShopifyCsv => Self::ShopifyCsv,
            ImportFormat::GoogleTsv => Self::GoogleTsv,
            ImportFormat::GoogleXml => Self::GoogleXml,
        }
    }
}

/// What becomes of the counts of stock in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ImportStock {
    /// Nothing.
    Leave,
    /// So many are there from now on.
    Set,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportQuery {
    /// How the file is written, or the one in the zip; told by its beginning when absent.
    #[serde(default)]
    #[param(inline)]
    format: Option<ImportFormat>,
    /// Look what would come of it, and change nothing.
    #[serde(default)]
    dry_run: bool,
    /// What becomes of the counts of stock in the file: `leave` (nothing) by default. With `set` there are so many of each size from
    /// now on: an older file undoes what was sold since.
    #[serde(default)]
    #[param(inline)]
    stock: Option<ImportStock>,
    /// The currency of prices that name none, such as Shopify's (ISO 4217).
    #[serde(default)]
    #[param(pattern = "^[A-Z]{3}$")]
    currency: Option<String>,
}

/// Import a catalogue: our JSONL or CSV, Shopify's product CSV, or a Google Merchant feed (TSV, XML); or a zip with one such file and the pictures that it names. At most 40 MiB.
///
/// It is read in the background; ask at `Location` how it is doing, or listen at `/v1/imports/{id}/events`. A garment is known again by its id, or else by its style
/// and colour: what is there already and says the same stays as it is, so that the same file twice changes nothing, and one
/// that was cut off goes on when it comes again.
#[utoipa::path(
    post,
    path = "/v1/imports",
    operation_id = "createImport",
    summary = "Import a catalogue",
    tag = "catalog",
    security(("bearer" = ["merchandiser", "admin"])),
    params(ImportQuery, CommandKey),
    request_body(description = "The file itself, or a zip with it.", content(
        (String = "text/csv"),
        (String = "text/tab-separated-values"),
        (String = "application/xml"),
        (String = "application/x-ndjson"),
        (Vec<u8> = "application/zip"),
    )),
    responses(
        (status = 202, description = "It will be read.", body = ImportStatus, headers(
            ("Location" = String, description = "Where to ask how it is doing"),
        )),
        (status = 409, description = "The same request is under way: `request-in-flight`.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Its beginning does not tell its format: `import-format-unknown`.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The file is empty: `import-empty`; or it is a zip that is not taken: `zip-damaged`, `zip-entries-exceeded`, `zip-path-unsafe`, `zip-encrypted`, `zip-link`, `zip-nested`, `zip-method-unsupported`, `zip-too-large`, `zip-ratio-exceeded`, `zip-without-catalogue`, `zip-catalogue-ambiguous`; or its Idempotency-Key was used for another one: `idempotency-key-reused`.", body = Problem, content_type = "application/problem+json"),
        CommandProblems,
    )
)]
pub(crate) async fn create_import(
    State(api): State<CommandApi>,
    caller: Caller,
    key: CommandKey,
    QueryOf(query): QueryOf<ImportQuery>,
    request: Request,
) -> Result<Response, Problem> {
    caller.require(&[Role::Merchandiser, Role::Admin])?;
    if let Some(currency) = &query.currency {
        domain::shared::Currency::parse(currency)
            .map_err(|error| Problem::invalid_query().detail(error.to_string()))?;
    }
    let imports = api.imports.clone();
    imports.has_room().map_err(|refused| refusal(&refused))?;
    let folder = imports.folder().map(Path::to_owned);
    let folder = folder.ok_or_else(|| refusal(&Refused::NoFolder))?;
    let _slot = api.feeds.try_acquire().map_err(|_| too_many())?;
    let id = key.id_for("import");
    let scratch = Scratch(arriving(&folder, id));
    let receiving = receive(request, &scratch.0, imports.max_file_bytes());
    let head = tokio::time::timeout(BODY_PATIENCE, receiving)
        .await
        .map_err(|_| Problem::body_too_slow())??;
    let is_zip = Bundle::is_zip(&head);
    let told = told_format(is_zip, head, scratch.0.clone()).await?;
    let given = query.format.map(Format::from);
    let format = given.or(told).ok_or_else(unknown_format)?;
    let status = ImportStatus {
        id,
        state: ImportState::Queued,
        format,
        is_zip,
        dry_run: query.dry_run,
        sets_stock: query.stock == Some(ImportStock::Set),
        currency: query.currency,
        progress: 0.0,
        report: ImportReport::default(),
        reason: None,
        account: caller.account,
        number: 0,
    };
    let status = admit(imports, status, scratch).await?;
    let location = format!("/v1/imports/{id}");
    Ok((StatusCode::ACCEPTED, [(LOCATION, location)], Json(status)).into_response())
}

/// What a file says of how it is written. A zip is looked through on the way, and refused before anything is promised.
async fn told_format(
    is_zip: bool,
    head: Vec<u8>,
    path: PathBuf,
) -> Result<Option<Format>, Problem> {
    if !is_zip {
        return Ok(Format::detect(None, &head));
    }
    let looking = tokio::task::spawn_blocking(move || looked_through(&path));
    let looked = looking.await.map_err(|_| Problem::internal())?;
    looked.map_err(|error| match error {
        FeedError::Io(error) => unwritten(&error),
        FeedError::Refused(refusal) => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            refusal.code(),
            "This zip is not taken",
        )
        .detail(refusal.to_string()),
    })
}

async fn admit(
    imports: Imports,
    status: ImportStatus,
    scratch: Scratch,
) -> Result<ImportStatus, Problem> {
    let admitting = tokio::task::spawn_blocking(move || imports.admit(status, &scratch.0));
    let admitted = admitting.await.map_err(|_| Problem::internal())?;
    admitted.map_err(|refused| refusal(&refused))
}

/// A file that is gone when it was not taken.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // One that was taken has another name by now.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Writes the body into the file, and answers its beginning.
async fn receive(request: Request, into: &Path, limit: u64) -> Result<Vec<u8>, Problem> {
    let mut file = tokio::fs::File::create(into)
        .await
        .map_err(|error| unwritten(&error))?;
    let (mut body, mut head, mut bytes) = (request.into_body(), Vec::new(), 0_u64);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::body_broken_off())?;
        let Some(data) = frame.data_ref() else {
            continue;
        };
        bytes += data.len() as u64;
        if bytes > limit {
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            return Err(Problem::body_too_large(limit));
        }
        let wanted = HEAD_BYTES.saturating_sub(head.len()).min(data.len());
        head.extend(data.iter().take(wanted));
        file.write_all(data)
            .await
            .map_err(|error| unwritten(&error))?;
    }
    if bytes == 0 {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "import-empty",
            "The file is empty",
        )
        .detail("Send the file as the request's body."));
    }
    // What was promised to be imported survives a crash.
    file.sync_all().await.map_err(|error| unwritten(&error))?;
    Ok(head)
}

fn unwritten(error: &std::io::Error) -> Problem {
    tracing::error!(%error, "a file to be imported cannot be kept: {error}");
    Problem::unavailable()
}

fn unknown_format() -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "import-format-unknown",
        "The file's beginning does not tell its format",
    )
    .detail("Say it with ?format=jsonl, csv, shopify-csv, google-tsv or google-xml.")
}

fn too_many() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "too-many-imports",
        "Too many imports are waiting",
    )
    .retry_after(5)
}

fn refusal(refused: &Refused) -> Problem {
    match refused {
        Refused::NoFolder => {
            Problem::unavailable().detail("There is no folder for imports: set imports.folder.")
        }
        Refused::TooMany => too_many(),
        Refused::Io(error) => {
            tracing::error!(%error, "a file to be imported cannot be kept: {error}");
            Problem::unavailable()
        }
    }
}
