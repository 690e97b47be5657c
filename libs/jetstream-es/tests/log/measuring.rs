//! A measurement for the README: how many appends a process should let through at once.
//! `cargo test -p jetstream-es --test log --release -- --ignored measure --nocapture`

use std::sync::Arc;
use std::time::Instant;

use async_nats::jetstream;
use tokio::sync::Semaphore;

use crate::account::new_log;

const GATES: [usize; 4] = [1, 2, 4, 64];
const ROUNDS: usize = 15;
const TASKS: usize = 64;
const APPENDS: usize = 640;

/// The rounds of all gates are interleaved, so that a busy machine is busy for each of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn measure_appends_per_second() {
    let (server, _log) = new_log().await;
    let context = jetstream::new(server.client().await.unwrap());
    let mut rates = vec![Vec::new(); GATES.len()];
    for round in 0..ROUNDS {
        for (index, gate) in GATES.into_iter().enumerate() {
            rates[index].push(append_all(&context, gate, &format!("r{round}g{gate}")).await);
        }
    }
    for (gate, mut rates) in GATES.into_iter().zip(rates) {
        rates.sort_unstable();
        println!(
            "{gate:>3} at once: median {} appends/s, {} to {}",
            rates[ROUNDS / 2],
            rates[0],
            rates[ROUNDS - 1]
        );
    }
}

async fn append_all(context: &jetstream::Context, gate: usize, name: &str) -> u128 {
    let gate = Arc::new(Semaphore::new(gate));
    let started = Instant::now();
    let mut running = Vec::new();
    for task in 0..TASKS {
        let (context, gate, name) = (context.clone(), gate.clone(), name.to_owned());
        running.push(tokio::spawn(async move {
            for number in 0..APPENDS / TASKS {
                let _turn = gate.acquire().await.unwrap();
                let subject = format!("test.events.bank.account.{name}-{task}-{number}");
                let body = "x".repeat(300);
                context
                    .publish(subject, body.into())
                    .await
                    .unwrap()
                    .await
                    .unwrap();
            }
        }));
    }
    for task in running {
        task.await.unwrap();
    }
    APPENDS as u128 * 1_000_000 / started.elapsed().as_micros()
}
