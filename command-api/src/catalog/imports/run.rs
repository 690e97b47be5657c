//! The imports of this process, one after another.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering},
};

use blob_store::BlobStore;
use catalogue_feed::ReadOptions;
use jetstream_es::EventLog;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    feed::Feed,
    importer::{ImportContext, ImportOptions, Importer},
    pictures::PictureFiles,
    spool::{SpoolOptions, kept_at, recover, write_status},
    status::{ImportReport, ImportState, ImportStatus},
};

/// Problems that a state holds.
const MOST_PROBLEMS: usize = 200;

/// All imports of this process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Imports(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    options: SpoolOptions,
    known: Mutex<BTreeMap<Uuid, ImportStatus>>,
    came: Notify,
    /// Changes with every state.
    changed: watch::Sender<u64>,
    /// When whoever listens is sent away: nothing is imported here any more.
    closing: CancellationToken,
}

/// Why a file is not taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    NoFolder,
    TooMany,
    Io(String),
}

impl Imports {
    /// Opens the folder. What a former process had not finished waits to be read again.
    pub fn open(options: SpoolOptions) -> Self {
        let known = options.folder.as_deref().map(recover).transpose();
        let known = known.unwrap_or_else(|error| {
            tracing::warn!(%error, "imports cannot be kept: {error}");
            None
        });
        let usable = known.is_some();
        Self(Arc::new(Inner {
            options: SpoolOptions {
                folder: options.folder.filter(|_| usable),
                ..options
            },
            known: Mutex::new(known.unwrap_or_default()),
            came: Notify::new(),
            changed: watch::Sender::new(0),
            closing: CancellationToken::new(),
        }))
    }

    pub(super) fn folder(&self) -> Option<&Path> {
        self.0.options.folder.as_deref()
    }

    pub(super) fn max_file_bytes(&self) -> u64 {
        self.0.options.max_file_bytes
    }

