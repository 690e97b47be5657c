//! From the log into files, in constant memory: one task reads, one thread writes, a bounded queue between them.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    pin::pin,
    sync::Arc,
};

use futures::StreamExt;
use jetstream_es::{Commit, EventLog};
use tokio::{sync::mpsc, task::spawn_blocking};

use crate::{
    error::ReplayError,
    file::{Allowance, HashedFile, Partial},
    filter::{EventFilter, FilterText, Selection},
    formats::{Format, Lines, Table},
    manifest::{FileEntry, Manifest},
    parquet::ParquetFolder,
    schemas::SchemaSet,
};

/// Commits that go to the writer at once.
const CHUNK: usize = 1_024;
/// And their bytes, about.
const CHUNK_BYTES: usize = 2 << 20;

/// What is to be exported.
#[derive(Debug, Clone)]
pub struct ExportRequest {
    /// Which events.
    pub filter: FilterText,
    /// How.
    pub format: Format,
    /// Where to: a folder for Parquet, else a file. It appears when it is whole.
    pub into: PathBuf,
    /// How many bytes at most.
    pub max_bytes: u64,
}

/// How far an export has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Sequence that was read last.
    pub at: u64,
    /// Sequence after which the stretch begins.
    pub after: u64,
    /// Sequence that it ends with.
    pub through: u64,
    /// Rows so far.
    pub rows: u64,
}

/// Exports into a file or folder, with a manifest in it (Parquet) or beside it (`<name>.manifest.json`).
pub async fn export(
    log: &EventLog,
    schemas: Arc<SchemaSet>,
    request: ExportRequest,
    progress: impl FnMut(Progress) + Send + 'static,
) -> Result<Manifest, ReplayError> {
    let filter = request.filter.parse()?;
    let stretch = filter.stretch(log).await?;
    let (format, epoch) = (request.format, log.epoch().to_string());
    let allowance = Allowance::new(request.max_bytes);
    let into = request.into.clone();
    let manifest_for = |files: Vec<FileEntry>| Manifest {
        format,
        epoch: log.epoch().to_string(),
        after: log.position(stretch.0),
        through: log.position(stretch.1),
        filter: request.filter.clone(),
        rows: files.iter().map(|file| file.rows).sum(),
        files,
    };
    let partial = Partial::of(&into)?;
    let scratch = partial.path().to_owned();
    let name = into
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let begin = move || Sink::begin(format, &scratch, name, schemas, epoch, allowance);
    let files = run(log, filter, stretch, begin, progress).await;
    let files = files.map_err(|error| too_large(error, request.max_bytes))?;
    let manifest = manifest_for(files);
    let text =
        serde_json::to_vec_pretty(&manifest).map_err(|error| ReplayError::Row(error.into()))?;
    let beside = match format {
        Format::Parquet => partial.path().join("manifest.json"),
        Format::Ndjson | Format::Csv => beside(&into),
    };
    fs::write(&beside, text).map_err(ReplayError::write(&beside))?;
    partial.keep()?;
    Ok(manifest)
}

/// Writes NDJSON or CSV to a writer, such as standard output. Answers the number of rows.
pub async fn export_to_writer<W: Write + Send + 'static>(
    log: &EventLog,
    filter: &FilterText,
    format: Format,
    writer: W,
    progress: impl FnMut(Progress) + Send + 'static,
) -> Result<u64, ReplayError> {
    let filter = filter.parse()?;
    let stretch = filter.stretch(log).await?;
    let begin = move || match format {
        Format::Csv => Ok(Sink::WriterTable(Table::begin(writer)?)),
        Format::Ndjson | Format::Parquet => Ok(Sink::WriterLines(Lines::begin(writer))),
    };
    let files = run(log, filter, stretch, begin, progress).await?;
    Ok(files.iter().map(|file| file.rows).sum())
}

/// Packs an exported folder into one tar file. Blocks.
pub fn pack(folder: &Path, name: &str, into: &Path) -> Result<(), ReplayError> {
    let failed = || ReplayError::write(into);
    let file = fs::File::create(into).map_err(failed())?;
    let mut archive = tar::Builder::new(std::io::BufWriter::new(file));
    archive.mode(tar::HeaderMode::Deterministic);
    archive.append_dir_all(name, folder).map_err(failed())?;
    let file = archive.into_inner().map_err(failed())?;
    let file = file
        .into_inner()
        .map_err(std::io::IntoInnerError::into_error)
        .map_err(failed())?;
    file.sync_all().map_err(failed())
}

fn beside(into: &Path) -> PathBuf {
    let mut name = into.file_name().unwrap_or_default().to_owned();
    name.push(".manifest.json");
    into.with_file_name(name)
}

/// The disk is not full: the allowance is used up.
fn too_large(error: ReplayError, max_bytes: u64) -> ReplayError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(found) = cause {
        let io = found.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| io.kind() == std::io::ErrorKind::FileTooLarge) {
            return ReplayError::TooLarge(max_bytes);
        }
        cause = found.source();
    }
    error
}

