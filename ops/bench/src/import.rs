//! Styles a second out of a file: looked at (`drape import --dry-run`) and taken, against plain publishes of as many messages of the
//! same length; and what memory that takes for a short file and for a long one.

use std::{
    fmt::Write as _,
    fs::File,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use async_nats::jetstream::{
    self,
    stream::{Config, StorageType},
};
use bytes::Bytes;
use clap::Args;
use e2e::Process;
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::json;
use tokio::time::sleep;

use crate::{
    closed_loop::median,
    memory,
    report::{Report, Row, Wanted, say},
    stand::Stand,
};

/// Messages that are on their way at the same time, as in an import.
const AT_ONCE: usize = 64;
/// An import that takes longer has failed.
const PATIENCE: Duration = Duration::from_mins(10);
/// Between two looks at a process.
const PACE: Duration = Duration::from_millis(5);
/// How much longer the long file is.
const LONGER: u64 = 4;
const SIZES: [&str; 4] = ["S", "M", "L", "XL"];

/// `ops/bench/import`
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Styles in the file, each in one colour and four sizes; the long file has four times as many.
    #[arg(long, default_value_t = 5_000)]
    styles: u64,
    /// 50,000 of them.
    #[arg(long)]
    full: bool,
    /// Rounds; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// What one import came to.
struct Imported {
    took: Duration,
    peak_bytes: u64,
}

/// What an import left in the log.
struct Written {
    messages: u64,
    bytes: u64,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let mut report = Report::begin("import");
    let styles = if options.full { 50_000 } else { options.styles };
    let stand = Stand::start(1).await?;
    let folder = stand.folder("catalogues");
    std::fs::create_dir_all(&folder)?;
    let short = file(&folder, styles)?;
    let (mut dry, mut wet, mut raw) = (vec![], vec![], vec![]);
    let (mut dry_peak, mut wet_peak) = (0, 0);
    for round in 1..=options.rounds {
        say(&format!("round {round} of {}: dry", options.rounds));
        let rate = |took: Duration| styles as f64 / took.as_secs_f64();
        let looked = import(&stand, "DRY", &short, styles, true).await?;
        dry.push(rate(looked.0.took));
        dry_peak = dry_peak.max(looked.0.peak_bytes);
        say(&format!("round {round} of {}: wet", options.rounds));
        let (taken, written) = import(&stand, "WET", &short, styles, false).await?;
        wet.push(rate(taken.took));
        wet_peak = wet_peak.max(taken.peak_bytes);
        ensure!(
            written.messages == styles,
            "{styles} styles are {} messages",
            written.messages
        );
        say(&format!("round {round} of {}: raw", options.rounds));
        raw.push(rate(publish(&stand, &written).await?));
    }
    say("the long file");
    let many = styles * LONGER;
    let long = file(&folder, many)?;
    let (dry_long, _) = import(&stand, "DRY", &long, many, true).await?;
    let (wet_long, _) = import(&stand, "WET", &long, many, false).await?;

    let (dry, wet, raw) = (median(&dry), median(&wet), median(&raw));
    let row = |way: &str, rate: f64, peaks: Option<(u64, u64)>| -> Row {
        let mib = |bytes: u64| json!(bytes as f64 / f64::from(1 << 20));
        vec![
            ("way", json!(way)),
            ("styles per second", json!(rate)),
            ("to raw", json!(rate / raw)),
            ("peak MiB", peaks.map_or(json!(null), |peaks| mib(peaks.0))),
            (
                "peak MiB, 4 times as many",
                peaks.map_or(json!(null), |peaks| mib(peaks.1)),
            ),
        ]
    };
    report.goal("dry run, styles per second", Wanted::AtLeast(2_000.0), dry);
    report.goal("import to raw publish", Wanted::AtLeast(0.7), wet / raw);
    for (what, peaks) in [
        ("dry run", (dry_peak, dry_long.peak_bytes)),
        ("import", (wet_peak, wet_long.peak_bytes)),
    ] {
        let grown = peaks.1 as f64 / peaks.0.max(1) as f64;
        let what = format!("{what}, memory peak of four times as many styles");
        report.goal(what, Wanted::AtMost(1.2), grown);
    }
    let title = format!(
        "{styles} styles of four sizes as our CSV, {} rounds, from the start of the process to its end",
        options.rounds
    );
    report.table(
        title,
        vec![
            row("raw publish, one message a style", raw, None),
            row("dry run", dry, Some((dry_peak, dry_long.peak_bytes))),
            row("import", wet, Some((wet_peak, wet_long.peak_bytes))),
        ],
    );
    report.end()
}

/// A catalogue of so many styles; every row says all of its garment.
fn file(folder: &Path, styles: u64) -> anyhow::Result<PathBuf> {
    let path = folder.join(format!("{styles}.csv"));
    let mut out = BufWriter::new(File::create(&path)?);
    writeln!(
        out,
        "name,style,brand,category,category_path,colour,colour_hex,material,season,description,price,size,sku"
    )?;
    for style in 0..styles {
        for size in SIZES {
            let mut row =
                format!("Linen shirt {style},linen-shirt-{style},Meadow,tops,women/tops/shirts,");
            write!(
                row,
                "Tone {},#{:06x},",
                style % 97,
                style.wrapping_mul(0x9e37) & 0xff_ffff
            )?;
            row.push_str("Linen,Summer 2026,\"Washed linen, cut straight, with a kent collar and buttons of shell.\",");
            write!(row, "{}.90 EUR,{size},LS-{style}-{size}", 20 + style % 80)?;
            writeln!(out, "{row}")?;
        }
    }
    out.flush()?;
    Ok(path)
}

/// Imports a file into a log of its own.
async fn import(
    stand: &Stand,
    name: &str,
    file: &Path,
    styles: u64,
    dry_run: bool,
) -> anyhow::Result<(Imported, Written)> {
    stand.log(name).await?;
    let output = stand.folder(&format!("{name}.log"));
    let _ = std::fs::remove_file(&output);
    let place = file.display().to_string();
    let mut arguments = vec!["import", place.as_str()];
    arguments.extend(dry_run.then_some("--dry-run"));
    let began = Instant::now();
    let mut process = Process::start("drape", &arguments, &stand.alone(name), &output)?;
    let mut peak_bytes = 0;
    while process.is_alive() {
        ensure!(began.elapsed() < PATIENCE, "an import takes too long");
        peak_bytes = peak_bytes.max(memory::peak_of_process(process.pid()).unwrap_or(0));
        sleep(PACE).await;
    }
    let took = began.elapsed();
    let said = process.log();
    let would = if dry_run { "would be " } else { "" };
    ensure!(
        said.contains(&format!("{styles} garments: {styles} {would}added")),
        "the import went wrong:\n{said}"
    );
    let context = jetstream::new(stand.client().await?);
    let state = context.get_stream(name).await?.cached_info().state.clone();
    context.delete_stream(name).await?;
    let imported = Imported { took, peak_bytes };
    let written = Written {
        messages: state.messages,
        bytes: state.bytes,
    };
    Ok((imported, written))
}

/// As many messages, each as long as those were on average, each acknowledged when it is on disk.
async fn publish(stand: &Stand, written: &Written) -> anyhow::Result<Duration> {
    let context = jetstream::new(stand.client().await?);
    let config = Config {
        name: "RAW".to_owned(),
        subjects: vec!["raw.>".to_owned()],
        storage: StorageType::File,
        max_bytes: 2 << 30,
        ..Config::default()
    };
    context.create_stream(config).await?;
    let length = usize::try_from(written.bytes / written.messages.max(1))?;
    let body = Bytes::from("x".repeat(length));
    let began = Instant::now();
    let sent = stream::iter(0..written.messages).map(|number| {
        let (context, body) = (context.clone(), body.clone());
        async move {
            let acknowledged = context.publish(format!("raw.{number}"), body).await?;
            acknowledged.await.context("a publish is not acknowledged")
        }
    });
    let sent = sent.buffer_unordered(AT_ONCE);
    sent.try_for_each(|_| async { anyhow::Ok(()) }).await?;
    let took = began.elapsed();
    context.delete_stream("RAW").await?;
    Ok(took)
}
