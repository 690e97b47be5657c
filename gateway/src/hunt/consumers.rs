//! Those who are told: tails of the log and live HTTP clients. Each remembers every sequence, as it came.

use std::{
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures::StreamExt;
use jetstream_es::{EventLog, SubjectFilter};
use tokio::task::AbortHandle;

use super::place::TOKEN;

/// The sequences that a consumer was told, as they came.
type Told = Arc<Mutex<Vec<u64>>>;

/// How long the tail that begins anew follows each time.
const TAIL_LIFE: Duration = Duration::from_secs(2);

/// Consumers at work; they end with this.
pub(super) struct Consumers(Vec<(String, Told, AbortHandle)>);

impl Consumers {
    pub(super) fn start(log: &EventLog, http: &str) -> anyhow::Result<Self> {
        let mut all = vec![];
        let mut add = |name: &str, told: Told, task: tokio::task::JoinHandle<()>| {
            all.push((name.to_owned(), told, task.abort_handle()));
        };
        for (name, life) in [
            ("live tail", None),
            ("live tail, begun anew every 2 s", Some(TAIL_LIFE)),
        ] {
            let told = Told::default();
            add(
                name,
                Arc::clone(&told),
                tokio::spawn(tail(log.clone(), told, life)),
            );
        }
        let client = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .read_timeout(Duration::from_secs(40))
            .build()?;
        for number in 1..=3 {
            let told = Told::default();
            let watching = watch(
                client.clone(),
                http.to_owned(),
                log.epoch().to_string(),
                Arc::clone(&told),
            );
            add(
                &format!("SSE client {number}"),
                told,
                tokio::spawn(watching),
            );
        }
        Ok(Self(all))
    }

    /// Waits until each was told of this sequence, at most so long.
    pub(super) async fn wait_for(&self, sequence: u64, limit: Duration) {
        let deadline = Instant::now() + limit;
        let has = |told: &Told| {
            let told = told.lock().unwrap_or_else(PoisonError::into_inner);
            told.last().is_some_and(|last| *last >= sequence)
        };
        while Instant::now() < deadline && !self.0.iter().all(|(_, told, _)| has(told)) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Names, and what each was told.
    pub(super) fn told(&self) -> impl Iterator<Item = (&str, Vec<u64>)> {
        self.0.iter().map(|(name, told, _)| {
            let told = told.lock().unwrap_or_else(PoisonError::into_inner);
            (name.as_str(), told.clone())
        })
    }
}

impl Drop for Consumers {
    fn drop(&mut self) {
        for (_, _, task) in &self.0 {
            task.abort();
        }
    }
}

fn note(told: &Told, sequence: u64) {
    told.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(sequence);
}

/// Follows the log; with a `life` it hangs up after it and goes on from what it has.
async fn tail(log: EventLog, told: Told, life: Option<Duration>) {
    let mut last = 0;
    loop {
        let mut commits = pin!(log.follow(last, SubjectFilter::all()));
        let reading = async {
            while let Some(commit) = commits.next().await {
                last = commit.position.sequence;
                note(&told, last);
            }
        };
        match life {
            // What was noted when time ran out was told: there is no await in between.
            Some(life) => drop(tokio::time::timeout(life, reading).await),
            None => reading.await,
        }
    }
}

/// Watches `/v1/events/stream` from the beginning; comes again with the last id whenever the stream ends.
async fn watch(client: reqwest::Client, http: String, epoch: String, told: Told) {
    let mut last = format!("{epoch}-0");
    loop {
        let request = client
            .get(format!("{http}/v1/events/stream"))
            .bearer_auth(TOKEN)
            .header("last-event-id", &last);
        if let Ok(answer) = request.send().await
            && answer.status().is_success()
        {
            let mut bytes = answer.bytes_stream();
            let mut buffer = Vec::new();
            while let Some(Ok(chunk)) = bytes.next().await {
                buffer.extend_from_slice(&chunk);
                while let Some(end) = buffer.windows(2).position(|pair| pair == b"\n\n") {
                    let block: Vec<u8> = buffer.drain(..end + 2).collect();
                    if let Some(id) = id_of(&String::from_utf8_lossy(&block)) {
                        // Every commit of the hunt has one event, so an id is a commit's.
                        if let Some(sequence) =
                            id.rsplit_once('-').and_then(|(_, text)| text.parse().ok())
                        {
                            note(&told, sequence);
                        }
                        last = id;
                    }
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn id_of(block: &str) -> Option<String> {
    let id = block.lines().find_map(|line| line.strip_prefix("id:"))?;
    Some(id.trim().to_owned())
}
