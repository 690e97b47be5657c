//! Figures for the README: how many appends at once are fastest. Ignored: `--ignored measure --nocapture`.

use std::time::Instant;

use crate::account::{AccountCommand, command, executor, new_log};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn measure_commands_per_second() {
    for tasks in [1_usize, 8, 64] {
        let (_server, log) = new_log().await;
        let executor = executor(&log);
        let each = 2_000 / tasks;
        let started = Instant::now();
        let mut running = Vec::new();
        for task in 0..tasks {
            let executor = executor.clone();
            running.push(tokio::spawn(async move {
                for number in 0..each {
                    let id = format!("a{task}-{}", number % 5);
                    executor
                        .execute(&id, AccountCommand::Add(1), command(number))
                        .await
                        .unwrap();
                }
            }));
        }
        for task in running {
            task.await.unwrap();
        }
        let rate =
            f64::from(u32::try_from(each * tasks).unwrap()) / started.elapsed().as_secs_f64();
        println!("{tasks:>3} tasks: {rate:.0} commands/s");
    }
}
