//! The measurement behind the README's table and the ADR on group commit.
//! `cargo nextest run --workspace --run-ignored only --no-capture measure_appends`

use std::time::Instant;

use async_nats::jetstream;

use crate::account::{AccountCommand, command, executor, new_log};

const WRITERS: [usize; 5] = [1, 4, 16, 32, 64];
const ROUNDS: usize = 7;
const APPENDS: usize = 1_280;

/// Rounds of plain publishes and of commands, interleaved, so that a busy machine is busy for both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn measure_appends_per_second() {
    let (server, log) = new_log().await;
    let context = jetstream::new(server.client().await.unwrap());
    let accounts = executor(&log);
    println!("writers  publishes/s  commands/s  ratio (medians of {ROUNDS} rounds)");
    for writers in WRITERS {
        let (mut plain, mut commands) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let context = context.clone();
            plain.push(
                rate(writers, move |writer, number| {
                    let context = context.clone();
                    async move {
                        let subject = format!(
                            "test.events.bank.account.p{writers}-{round}-{writer}-{number}"
                        );
                        let sent = context.publish(subject, "x".repeat(300).into());
                        sent.await.unwrap().await.unwrap();
                    }
                })
                .await,
            );
            let accounts = accounts.clone();
            commands.push(
                rate(writers, move |writer, number| {
                    let accounts = accounts.clone();
                    async move {
                        let id = format!("c{writers}-{round}-{writer}-{number}");
                        let noted = accounts.execute(&id, AccountCommand::Note(150), command(&id));
                        noted.await.unwrap();
                    }
                })
                .await,
            );
        }
        let (plain, commands) = (median(plain), median(commands));
        let ratio = commands / plain;
        println!("{writers:>7}  {plain:>11.0}  {commands:>10.0}  {ratio:>5.2}");
    }
}

async fn rate<F, R>(writers: usize, append: F) -> f64
where
    F: Fn(usize, usize) -> R + Clone + Send + 'static,
    R: Future<Output = ()> + Send,
{
    let started = Instant::now();
    let mut running = Vec::new();
    for writer in 0..writers {
        let append = append.clone();
        running.push(tokio::spawn(async move {
            for number in 0..APPENDS / writers {
                append(writer, number).await;
            }
        }));
    }
    for task in running {
        task.await.unwrap();
    }
    f64::from(u32::try_from(APPENDS).unwrap()) / started.elapsed().as_secs_f64()
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}
