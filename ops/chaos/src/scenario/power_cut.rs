//! The power goes: what the log's disk holds at that moment is all that is left.
//!
//! nats-server writes into an ext4 image on a loop device; at the cut the image's file is copied without any sync, which is
//! what had reached the disk, and a new server starts on the copy. Done twice: as drape ships it, where nothing may be lost,
//! and without `sync_interval: always`, where something must be lost, or else the test could not see a loss. Half of the load
//! are single messages, half atomic batches: what the appends of few and of many writers are. Needs root.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::ensure;
use async_nats::HeaderMap;
use async_nats::jetstream::{self, message::PublishMessage, stream};
use tokio::time::{Instant, timeout};

use super::Settings;
use crate::{
    check::Evidence,
    disk::{Mount, shell, text},
    report::Report,
};

const STREAM: &str = "POWER";
const WRITERS: usize = 8;
/// Messages of one batch.
const BATCH: u64 = 32;
const WAIT: Duration = Duration::from_secs(10);

pub(super) async fn run(settings: &Settings) -> anyhow::Result<Report> {
    let mut report = Report::new("power-cut", settings.seed, vec![], &Evidence::default());
    let time = settings.time.min(Duration::from_secs(5));
    let (safe_acknowledged, safe_lost) = cut(true, time).await?;
    let (acknowledged, lost) = cut(false, time).await?;
    report.figures.clear();
    report.figure("acknowledged, sync always", safe_acknowledged);
    report.figure("lost, sync always", safe_lost);
    report.figure("acknowledged, no sync", acknowledged);
    report.figure("lost, no sync", lost);
    if safe_lost > 0 {
        let said = format!("{safe_lost} of {safe_acknowledged} acknowledged commits were lost");
        report.violations.push(said);
    }
    if lost == 0 || safe_acknowledged == 0 {
        let why = "without sync_interval nothing was lost either: the cut did not cut";
        report.void = Some(why.to_owned());
    }
    Ok(report)
}

/// Writes for so long, cuts, and answers how many commits were acknowledged and how many of those are gone.
async fn cut(sync_always: bool, time: Duration) -> anyhow::Result<(usize, usize)> {
    let directory = tempfile::Builder::new().prefix("drape-power-").tempdir()?;
    let image = directory.path().join("disk.img");
    shell("truncate", &["--size=512M", text(&image)?])?;
    shell("mkfs.ext4", &["-q", "-F", text(&image)?])?;
    let disk = Mount::image(&image, directory.path().join("disk"))?;
    let mut server = Server::start(directory.path(), disk.at(), sync_always).await?;
    let client = server.client().await?;
    let context = jetstream::new(client.clone());
    let config = stream::Config {
        name: STREAM.to_owned(),
        allow_atomic_publish: true,
        subjects: vec!["power.>".to_owned()],
        ..stream::Config::default()
    };
    context.create_stream(config).await?;
    // The stream itself is to be there afterwards, whatever becomes of its messages.
    shell("sync", &["--file-system", text(disk.at())?])?;

    let acknowledged = Arc::new(Mutex::new(vec![]));
    let mut writers: Vec<_> = (0..WRITERS)
        .map(|writer| tokio::spawn(write(context.clone(), writer, Arc::clone(&acknowledged))))
        .collect();
    let batches = write_batches(client, context.clone(), Arc::clone(&acknowledged));
    writers.push(tokio::spawn(batches));
    tokio::time::sleep(time).await;
    server.signal("STOP")?;
    let promised = acknowledged
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let rest = directory.path().join("rest.img");
    shell("cp", &["--sparse=always", text(&image)?, text(&rest)?])?;
    for writer in writers {
        writer.abort();
    }
    server.kill();
    drop(disk);

    let disk = Mount::image(&rest, directory.path().join("rest"))?;
    let mut server = Server::start(directory.path(), disk.at(), sync_always).await?;
    let context = jetstream::new(server.client().await?);
    let mut gone = 0;
    // The cut may have taken the stream itself: then everything in it is gone.
    let stream = timeout(WAIT, context.get_stream(STREAM)).await?.ok();
    for (sequence, body) in &promised {
        let found = match &stream {
            Some(stream) => stream.get_raw_message(*sequence).await.ok(),
            None => None,
        };
        gone += usize::from(found.is_none_or(|found| found.payload != *body));
    }
    server.kill();
    drop(disk);
    Ok((promised.len(), gone))
}

async fn write(
    context: jetstream::Context,
    writer: usize,
    acknowledged: Arc<Mutex<Vec<(u64, String)>>>,
) {
    for number in 0_u64.. {
        let body = format!("{writer}-{number}");
        let subject = format!("power.{writer}");
        let Ok(sent) = context.publish(subject, body.clone().into()).await else {
            return;
        };
        let Ok(ack) = sent.await else { return };
        let mut list = acknowledged.lock().unwrap_or_else(PoisonError::into_inner);
        list.push((ack.sequence, body));
    }
}

/// Batches as `jetstream-es` sends them for many writers: all of one is acknowledged at once.
async fn write_batches(
    client: async_nats::Client,
    context: jetstream::Context,
    acknowledged: Arc<Mutex<Vec<(u64, String)>>>,
) {
    for batch in 0_u64.. {
        let body = |number: u64| format!("batch-{batch}-{number}");
        let headers = |number: u64| {
            let mut headers = HeaderMap::new();
            headers.insert("Nats-Batch-Id", format!("power-{batch}"));
            headers.insert("Nats-Batch-Sequence", number.to_string());
            headers
        };
        for number in 1..BATCH {
            let subject = format!("power.batch.{number}");
            let sent = client.publish_with_headers(subject, headers(number), body(number).into());
            if sent.await.is_err() {
                return;
            }
        }
        let mut commit = headers(BATCH);
        commit.insert("Nats-Batch-Commit", "1");
        let message = PublishMessage::build()
            .payload(body(BATCH).into())
            .headers(commit);
        let Ok(sent) = context.send_publish("power.batch.last", message).await else {
            return;
        };
        let Ok(ack) = sent.await else { return };
        let mut list = acknowledged.lock().unwrap_or_else(PoisonError::into_inner);
        let first = ack.sequence + 1 - BATCH;
        list.extend((1..=BATCH).map(|number| (first + number - 1, body(number))));
    }
}

/// A nats-server on a mounted disk.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    async fn start(directory: &Path, disk: &Path, sync_always: bool) -> anyhow::Result<Self> {
        let port = testkit::free_port()?;
        let sync = if sync_always {
            "sync_interval: always"
        } else {
            ""
        };
        let config = format!(
            "listen: 127.0.0.1:{port}\njetstream {{\n  store_dir: \"{}\"\n  max_file_store: 32G\n  {sync}\n}}\n",
            disk.join("store").display()
        );
        let path = directory.join("nats.conf");
        std::fs::write(&path, config)?;
        let child = Command::new(testkit::nats_server_binary()?)
            .arg("-c")
            .arg(&path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let server = Self { child, port };
        let deadline = Instant::now() + WAIT;
        while server.client().await.is_err() {
            ensure!(
                Instant::now() < deadline,
                "nats-server does not start on the disk"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(server)
    }

    async fn client(&self) -> anyhow::Result<async_nats::Client> {
        Ok(async_nats::connect(format!("nats://127.0.0.1:{}", self.port)).await?)
    }

    fn signal(&self, name: &str) -> anyhow::Result<()> {
        shell("kill", &[&format!("-{name}"), &self.child.id().to_string()])
    }

    fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