/// Reads the stretch here, and writes it on a thread.
async fn run<W: Write + Send + 'static>(
    log: &EventLog,
    filter: EventFilter,
    stretch: (u64, u64),
    begin: impl FnOnce() -> Result<Sink<W>, ReplayError> + Send + 'static,
    mut progress: impl FnMut(Progress) + Send + 'static,
) -> Result<Vec<FileEntry>, ReplayError> {
    let (sender, mut chunks) = mpsc::channel::<Vec<Commit>>(2);
    let commits = filter.replay(log, stretch);
    let limit = Selection::new(filter.clone());
    let writing = spawn_blocking(move || {
        let (mut sink, mut selection, mut rows) = (begin()?, limit, 0);
        while let Some(chunk) = chunks.blocking_recv() {
            for commit in &chunk {
                let chosen = selection.of(commit);
                rows += chosen.len() as u64;
                sink.write(commit, &chosen)?;
            }
            if let Some(last) = chunk.last() {
                progress(Progress {
                    at: last.position.sequence,
                    after: stretch.0,
                    through: stretch.1,
                    rows,
                });
            }
            if selection.is_over() {
                break;
            }
        }
        sink.finish()
    });
    let read = read(commits, sender).await;
    let written = writing.await.map_err(|_| ReplayError::WriterStopped)?;
    // A writer that failed ended the reading; its reason is the better one.
    let files = written?;
    read.map(|()| files)
}

async fn read(
    commits: impl futures::Stream<Item = Result<Commit, jetstream_es::LogError>>,
    sender: mpsc::Sender<Vec<Commit>>,
) -> Result<(), ReplayError> {
    let mut commits = pin!(commits);
    let (mut chunk, mut bytes) = (Vec::with_capacity(CHUNK), 0);
    while let Some(commit) = commits.next().await {
        let commit = commit?;
        bytes += commit.message.body.len();
        chunk.push(commit);
        if chunk.len() >= CHUNK || bytes >= CHUNK_BYTES {
            bytes = 0;
            let full = std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK));
            // A writer that has enough, or that failed, takes no more.
            if sender.send(full).await.is_err() {
                return Ok(());
            }
        }
    }
    // Nobody takes it when the limit was reached just now.
    let _ = sender.send(chunk).await;
    Ok(())
}

enum Sink<W: Write> {
    Lines(String, Lines<HashedFile>),
    Table(String, Table<HashedFile>),
    Parquet(ParquetFolder),
    WriterLines(Lines<W>),
    WriterTable(Table<W>),
}

impl Sink<std::io::Sink> {
    fn begin(
        format: Format,
        into: &Path,
        name: String,
        schemas: Arc<SchemaSet>,
        epoch: String,
        allowance: Allowance,
    ) -> Result<Self, ReplayError> {
        Ok(match format {
            Format::Ndjson => Self::Lines(name, Lines::begin(HashedFile::create(into, allowance)?)),
            Format::Csv => Self::Table(name, Table::begin(HashedFile::create(into, allowance)?)?),
            Format::Parquet => {
                fs::create_dir(into).map_err(ReplayError::write(into))?;
                let folder = ParquetFolder::begin(into.to_owned(), schemas, epoch, allowance);
                Self::Parquet(folder)
            }
        })
    }
}

impl<W: Write> Sink<W> {
    fn write(&mut self, commit: &Commit, chosen: &[usize]) -> Result<(), ReplayError> {
        match self {
            Self::Lines(_, lines) => lines.write(commit, chosen),
            Self::Table(_, table) => table.write(commit, chosen),
            Self::Parquet(folder) => folder.write(commit, chosen),
            Self::WriterLines(lines) => lines.write(commit, chosen),
            Self::WriterTable(table) => table.write(commit, chosen),
        }
    }

    fn finish(self) -> Result<Vec<FileEntry>, ReplayError> {
        match self {
            Self::Lines(name, lines) => {
                let (file, rows) = lines.finish()?;
                one_file(name, file, rows)
            }
            Self::Table(name, table) => {
                let (file, rows) = table.finish()?;
                one_file(name, file, rows)
            }
            Self::Parquet(folder) => folder.finish(),
            Self::WriterLines(lines) => {
                let (mut writer, rows) = lines.finish()?;
                writer.flush().map_err(ReplayError::Row)?;
                Ok(vec![entry("-".to_owned(), rows, 0, String::new())])
            }
            Self::WriterTable(table) => {
                let (mut writer, rows) = table.finish()?;
                writer.flush().map_err(ReplayError::Row)?;
                Ok(vec![entry("-".to_owned(), rows, 0, String::new())])
            }
        }
    }
}

fn one_file(name: String, file: HashedFile, rows: u64) -> Result<Vec<FileEntry>, ReplayError> {
    let (bytes, sha256) = file.finish().map_err(ReplayError::write(&name))?;
    Ok(vec![entry(name, rows, bytes, sha256)])
}

fn entry(path: String, rows: u64, bytes: u64, sha256: String) -> FileEntry {
    FileEntry {
        path,
        rows,
        bytes,
        sha256,
        event_type: None,
        event_version: None,
        day: None,
        schema: None,
    }
}
