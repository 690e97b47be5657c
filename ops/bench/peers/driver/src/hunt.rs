//! What was acknowledged, and what the peer's own subscription delivered of it.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use crate::{Arguments, new_id};

/// How long nothing may come after the last writer has ended, before the rest is called lost.
const SETTLE: Duration = Duration::from_secs(4);

/// A hunt under way.
#[derive(Clone, Default)]
pub struct Hunt {
    acknowledged: Arc<Mutex<HashSet<String>>>,
    delivered: Arc<Mutex<HashMap<String, u64>>>,
    last: Arc<Mutex<Option<Instant>>>,
}

impl Hunt {
    /// The subscription delivered the event of this aggregate.
    pub fn see(&self, id: String) {
        *self.delivered.lock().unwrap().entry(id).or_default() += 1;
        *self.last.lock().unwrap() = Some(Instant::now());
    }

    /// Lets all writers add aggregates for the time asked for, waits until the subscription is silent, and prints the count.
    pub async fn run<F, R>(&self, peer: &str, arguments: &Arguments, command: F)
    where
        F: Fn(usize, String) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), String>> + Send,
    {
        let command = Arc::new(command);
        let end = Instant::now() + arguments.time;
        let writers: Vec<_> = (0..arguments.writers)
            .map(|writer| {
                let (command, acknowledged) =
                    (Arc::clone(&command), Arc::clone(&self.acknowledged));
                tokio::spawn(async move {
                    while Instant::now() < end {
                        let id = new_id();
                        if command(writer, id.clone()).await.is_ok() {
                            acknowledged.lock().unwrap().insert(id);
                        }
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.expect("a writer does not panic");
        }
        self.see_the_end().await;
        let acknowledged = self.acknowledged.lock().unwrap();
        let delivered = self.delivered.lock().unwrap();
        let skipped = acknowledged
            .iter()
            .filter(|id| !delivered.contains_key(*id));
        println!(
            "{}",
            serde_json::json!({
                "peer": peer,
                "committed": acknowledged.len(),
                "delivered": delivered.len(),
                "skipped": skipped.count(),
                "doubled": delivered.values().map(|times| times - 1).sum::<u64>(),
            })
        );
    }

    async fn see_the_end(&self) {
        let began = Instant::now();
        loop {
            let last = self.last.lock().unwrap().unwrap_or(began).max(began);
            if last.elapsed() > SETTLE || began.elapsed() > Duration::from_secs(60) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
