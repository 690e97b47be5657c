//! Commands a second, and how long each took.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{Arguments, cpu};

/// What is sent before the clock starts: connections open, caches and plans are there.
const WARM: Duration = Duration::from_millis(500);
/// A command that takes longer than this has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Lets all writers run `command` (given the writer's number) for the time asked for, and prints what came of it.
pub async fn drive<F, R>(peer: &str, arguments: &Arguments, command: F)
where
    F: Fn(usize) -> R + Send + Sync + 'static,
    R: Future<Output = Result<(), String>> + Send,
{
    let command = Arc::new(command);
    let errors = Arc::new(AtomicU64::new(0));
    let begin = Instant::now() + WARM;
    let end = begin + arguments.time;
    let writers: Vec<_> = (0..arguments.writers)
        .map(|writer| {
            let (command, errors) = (Arc::clone(&command), Arc::clone(&errors));
            tokio::spawn(async move {
                let (mut took, mut all) = (Vec::new(), 0_u64);
                while Instant::now() < end {
                    let began = Instant::now();
                    let done = tokio::time::timeout(PATIENCE, command(writer)).await;
                    let ended = Instant::now();
                    match done.unwrap_or_else(|_| Err("it takes too long".to_owned())) {
                        Ok(()) => {
                            all += 1;
                            if began >= begin && ended <= end {
                                took.push((ended - began).as_micros() as u64);
                            }
                        }
                        Err(error) => {
                            if errors.fetch_add(1, Ordering::Relaxed) < 3 {
                                eprintln!("error: {error}");
                            }
                        }
                    }
                }
                (took, all)
            })
        })
        .collect();
    let (mut took, mut all) = (Vec::new(), 0);
    for writer in writers {
        let (of_one, count) = writer.await.expect("a writer does not panic");
        took.extend(of_one);
        all += count;
    }
    took.sort_unstable();
    let at = |share: f64| {
        let place = (took.len() as f64 * share) as usize;
        took.get(place.min(took.len().saturating_sub(1))).copied()
    };
    println!(
        "{}",
        serde_json::json!({
            "peer": peer,
            "writers": arguments.writers,
            "commands": all,
            "per_second": took.len() as f64 / arguments.time.as_secs_f64(),
            "p50_us": at(0.5),
            "p99_us": at(0.99),
            "cpu_us": cpu::own(),
            "errors": errors.load(Ordering::Relaxed),
        })
    );
}
