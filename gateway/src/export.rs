//! `drape export`: the catalogue as a file, as it stood at one position of the log.
//!
//! Two passes: which garments there are (16 bytes each), then each one folded up to that position, in the order of their
//! ids. So nothing but the ids grows with the catalogue, and what is written meanwhile is not in it.

use std::{
    collections::BTreeSet,
    io::{self, BufWriter, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    pin::pin,
    process::ExitCode,
};

use anyhow::{Context, bail};
use catalogue_feed::{Format, Item, Status, WriteOptions, Writer};
use clap::{Args, Subcommand};
use command_api::{item_of, tell_stock};
use domain::catalog::{garment::Garment, stock::Stock};
use futures::{StreamExt, stream};
use jetstream_es::{EventLog, Executor, Position, SubjectFilter};
use uuid::Uuid;

use crate::{config::Config, connect, progress::Progress};

/// Garments that are read at the same time.
const AT_ONCE: usize = 32;

#[derive(Debug, Subcommand)]
pub(crate) enum ExportCommand {
    /// Every garment, in the order of their ids: what `drape import` reads.
    Catalogue(ExportArguments),
}

#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// How it is to be written: jsonl, csv, shopify-csv, google-tsv, google-xml.
    #[arg(long, default_value_t = Format::Jsonl)]
    format: Format,
    /// The file, which appears when it is whole; - is standard output.
    #[arg(long, default_value = "-")]
    into: PathBuf,
    /// As it stood at this position (`<epoch>-<sequence>`); as it is now when absent.
    #[arg(long)]
    at: Option<Position>,
    /// Only garments that are so far: draft, published, retired. All of them when absent.
    #[arg(long)]
    status: Option<Status>,
    /// Say how many there are of each size too, where somebody counted. An import takes that with --stock set only.
    #[arg(long)]
    stock: bool,
    /// The shop's address of garments, which their slugs follow: Google wants links.
    #[arg(long, value_name = "ADDRESS")]
    shop: Option<String>,
}

/// Writes it, and says where the log stood.
pub(crate) async fn run(config: &Config, command: &ExportCommand) -> anyhow::Result<ExitCode> {
    let ExportCommand::Catalogue(arguments) = command;
    let (_client, log) = connect::event_log(config).await?;
    let position = moment(&log, arguments.at.clone()).await?;
    let count = if arguments.into.as_os_str() == "-" {
        let out = BufWriter::new(io::stdout());
        write(&log, &position, arguments, out).await?.1
    } else {
        to_file(&log, &position, arguments).await?
    };
    // Standard output may hold the garments themselves.
    let place = arguments.into.display();
    writeln!(
        io::stderr(),
        "{count} garments to {place}, as of {position}"
    )?;
    Ok(ExitCode::SUCCESS)
}

async fn moment(log: &EventLog, at: Option<Position>) -> anyhow::Result<Position> {
    let newest = log.position(log.last_sequence().await?);
    let Some(at) = at else { return Ok(newest) };
    if at.epoch != *log.epoch() {
        bail!(
            "the position is one of another log: this one has epoch {}",
            log.epoch()
        );
    }
    if at.sequence > newest.sequence {
        bail!("the log ends at {newest}");
    }
    Ok(at)
}

async fn to_file(
    log: &EventLog,
    position: &Position,
    arguments: &ExportArguments,
) -> anyhow::Result<u64> {
    let into = &arguments.into;
    let folder = into
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let scratch = tempfile::Builder::new()
        .prefix(".export-")
        // As any file of this user's: a scratch file would be theirs alone.
        .permissions(std::fs::Permissions::from_mode(0o666))
        .tempfile_in(folder.unwrap_or(Path::new(".")))
        .with_context(|| format!("cannot write beside {}", into.display()))?;
    let (out, count) = write(log, position, arguments, BufWriter::new(scratch)).await?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.as_file().sync_all()?;
    file.persist(into)
        .with_context(|| format!("cannot write {}", into.display()))?;
    Ok(count)
}

async fn write<W: Write>(
    log: &EventLog,
    position: &Position,
    arguments: &ExportArguments,
    out: W,
) -> anyhow::Result<(W, u64)> {
    let progress = Progress::new();
    let ids = garments(log, position.sequence, &progress).await?;
    let options = WriteOptions {
        shop: arguments.shop.clone(),
    };
    let mut writer = Writer::new(arguments.format, out, options)?;
    let folds = Folds {
        garments: Executor::new(log.clone(), ()),
        stocks: arguments.stock.then(|| Executor::new(log.clone(), ())),
    };
    let of = ids.len() as u64;
    let folded = stream::iter(ids).map(|id| folds.item(id, position));
    let mut folded = pin!(folded.buffered(AT_ONCE));
    let (mut seen, mut count) = (0, 0);
    while let Some(item) = folded.next().await {
        seen += 1;
        progress.tell("writing", seen, of);
        let wanted = |status| arguments.status.is_none_or(|wanted| status == Some(wanted));
        if let Some(item) = item?.filter(|item| wanted(item.status)) {
            writer.write(&item)?;
            count += 1;
        }
    }
    Ok((writer.finish()?, count))
}

/// Folds what is written.
struct Folds {
    garments: Executor<Garment>,
    /// Only where counts are asked for: each is one more read.
    stocks: Option<Executor<Stock>>,
}

impl Folds {
    async fn item(&self, id: Uuid, position: &Position) -> anyhow::Result<Option<Item>> {
        let id = id.to_string();
        let then = self.garments.load_as_of(&id, position).await?;
        let Some(mut item) = item_of(&id, &then.aggregate) else {
            return Ok(None);
        };
        if let Some(stocks) = &self.stocks {
            let stock = stocks.load_as_of(&id, position).await?;
            tell_stock(&mut item, &stock.aggregate);
        }
        Ok(Some(item))
    }
}

/// The ids of all garments up to and with this sequence, sorted.
async fn garments(
    log: &EventLog,
    through: u64,
    progress: &Progress,
) -> anyhow::Result<BTreeSet<Uuid>> {
    let filter = SubjectFilter::aggregate_type(<Garment as cqrs_es::Aggregate>::TYPE);
    let mut commits = pin!(log.replay(0, through, filter));
    let mut ids = BTreeSet::new();
    while let Some(commit) = commits.next().await {
        let commit = commit?;
        progress.tell("looking", commit.position.sequence, through);
        let id = Uuid::try_parse(&commit.aggregate_id);
        ids.insert(id.with_context(|| format!("{} is no garment's id", commit.aggregate_id))?);
    }
    Ok(ids)
}
