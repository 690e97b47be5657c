//! Processor time for pictures: ours against sharp and oximg, with what the results look like.

mod candidates;
mod photo;
mod similarity;

use std::path::PathBuf;

use clap::Args;
use imaging::Picture;
use serde_json::{Value, json};

use self::candidates::{Candidate, File, Job};
use crate::{
    closed_loop::median,
    report::{Report, Row, Wanted, say},
};

/// What is asked of every candidate.
const JOBS: [Job; 3] = [Job::WebP, Job::Avif, Job::Step];

/// `ops/bench/pictures`
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Rounds; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Times that each job is done in a round.
    #[arg(long, default_value_t = 10)]
    times: usize,
    /// A JPEG to use instead of the one that is made here.
    #[arg(long)]
    photo: Option<PathBuf>,
}

/// What one candidate needed for one job.
struct Found {
    candidate: &'static str,
    job: Job,
    cpu_ms: Vec<f64>,
    files: Vec<File>,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let mut report = Report::begin("pictures");
    let folder = tempfile::Builder::new()
        .prefix("drape-bench-pictures-")
        .tempdir()?;
    let photo = photo::photo(options.photo.as_deref(), folder.path())?;
    let all = Candidate::ALL;
    let mut found: Vec<Found> = vec![];
    for round in 1..=options.rounds {
        for job in JOBS {
            for candidate in all {
                say(&format!(
                    "round {round} of {}: {}, {}",
                    options.rounds,
                    candidate.name(),
                    job.name()
                ));
                let times = if job == Job::Step {
                    options.times.div_ceil(5)
                } else {
                    options.times
                };
                let into = folder
                    .path()
                    .join(format!("{}-{}", candidate.name(), job.name()));
                std::fs::create_dir_all(&into)?;
                let Some((cpu_ms, files)) = candidate.run(job, &photo.file, times, &into).await?
                else {
                    continue;
                };
                note(&mut found, candidate, job, cpu_ms, files);
            }
        }
    }
    for job in JOBS {
        let rows = rows(&found, job, &photo.pixels)?;
        report.table(format!("{}, {} rounds", job.title(), options.rounds), rows);
    }
    if let (Some(ours), Some(sharp)) = (
        cpu(&found, "ours", Job::Step),
        cpu(&found, "sharp", Job::Step),
    ) {
        report.goal(
            "the whole rendition step, CPU to sharp's",
            Wanted::AtMost(0.85),
            ours / sharp,
        );
    }
    if let (Some(ours), Some(sharp)) = (
        cpu(&found, "ours", Job::WebP),
        cpu(&found, "sharp", Job::WebP),
    ) {
        report.goal(
            "one WebP of 800 pixels, CPU to sharp's",
            Wanted::AtMost(0.85),
            ours / sharp,
        );
    }
    report.end()
}

fn note(found: &mut Vec<Found>, candidate: Candidate, job: Job, cpu_ms: f64, files: Vec<File>) {
    let name = candidate.name();
    if let Some(known) = found
        .iter_mut()
        .find(|known| known.candidate == name && known.job == job)
    {
        known.cpu_ms.push(cpu_ms);
    } else {
        found.push(Found {
            candidate: name,
            job,
            cpu_ms: vec![cpu_ms],
            files,
        });
    }
}

fn cpu(found: &[Found], candidate: &str, job: Job) -> Option<f64> {
    let found = found
        .iter()
        .find(|found| found.candidate == candidate && found.job == job)?;
    Some(median(&found.cpu_ms))
}

/// One line a candidate: what it cost, how long its files are, and how near they are to the truth at their widths.
fn rows(found: &[Found], job: Job, truth: &Picture) -> anyhow::Result<Vec<Row>> {
    let sharp = cpu(found, "sharp", job);
    let mut rows = vec![];
    for found in found.iter().filter(|found| found.job == job) {
        say(&format!("looking at what {} made", found.candidate));
        let cpu_ms = median(&found.cpu_ms);
        let bytes: usize = found.files.iter().map(|file| file.bytes.len()).sum();
        let mut row: Row = vec![
            ("candidate", json!(found.candidate)),
            ("ms of CPU", json!(cpu_ms)),
            (
                "to sharp",
                sharp.map_or(Value::Null, |sharp| json!(cpu_ms / sharp)),
            ),
            ("bytes", json!(bytes)),
        ];
        for (column, extension) in [
            ("SSIM avif", "avif"),
            ("SSIM webp", "webp"),
            ("SSIM jpg", "jpg"),
        ] {
            let mean = mean_ssim(truth, &found.files, extension)?;
            row.push((
                column,
                mean.map_or(Value::Null, |mean| json!(format!("{mean:.4}"))),
            ));
        }
        rows.push(row);
    }
    Ok(rows)
}

/// Of all files in one format; none where there is none.
fn mean_ssim(truth: &Picture, files: &[File], extension: &str) -> anyhow::Result<Option<f64>> {
    let (mut sum, mut count) = (0.0, 0.0);
    for file in files.iter().filter(|file| file.name.ends_with(extension)) {
        sum += similarity::to_truth(truth, file)?;
        count += 1.0;
    }
    Ok((count > 0.0).then_some(sum / count))
}