    /// Is told whenever a state may be another.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.0.changed.subscribe()
    }

    /// Ends with the process.
    pub(super) fn closing(&self) -> CancellationToken {
        self.0.closing.clone()
    }

    fn tell(&self) {
        self.0.changed.send_modify(|changes| *changes += 1);
    }

    pub(super) fn status(&self, id: Uuid) -> Option<ImportStatus> {
        self.known().get(&id).cloned()
    }

    /// Whether one more may come.
    pub(super) fn has_room(&self) -> Result<(), Refused> {
        if self.0.options.folder.is_none() {
            return Err(Refused::NoFolder);
        }
        let waiting = self.known().values().filter(|it| !it.is_settled()).count();
        if waiting >= self.0.options.max_waiting {
            return Err(Refused::TooMany);
        }
        Ok(())
    }

    /// Takes a file that has arrived; the same again when it is known already.
    pub(super) fn admit(
        &self,
        mut status: ImportStatus,
        arrived: &Path,
    ) -> Result<ImportStatus, Refused> {
        let folder = self.0.options.folder.as_ref().ok_or(Refused::NoFolder)?;
        self.tidy(folder);
        let mut known = self.known();
        if let Some(known) = known.get(&status.id) {
            return Ok(known.clone());
        }
        let waiting = known.values().filter(|it| !it.is_settled()).count();
        if waiting >= self.0.options.max_waiting {
            return Err(Refused::TooMany);
        }
        status.number = 1 + known.values().map(|it| it.number).max().unwrap_or(0);
        // A file without a state is forgotten by the next process, a state without its file is not: in this order.
        fs::rename(arrived, kept_at(folder, status.id))
            .and_then(|()| write_status(folder, &status))
            .map_err(|error| Refused::Io(error.to_string()))?;
        known.insert(status.id, status.clone());
        drop(known);
        self.tell();
        self.0.came.notify_one();
        Ok(status)
    }

    /// Reads one file after another into this log, and the pictures that come with it into these blobs, until the stop.
    pub async fn run(self, log: EventLog, blobs: BlobStore, stop: CancellationToken) {
        let importer = Importer::new(log);
        while !stop.is_cancelled() {
            let Some(next) = self.next() else {
                let came = self.0.came.notified();
                let _ = stop.run_until_cancelled(came).await;
                continue;
            };
            // What is cut off here is read again by the next process.
            let importing = self.import(&importer, &blobs, next);
            stop.run_until_cancelled(importing).await;
        }
        self.0.closing.cancel();
    }

    /// The one that has waited longest.
    fn next(&self) -> Option<ImportStatus> {
        let known = self.known();
        let waiting = known.values().filter(|status| !status.is_settled());
        waiting.min_by_key(|status| status.number).cloned()
    }

    async fn import(&self, importer: &Importer, blobs: &BlobStore, mut status: ImportStatus) {
        let Some(folder) = self.0.options.folder.clone() else {
            return;
        };
        status.state = ImportState::Running;
        status.report = ImportReport::default();
        self.remember(&status);
        let path = kept_at(&folder, status.id);
        match self.read(importer, blobs, &status, path.clone()).await {
            Ok(report) => {
                status.progress = 1.0;
                status.state = ImportState::Done;
                if !report.is_whole {
                    status.state = ImportState::Failed;
                    let last = report.first_problems.last();
                    status.reason = last.map(|problem| problem.message.clone());
                }
                status.report = report;
            }
            Err(reason) => {
                let id = status.id;
                tracing::warn!(import = %id, %reason, "the import {id} failed: {reason}");
                status = self.status(id).unwrap_or(status);
                status.state = ImportState::Failed;
                status.reason = Some(reason);
            }
        }
        self.remember(&status);
        // The next process forgets what cannot be removed now.
        let _ = fs::remove_file(path);
    }

    async fn read(
        &self,
        importer: &Importer,
        blobs: &BlobStore,
        status: &ImportStatus,
        path: PathBuf,
    ) -> Result<ImportReport, String> {
        let is_zip = status.is_zip;
        let opened = tokio::task::spawn_blocking(move || Feed::open(&path, is_zip));
        let opened = opened.await.map_err(|error| error.to_string())?;
        let feed = opened.map_err(|error| reason(&error))?;
        let (size, done) = (feed.size, feed.input.done());
        let mut importer = importer.clone();
        if let Some(bundle) = feed.bundle {
            importer = importer.with_pictures(PictureFiles::in_bundle(bundle, blobs.clone()));
        }
        let options = ReadOptions {
            currency: status.currency.clone(),
        };
        let items = catalogue_feed::read(status.format, feed.input, &options);
        let context = ImportContext {
            id: status.id,
            actor: Some(status.account.clone()),
        };
        let options = ImportOptions {
            dry_run: status.dry_run,
            sets_stock: status.sets_stock,
            max_problems: MOST_PROBLEMS,
        };
        let mut seen = 0;
        let tell = |report: &ImportReport| {
            // Often enough to look at, seldom enough to cost nothing.
            seen += 1;
            if seen % 64 == 0
                && let Some(status) = self.known().get_mut(&status.id)
            {
                #[expect(clippy::cast_precision_loss, reason = "a fraction for people")]
                let part = done.load(Ordering::Relaxed) as f64 / size.max(1) as f64;
                status.progress = part.min(1.0);
                status.report.clone_from(report);
                self.tell();
            }
        };
        let report = importer.run(items, &context, options, tell).await;
        report.map_err(|error| reason(&error))
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<Uuid, ImportStatus>> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Here, and on disk for the next process.
    fn remember(&self, status: &ImportStatus) {
        self.known().insert(status.id, status.clone());
        self.tell();
        if let Some(folder) = self.folder()
            && let Err(error) = write_status(folder, status)
        {
            tracing::warn!(%error, "an import's state cannot be kept: {error}");
        }
    }

    /// Forgets what came of old imports.
    fn tidy(&self, folder: &Path) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let id = name
                .strip_suffix(".json")
                .and_then(|id| Uuid::try_parse(id).ok());
            let Some(id) = id else { continue };
            let age = entry.metadata().ok().and_then(|data| data.modified().ok());
            let age = age.and_then(|time| time.elapsed().ok());
            let is_old = age.is_some_and(|age| age > self.0.options.retention);
            if is_old && self.status(id).is_none_or(|status| status.is_settled()) {
                let _ = fs::remove_file(entry.path());
                self.known().remove(&id);
            }
        }
    }
}

/// The whole chain: a merchandiser cannot look into the server's log.
fn reason(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
