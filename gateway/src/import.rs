//! `drape import`: a catalogue from a file. Doing it again changes nothing, so that what was cut off is simply done again.

use std::{
    fmt::Write as _,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use anyhow::{Context, bail};
use catalogue_feed::{Format, Items, ReadOptions};
use clap::{Args, ValueEnum};
use command_api::{ImportContext, ImportOptions, ImportReport, Importer, PictureFolder};
use uuid::Uuid;

use crate::{cli, config::Config, connect, progress::Progress};

/// Bytes that a file's format is told by.
const HEAD_BYTES: u64 = 64 << 10;

#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// The file; - is standard input.
    file: PathBuf,
    /// How it is written: jsonl, csv, shopify-csv, google-tsv, google-xml. Told by its name and beginning when absent.
    #[arg(long)]
    format: Option<Format>,
    /// Look what would come of it, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// What becomes of the counts of stock in the file. With `set` there are so many of each size from now on: an older file undoes
    /// what was sold since.
    #[arg(long, value_name = "leave|set", default_value = "leave")]
    stock: StockCounts,
    /// The currency of prices that name none, such as Shopify's.
    #[arg(long, value_name = "CODE", value_parser = currency)]
    currency: Option<String>,
    /// A folder with the pictures that the file names by name or address; without it they are left alone.
    #[arg(long, value_name = "FOLDER")]
    pictures: Option<PathBuf>,
    /// Problems that are shown; the others are counted.
    #[arg(long, default_value_t = 100)]
    max_problems: usize,
}

/// What becomes of counts of stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum StockCounts {
    /// Nothing.
    Leave,
    /// So many are there from now on.
    Set,
}

fn currency(text: &str) -> Result<String, domain::shared::CurrencyError> {
    domain::shared::Currency::parse(text).map(|currency| currency.to_string())
}

/// Imports, and says what came of it. Fails where something was left out.
pub(crate) async fn run(config: &Config, arguments: &ImportArguments) -> anyhow::Result<ExitCode> {
    let done = Arc::new(AtomicU64::new(0));
    let (items, size) = open(arguments, &done)?;
    let (_client, log) = connect::event_log(config).await?;
    let context = ImportContext {
        id: new_id(),
        actor: None,
    };
    let options = ImportOptions {
        dry_run: arguments.dry_run,
        sets_stock: arguments.stock == StockCounts::Set,
        max_problems: arguments.max_problems,
    };
    let progress = Progress::new();
    let begun = Instant::now();
    let tell = |_: &ImportReport| progress.tell("importing", done.load(Ordering::Relaxed), size);
    let mut importer = Importer::new(log);
    if let Some(folder) = &arguments.pictures {
        let blobs = connect::blobs(config)?;
        importer = importer.with_pictures(PictureFolder::new(folder.clone(), blobs));
    }
    let report = importer.run(items, &context, options, tell).await;
    drop(progress);
    let report = report.context("the import was cut off; run it again, and it goes on")?;
    cli::print(&in_words(&report, arguments.dry_run, begun)?)?;
    let left_out = report.problems > 0 || !report.is_whole;
    Ok(if left_out {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// The items of the file, and its size.
fn open(arguments: &ImportArguments, done: &Arc<AtomicU64>) -> anyhow::Result<(Items, u64)> {
    let path = &arguments.file;
    let is_input = path.as_os_str() == "-";
    let mut size = 0;
    let mut input: Box<dyn Read + Send> = if is_input {
        Box::new(io::stdin())
    } else {
        let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        size = file.metadata()?.len();
        Box::new(file)
    };
    let mut head = Vec::new();
    input.by_ref().take(HEAD_BYTES).read_to_end(&mut head)?;
    let name = Some(path.as_path()).filter(|_| !is_input);
    let Some(format) = arguments.format.or_else(|| Format::detect(name, &head)) else {
        bail!(
            "neither name nor beginning of {} tells its format: say it with --format",
            Path::new(path).display()
        );
    };
    let whole = io::Cursor::new(head).chain(input);
    let counted = Counted {
        inner: whole,
        done: Arc::clone(done),
    };
    let options = ReadOptions {
        currency: arguments.currency.clone(),
    };
    Ok((catalogue_feed::read(format, counted, &options), size))
}

fn in_words(report: &ImportReport, dry_run: bool, begun: Instant) -> anyhow::Result<String> {
    let mut text = String::new();
    for problem in &report.first_problems {
        writeln!(text, "{problem}")?;
    }
    let shown = report.first_problems.len() as u64;
    if report.problems > shown {
        writeln!(text, "… and {} more", report.problems - shown)?;
    }
    let would = if dry_run { "would be " } else { "" };
    writeln!(
        text,
        "{} garments: {} {would}added, {} {would}changed, {} as they are, {} refused; {} problems",
        report.garments,
        report.added,
        report.changed,
        report.unchanged,
        report.refused,
        report.problems
    )?;
    if report.counted > 0 {
        writeln!(text, "{} sizes {would}counted", report.counted)?;
    }
    if report.without_picture > 0 {
        writeln!(
            text,
            "{} stay drafts until they have a picture",
            report.without_picture
        )?;
    }
    if !report.is_whole {
        writeln!(text, "the file could not be read to its end")?;
    }
    let seconds = begun.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = report.garments as f64 / seconds.max(0.001);
    writeln!(text, "in {seconds:.1} s, {rate:.0} a second")?;
    Ok(text)
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is where the import's commands enter the system"
)]
fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// A file that says how much of it was read.
struct Counted<R> {
    inner: R,
    done: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.done.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
