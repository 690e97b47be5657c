//! The folder that exports lie in: bounded, tidied up, and honest after a restart.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jetstream_es::EventLog;
use replay::{ExportRequest, Format, ReplayError, SchemaSet, export, pack};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::status::{ExportState, ExportStatus};

/// The bounds of exports.
#[derive(Debug, Clone)]
pub struct ExportOptions {
    /// Where they lie. Without a folder there are none.
    pub folder: Option<PathBuf>,
    /// Bytes of all of them together.
    pub max_bytes: u64,
    /// How long they are kept.
    pub retention: Duration,
    /// How many may wait or run at once.
    pub max_waiting: usize,
}

impl Default for ExportOptions {
    fn default() -> Self {
        Self {
            folder: None,
            max_bytes: 10 << 30,
            retention: Duration::from_hours(24),
            max_waiting: 8,
        }
    }
}

/// All exports of this process.
#[derive(Debug)]
pub(crate) struct Exports {
    options: ExportOptions,
    known: Mutex<BTreeMap<Uuid, ExportStatus>>,
    /// One at a time: each is as fast as the log allows.
    turn: Semaphore,
}

/// Why an export is not taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    NoFolder,
    TooMany,
    Full,
}

impl Exports {
    /// Opens the folder. What a former process did not finish has failed.
    pub(crate) fn open(options: ExportOptions) -> Self {
        let known = options.folder.as_deref().map(recover).transpose();
        let known = known.unwrap_or_else(|error| {
            tracing::warn!(%error, "exports cannot be kept: {error}");
            None
        });
        let usable = known.is_some();
        Self {
            options: ExportOptions {
                folder: options.folder.filter(|_| usable),
                ..options
            },
            known: Mutex::new(known.unwrap_or_default()),
            turn: Semaphore::new(1),
        }
    }

    pub(super) fn status(&self, id: Uuid) -> Option<ExportStatus> {
        self.known().get(&id).cloned()
    }

    /// The file of an export that is ready.
    pub(super) fn file(&self, status: &ExportStatus) -> Option<PathBuf> {
        let ready = status.state == ExportState::Ready;
        let folder = self.options.folder.as_ref().filter(|_| ready)?;
        Some(folder.join(file_name(status.id, status.format)))
    }

    /// Takes an export in; the same again when it is known already. `true` when it is to be run.
    pub(super) fn admit(&self, status: ExportStatus) -> Result<(ExportStatus, bool), Refused> {
        let folder = self.options.folder.as_ref().ok_or(Refused::NoFolder)?;
        let used = self.tidy(folder);
        let mut known = self.known();
        if let Some(known) = known.get(&status.id) {
            return Ok((known.clone(), false));
        }
        let waiting = known.values().filter(|status| !status.is_settled()).count();
        if waiting >= self.options.max_waiting {
            return Err(Refused::TooMany);
        }
        if used >= self.options.max_bytes {
            return Err(Refused::Full);
        }
        known.insert(status.id, status.clone());
        drop(known);
        self.remember(&status);
        Ok((status, true))
    }

    /// Makes the file.
    pub(super) async fn run(self: Arc<Self>, log: EventLog, schemas: Arc<SchemaSet>, id: Uuid) {
        let Ok(_turn) = self.turn.acquire().await else {
            return;
        };
        let Some(mut status) = self.status(id) else {
            return;
        };
        status.state = ExportState::Running;
        self.remember(&status);
        let ended = match self.make(&log, schemas, &status).await {
            Ok(ready) => ready,
            Err(error) => {
                tracing::warn!(export = %id, %error, "the export {id} failed: {error}");
                let now = self.status(id).unwrap_or(status);
                now.failed(reason(&error))
            }
        };
        self.remember(&ended);
    }

