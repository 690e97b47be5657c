//! Carries out what a file says, garment by garment, many at once.

use std::collections::HashSet;

use catalogue_feed::{Items, RowProblem, Severity};
use domain::{
    catalog::{
        garment::{Garment, GarmentRejection, ImportGarment, WantedStatus},
        stock::{Stock, StockRejection},
    },
    media::picture::{Picture, Progress, Purpose},
    shared::{GarmentId, PictureId},
};
use futures::{Stream, StreamExt, stream};
use jetstream_es::{CommandContext, EventLog, ExecuteError, Executor, ExecutorOptions, LogError};
use thiserror::Error;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{
    item::{Parsed, parsed},
    pictures::{PictureFailure, PictureFiles},
    status::ImportReport,
    stock,
};

/// Garments that are decided at the same time; so many appends share a sync.
const AT_ONCE: usize = 64;
/// Items that are read ahead.
const AHEAD: usize = 256;
/// Aggregates that are remembered: each comes once, so that more would only take room.
const REMEMBERED: std::num::NonZeroUsize = match std::num::NonZeroUsize::new(4 * AT_ONCE) {
    Some(count) => count,
    None => std::num::NonZeroUsize::MIN,
};

/// Why an import did not come to its end. The same file again goes on.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The log cannot be read.
    #[error("the log is out of reach")]
    Log(#[from] LogError),
    /// Nor written.
    #[error("a garment cannot be stored")]
    Execute(#[from] ExecuteError<GarmentRejection>),
    /// Nor a count of stock.
    #[error("a count of stock cannot be stored")]
    Stock(#[source] ExecuteError<StockRejection>),
    /// Nor a picture.
    #[error("a picture cannot be taken")]
    Picture(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Who imports, and whether it counts.
#[derive(Debug, Clone)]
pub struct ImportContext {
    /// The import's own id: everything that it changes belongs together.
    pub id: Uuid,
    /// Opaque id of who asked.
    pub actor: Option<String>,
}

/// The bounds of an import.
#[derive(Debug, Clone, Copy)]
pub struct ImportOptions {
    /// Look, but change nothing.
    pub dry_run: bool,
    /// Take counts of stock too. An older file undoes what was sold since.
    pub sets_stock: bool,
    /// Problems that are kept; the others are counted.
    pub max_problems: usize,
}

/// Imports into this log. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Importer {
    garments: Executor<Garment>,
    pictures: Executor<Picture>,
    stocks: Executor<Stock>,
    files: Option<PictureFiles>,
}

/// What came of an item.
enum Came {
    Added,
    Changed,
    Same,
    Refused,
}

/// What came of a step, and what there is to say about it.
struct Step {
    came: Option<Came>,
    lacks_picture: bool,
    /// Sizes that were counted.
    counted: u64,
    problems: Vec<RowProblem>,
}

impl Importer {
    /// An importer into this log.
    pub fn new(log: EventLog) -> Self {
        let options = ExecutorOptions {
            cache_capacity: REMEMBERED,
            ..ExecutorOptions::default()
        };
        Self {
            garments: Executor::with_options(log.clone(), (), options),
            pictures: Executor::with_options(log.clone(), (), options),
            stocks: Executor::with_options(log, (), options),
            files: None,
        }
    }

    /// Takes pictures that a file names by name or address from there.
    #[must_use]
    pub fn with_pictures(mut self, files: PictureFiles) -> Self {
        self.files = Some(files);
        self
    }

    /// Reads all items and carries them out. `tell` hears after each how far it is.
    pub async fn run(
        &self,
        items: Items,
        context: &ImportContext,
        options: ImportOptions,
        mut tell: impl FnMut(&ImportReport),
    ) -> Result<ImportReport, ImportError> {
        let mut report = ImportReport {
            is_whole: true,
            ..ImportReport::default()
        };
        let steps = reading(items)
            .map(|read| self.step(read, context, options))
            .buffer_unordered(AT_ONCE);
        let mut steps = std::pin::pin!(steps);
        while let Some(step) = steps.next().await {
            let step = step?;
            report.garments += u64::from(step.came.is_some());
            match step.came {
                Some(Came::Added) => report.added += 1,
                Some(Came::Changed) => report.changed += 1,
                Some(Came::Same) => report.unchanged += 1,
                Some(Came::Refused) => report.refused += 1,
                None => {}
            }
            report.without_picture += u64::from(step.lacks_picture);
            report.counted += step.counted;
            for problem in step.problems {
                report.note(problem, options.max_problems);
            }
            tell(&report);
        }
        report.first_problems.sort_by_key(|problem| problem.line);
        Ok(report)
    }

    async fn step(
        &self,
        read: Result<Box<Parsed>, Vec<RowProblem>>,
        context: &ImportContext,
        options: ImportOptions,
    ) -> Result<Step, ImportError> {
        let dry_run = options.dry_run;
        let mut parsed = match read {
            Ok(parsed) => *parsed,
            Err(problems) => {
                return Ok(Step {
                    came: None,
                    lacks_picture: false,
                    counted: 0,
                    problems,
                });
            }
        };
        let mut problems = Vec::new();
        let id = parsed.id.to_string();
        let there = self.garments.load(&id).await?;
        let shown_now = there.aggregate.picture();
        match self.picture(&parsed, shown_now, context, dry_run).await? {
            Ok(picture) => parsed.command.picture = picture,
            Err(why) => problems.push(RowProblem::warning(parsed.line, "pictures", why)),
        }
        let shown = parsed.command.picture.or(shown_now);
        let lacks_picture = parsed.command.status == WantedStatus::Published && shown.is_none();
        let came = match parsed.command.changes(&there.aggregate) {
            Err(rejection) => Err(rejection.to_string()),
            Ok(events) if events.is_empty() => Ok(Came::Same),
            Ok(_) if dry_run => Ok(came_to(there.version)),
            Ok(_) => match self.carry_out(parsed.id, parsed.command, context).await? {
                Ok(true) => Ok(came_to(there.version)),
                Ok(false) => Ok(Came::Same),
                Err(rejection) => Err(rejection),
            },
        };
        let came = came.unwrap_or_else(|why| {
            problems.push(RowProblem::error(parsed.line, "", why));
            Came::Refused
        });
        let counts = !matches!(came, Came::Refused) && options.sets_stock;
        let said = Some(parsed.stock).filter(|_| counts).unwrap_or_default();
        let of = (parsed.id, parsed.line);
        let (counted, refused) = stock::count(&self.stocks, of, said, context, dry_run).await?;
        problems.extend(refused);
        Ok(Step {
            came: Some(came),
            lacks_picture,
            counted,
            problems,
        })
    }

    /// Whether something was written; why not, if the garment refuses.
    async fn carry_out(
        &self,
        id: GarmentId,
        command: ImportGarment,
        context: &ImportContext,
    ) -> Result<Result<bool, String>, ImportError> {
        let id = id.to_string();
        // The same import again, after a crash, gives the same commands.
        let command_id = Uuid::new_v5(&context.id, id.as_bytes()).to_string();
        let mut commanded =
            CommandContext::new(command_id).with_correlation_id(context.id.to_string());
        commanded.actor.clone_from(&context.actor);
        match self.garments.execute(&id, command.into(), commanded).await {
            Ok(outcome) => Ok(Ok(outcome.written)),
            Err(ExecuteError::Rejected(rejection)) => Ok(Err(rejection.to_string())),
            Err(
                error @ (ExecuteError::TooLarge { .. }
                | ExecuteError::Conflict
                | ExecuteError::WrongVersion { .. }
                | ExecuteError::CommandIdReused),
            ) => Ok(Err(error.to_string())),
            Err(
                error @ (ExecuteError::Unavailable(_)
                | ExecuteError::OutcomeUnknown(_)
                | ExecuteError::LogFull
                | ExecuteError::InvalidId(_)
                | ExecuteError::Corrupt(_)),
            ) => Err(error.into()),
        }
    }

    /// The picture that the item names, if it is another than the garment has; why it is left as it is otherwise.
    async fn picture(
        &self,
        parsed: &Parsed,
        shown: Option<PictureId>,
        context: &ImportContext,
        dry_run: bool,
    ) -> Result<Result<Option<PictureId>, String>, ImportError> {
        if let Some(named) = parsed.picture {
            if shown == Some(named) || self.is_usable(named).await? {
                return Ok(Ok(Some(named)));
            }
            let why = "there is no such picture of the catalogue here: the garment's picture stays as it is";
            return Ok(Err(why.to_owned()));
        }
        let (Some(files), Some(file), false) = (&self.files, &parsed.file, dry_run) else {
            return Ok(Ok(None));
        };
        match files.picture(&self.pictures, file, context).await {
            Ok(picture) => Ok(Ok(Some(picture))),
            Err(PictureFailure::Unusable(why)) => Ok(Err(why)),
            Err(error @ (PictureFailure::Log(_) | PictureFailure::Store(_))) => {
                Err(ImportError::Picture(error.into()))
            }
        }
    }

    async fn is_usable(&self, picture: PictureId) -> Result<bool, ImportError> {
        let picture = self.pictures.load(&picture.to_string()).await?.aggregate;
        let upload = picture.upload();
        let is_public = upload.is_some_and(|upload| upload.purpose == Purpose::Catalogue);
        Ok(is_public && picture.progress() != Progress::Refused)
    }
}

fn came_to(version: u64) -> Came {
    if version == 0 {
        Came::Added
    } else {
        Came::Changed
    }
}

/// Reads and checks on a thread of its own, a little ahead. Ends when nobody takes any more.
fn reading(items: Items) -> impl Stream<Item = Result<Box<Parsed>, Vec<RowProblem>>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let read = tokio::task::spawn_blocking(move || {
        let mut seen = HashSet::new();
        for entry in items {
            let read = match entry {
                Err(problem) => Err(vec![problem]),
                Ok(entry) => parsed(entry).and_then(|parsed| once(&mut seen, parsed)),
            };
            if sender.blocking_send(read).is_err() {
                return;
            }
        }
    });
    stream::unfold(
        (receiver, Some(read)),
        |(mut receiver, mut read)| async move {
            if let Some(next) = receiver.recv().await {
                return Some((next, (receiver, read)));
            }
            // A reader that broke must not look like the end of the file.
            let broke = read.take()?.await.err()?;
            tracing::error!(error = %broke, "the reader of an import broke");
            let problem = RowProblem::fatal(0, "the reader broke; this is a mistake of ours");
            Some((Err(vec![problem]), (receiver, None)))
        },
    )
}

/// A garment comes once: of two in one file nobody could say which is meant, and each import would change it twice.
fn once(seen: &mut HashSet<GarmentId>, parsed: Parsed) -> Result<Box<Parsed>, Vec<RowProblem>> {
    if seen.insert(parsed.id) {
        return Ok(Box::new(parsed));
    }
    Err(vec![RowProblem {
        line: parsed.line,
        column: None,
        severity: Severity::Error,
        message: "this garment stood further up in the file; all its rows must stand together"
            .to_owned(),
    }])
}
