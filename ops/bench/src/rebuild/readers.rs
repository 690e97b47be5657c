//! Shoppers: they read the catalogue at a steady pace, the list and one garment of it in turn.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    closed_loop::{at, in_micros},
    http::{Connection, request},
};

const READERS: u64 = 4;
/// A read that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(5);

/// What readers saw.
#[derive(Debug, Default)]
pub(super) struct Reads {
    /// How long each answer took, in microseconds.
    pub(super) micros: Vec<u64>,
    pub(super) failed: u64,
}

impl Reads {
    pub(super) fn millis_at(&self, share: f64) -> f64 {
        at(&self.micros, share) as f64 / 1_000.0
    }
}

/// Readers at work, until they are stopped.
pub(super) struct Readers {
    seen: Arc<Mutex<Reads>>,
    stop: CancellationToken,
    running: JoinSet<anyhow::Result<()>>,
}

impl Readers {
    pub(super) async fn start(address: &str, per_second: u64) -> anyhow::Result<Self> {
        let (seen, stop) = (Arc::default(), CancellationToken::new());
        let mut running = JoinSet::new();
        let pause = Duration::from_secs(1) * u32::try_from(READERS)? / u32::try_from(per_second)?;
        for _ in 0..READERS {
            let connection = Connection::open(address).await?;
            let reading = read(connection, address.to_owned(), Arc::clone(&seen), pause);
            let stop = stop.clone();
            running.spawn(async move { stop.run_until_cancelled(reading).await.unwrap_or(Ok(())) });
        }
        Ok(Self {
            seen,
            stop,
            running,
        })
    }

    /// What they saw since the last time.
    pub(super) fn take(&self) -> Reads {
        std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) async fn stop(mut self) -> anyhow::Result<()> {
        self.stop.cancel();
        while let Some(ended) = self.running.join_next().await {
            ended.context("a reader failed")??;
        }
        Ok(())
    }
}

async fn read(
    mut connection: Connection,
    address: String,
    seen: Arc<Mutex<Reads>>,
    pause: Duration,
) -> anyhow::Result<()> {
    let list = request("GET", "/v1/garments?status=all&limit=24", &[], "");
    let one = request(
        "GET",
        &format!("/v1/garments/{}", Uuid::from_u128(1)),
        &[],
        "",
    );
    let mut tick = interval(pause);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for question in [&list, &one].into_iter().cycle() {
        tick.tick().await;
        let began = Instant::now();
        let answered = timeout(PATIENCE, connection.send(question)).await;
        let good = answered.is_ok_and(|answer| answer.is_ok_and(|answer| answer.status == 200));
        let micros = in_micros(began.elapsed());
        {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            if good {
                seen.micros.push(micros);
            } else {
                seen.failed += 1;
            }
        }
        if !good {
            // What is left of the answer is of no use.
            connection = Connection::open(&address).await?;
        }
    }
    ensure!(false, "the readers stopped");
    Ok(())
}