    async fn make(
        self: &Arc<Self>,
        log: &EventLog,
        schemas: Arc<SchemaSet>,
        status: &ExportStatus,
    ) -> Result<ExportStatus, ReplayError> {
        let (id, format) = (status.id, status.format);
        let folder = self.options.folder.clone().unwrap_or_default();
        let file = folder.join(file_name(id, format));
        let into = match format {
            Format::Parquet => folder.join(id.to_string()),
            Format::Ndjson | Format::Csv => file.clone(),
        };
        let left = self.options.max_bytes.saturating_sub(self.tidy(&folder));
        // A packed folder is there twice for a moment.
        let max_bytes = if format == Format::Parquet {
            left / 2
        } else {
            left
        };
        let request = ExportRequest {
            filter: status.filter.clone(),
            format,
            into: into.clone(),
            max_bytes,
        };
        let (telling, mut seen) = (Arc::clone(self), status.clone());
        let progress = move |progress: replay::Progress| {
            #[expect(clippy::cast_precision_loss, reason = "a fraction for people")]
            let part = |sequence: u64| sequence.saturating_sub(progress.after) as f64;
            seen.progress = (part(progress.at) / part(progress.through).max(1.0)).min(1.0);
            seen.rows = progress.rows;
            telling.known().insert(seen.id, seen.clone());
        };
        let manifest = export(log, schemas, request, progress).await?;
        if format == Format::Parquet {
            let packing = tokio::task::spawn_blocking(move || {
                let packed = pack(&into, "events", &file);
                // Packed or not, it is no longer needed.
                let _ = fs::remove_dir_all(&into);
                packed
            });
            packing.await.map_err(|_| ReplayError::WriterStopped)??;
        }
        let mut ready = status.clone();
        ready.state = ExportState::Ready;
        ready.progress = 1.0;
        ready.rows = manifest.rows;
        ready.file = Some(format!("/v1/exports/{id}/file"));
        ready.sha256 = match manifest.files.as_slice() {
            [file] if format != Format::Parquet => Some(file.sha256.clone()),
            _ => None,
        };
        Ok(ready)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, BTreeMap<Uuid, ExportStatus>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Here, and on disk for the next process.
    fn remember(&self, status: &ExportStatus) {
        self.known().insert(status.id, status.clone());
        let Some(folder) = &self.options.folder else {
            return;
        };
        if let Err(error) = write_status(folder, status) {
            tracing::warn!(%error, "an export's state cannot be kept: {error}");
        }
    }

    /// Forgets what is too old. Answers the bytes that are left.
    fn tidy(&self, folder: &Path) -> u64 {
        let mut bytes = 0;
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        for entry in entries {
            let Ok(data) = entry.metadata() else { continue };
            let name = entry.file_name().to_string_lossy().into_owned();
            let id = name
                .split('.')
                .next()
                .and_then(|id| Uuid::try_parse(id).ok());
            let age = data.modified().ok().and_then(|time| time.elapsed().ok());
            let settled = id
                .and_then(|id| self.status(id))
                .is_none_or(|status| status.is_settled());
            if id.is_some() && settled && age.is_some_and(|age| age > self.options.retention) {
                // What cannot be removed now is tried again the next time.
                let _ = fs::remove_file(entry.path());
                if let (Some(id), Some("json")) = (id, name.rsplit('.').next()) {
                    self.known().remove(&id);
                }
            } else {
                bytes += data.len();
            }
        }
        bytes
    }
}

/// The name that an export's file has in the folder.
fn file_name(id: Uuid, format: Format) -> String {
    match format {
        Format::Ndjson => format!("{id}.ndjson"),
        Format::Csv => format!("{id}.csv"),
        Format::Parquet => format!("{id}.tar"),
    }
}

fn write_status(folder: &Path, status: &ExportStatus) -> io::Result<()> {
    let text = serde_json::to_vec_pretty(status)?;
    let path = folder.join(format!("{}.json", status.id));
    let scratch = folder.join(format!("{}.json.new", status.id));
    fs::write(&scratch, text)?;
    fs::rename(scratch, path)
}

/// What a former process left: finished exports as they are, others as failed.
fn recover(folder: &Path) -> io::Result<BTreeMap<Uuid, ExportStatus>> {
    fs::create_dir_all(folder)?;
    let mut known = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.contains(".partial-") || path.is_dir() {
            // Half an export of ours: its process is gone.
            let _ = fs::remove_dir_all(&path);
            let _ = fs::remove_file(&path);
            continue;
        }
        let is_status = name
            .strip_suffix(".json")
            .is_some_and(|id| Uuid::try_parse(id).is_ok());
        let status = is_status.then(|| fs::read(&path).ok()).flatten();
        let status = status.and_then(|text| serde_json::from_slice::<ExportStatus>(&text).ok());
        let Some(mut status) = status else { continue };
        if !status.is_settled() {
            status =
                status.failed("the process ended before the export was finished; ask for it again");
            write_status(folder, &status)?;
        }
        known.insert(status.id, status);
    }
    Ok(known)
}

/// The whole chain: an analyst cannot look into the server's log.
fn reason(error: &ReplayError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
