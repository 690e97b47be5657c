//! `drape import`: a catalogue from a file. Doing it again changes nothing, so that what was cut off is simply done again.

use std::{
    fmt::Write as _,
    fs::File,
    io::{self, Read},
    path::PathBuf,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use anyhow::{Context, bail};
use catalogue_feed::{Bundle, BundleLimits, Format, Items, ReadOptions};
use clap::{Args, ValueEnum};
use command_api::{ImportContext, ImportOptions, ImportReport, Importer, PictureFiles};
use uuid::Uuid;

use crate::{cli, config::Config, connect, progress::Progress};

/// Bytes that a file's format is told by.
const HEAD_BYTES: u64 = 64 << 10;

#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// The file, or a zip with it and its pictures; - is standard input.
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
    /// A folder or a zip with the pictures that the file names by name or address; without it they are left alone, unless the file
    /// itself lies in a zip with them.
    #[arg(long, value_name = "FOLDER|ZIP")]
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
    let Opened {
        items,
        size,
        bundle,
    } = open(arguments, &done)?;
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
    if let Some(files) = pictures(config, arguments, bundle)? {
        importer = importer.with_pictures(files);
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

/// Where pictures are taken from, if from anywhere: what was asked for, else the zip that the file lies in.
fn pictures(
    config: &Config,
    arguments: &ImportArguments,
    bundle: Option<Arc<Bundle>>,
) -> anyhow::Result<Option<PictureFiles>> {
    let Some(place) = &arguments.pictures else {
        let Some(bundle) = bundle else {
            return Ok(None);
        };
        let blobs = connect::blobs(config)?;
        return Ok(Some(PictureFiles::in_bundle(bundle, blobs)));
    };
    let blobs = connect::blobs(config)?;
    if place.is_dir() {
        return Ok(Some(PictureFiles::in_folder(place.clone(), blobs)));
    }
    let cannot = || format!("cannot read {}", place.display());
    let file = File::open(place).with_context(cannot)?;
    let bundle = Bundle::open(file, BundleLimits::OWN).with_context(cannot)?;
    Ok(Some(PictureFiles::in_bundle(Arc::new(bundle), blobs)))
}

/// A file that is about to be imported.
struct Opened {
    items: Items,
    /// How long it is, unpacked; 0 where nobody knows.
    size: u64,
    /// The zip that it lies in.
    bundle: Option<Arc<Bundle>>,
}

fn open(arguments: &ImportArguments, done: &Arc<AtomicU64>) -> anyhow::Result<Opened> {
    let path = &arguments.file;
    let is_input = path.as_os_str() == "-";
    let cannot = || format!("cannot read {}", path.display());
    let mut input: Box<dyn Read + Send> = if is_input {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(path).with_context(cannot)?)
    };
    let mut head = Vec::new();
    input.by_ref().take(HEAD_BYTES).read_to_end(&mut head)?;
    if Bundle::is_zip(&head) {
        if is_input {
            bail!("a zip is read from a file, for its directory stands at its end");
        }
        let bundle = Bundle::open(File::open(path).with_context(cannot)?, BundleLimits::OWN);
        return zipped(bundle.with_context(cannot)?, arguments, done);
    }
    let size = if is_input { 0 } else { path.metadata()?.len() };
    let name = Some(path.as_path()).filter(|_| !is_input);
    let told = Format::detect(name, &head);
    let whole = io::Cursor::new(head).chain(input);
    Ok(Opened {
        items: items(arguments, told, whole, done)?,
        size,
        bundle: None,
    })
}

/// The file in the zip, and the zip for its pictures.
fn zipped(
    bundle: Bundle,
    arguments: &ImportArguments,
    done: &Arc<AtomicU64>,
) -> anyhow::Result<Opened> {
    let cannot = || format!("cannot read {}", arguments.file.display());
    let table = bundle.table().with_context(cannot)?;
    let told = table.detect().with_context(cannot)?;
    Ok(Opened {
        items: items(arguments, told, table.read()?, done)?,
        size: table.size,
        bundle: Some(Arc::new(bundle)),
    })
}

fn items(
    arguments: &ImportArguments,
    told: Option<Format>,
    input: impl Read + Send + 'static,
    done: &Arc<AtomicU64>,
) -> anyhow::Result<Items> {
    let Some(format) = arguments.format.or(told) else {
        bail!(
            "neither name nor beginning of {} tells its format: say it with --format",
            arguments.file.display()
        );
    };
    let counted = Counted {
        inner: input,
        done: Arc::clone(done),
    };
    let options = ReadOptions {
        currency: arguments.currency.clone(),
    };
    Ok(catalogue_feed::read(format, counted, &options))
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
