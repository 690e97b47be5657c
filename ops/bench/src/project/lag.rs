//! How long after a write was acknowledged the views show it, under a steady load over HTTP. The commands come at their time,
//! whether or not those before were answered.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use serde_json::json;
use sqlx::postgres::PgListener;
use tokio::{
    sync::Mutex as AsyncMutex,
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep, timeout},
};

use crate::{
    closed_loop::{at, in_micros},
    http::{Connection, request},
    report::{Report, Wanted, say},
    stand::{Drape, Stand, WHOLE, fresh_id},
};

/// Requests under way at once at most.
const CONNECTIONS: usize = 64;
const PATIENCE: Duration = Duration::from_secs(20);
/// The views that a new garment goes into.
const VIEWS: [&str; 2] = ["garment_card", "garment_page"];

/// (view, sequence) and when the database said that the view is there.
type Told = Arc<Mutex<Vec<(String, u64, Instant)>>>;

pub(super) async fn measure(report: &mut Report, rate: u64, secs: u64) -> anyhow::Result<()> {
    say(&format!("{rate} commands a second for {secs} s"));
    let stand = Stand::start(1).await?;
    let drape = stand.drape("LAG", &WHOLE).await?;
    let told = Told::default();
    let listening = tokio::spawn(listen(drape.database.clone(), Arc::clone(&told)));
    let acknowledged = write(&drape, rate, secs).await?;
    let last = acknowledged.iter().map(|(sequence, _)| *sequence).max();
    let last = last.context("nothing was written")?;
    wait_for(&told, last).await?;
    listening.abort();
    let told = told.lock().unwrap_or_else(PoisonError::into_inner);
    let mut rows = vec![];
    for view in VIEWS {
        let reached: BTreeMap<u64, Instant> = told
            .iter()
            .filter(|(of, _, _)| of == view)
            .map(|(_, sequence, when)| (*sequence, *when))
            .collect();
        let lag: Vec<u64> = acknowledged
            .iter()
            .filter_map(|(sequence, when)| {
                let (_, shown) = reached.range(sequence..).next()?;
                Some(in_micros(shown.saturating_duration_since(*when)))
            })
            .collect();
        ensure!(
            lag.len() == acknowledged.len(),
            "{view} was not told of everything"
        );
        let ms = |share| at(&lag, share) as f64 / 1_000.0;
        report.goal(
            format!("{view}: lag p99 in ms"),
            Wanted::AtMost(250.0),
            ms(0.99),
        );
        rows.push(vec![
            ("view", json!(view)),
            ("commands", json!(lag.len())),
            ("p50 ms", json!(ms(0.5))),
            ("p99 ms", json!(ms(0.99))),
            ("most ms", json!(ms(1.0))),
        ]);
    }
    report.table(
        format!("From the acknowledgement until the view shows it, {rate} commands a second for {secs} s"),
        rows,
    );
    Ok(())
}

/// Answers the sequence of each command and when it was acknowledged.
async fn write(drape: &Drape, rate: u64, secs: u64) -> anyhow::Result<Vec<(u64, Instant)>> {
    let mut connections = vec![];
    for _ in 0..CONNECTIONS {
        connections.push(Arc::new(AsyncMutex::new(
            Connection::open(&drape.address).await?,
        )));
    }
    let mut tick = interval(Duration::from_secs(1) / u32::try_from(rate)?);
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut running = JoinSet::new();
    for number in 0..usize::try_from(rate * secs)? {
        tick.tick().await;
        let connection = Arc::clone(&connections[number % CONNECTIONS]);
        running.spawn(async move {
            let id = fresh_id().to_string();
            let body = e2e::garment(&id, "tops").to_string();
            let request = request("POST", "/v1/garments", &[("idempotency-key", &id)], &body);
            let sent = async { connection.lock().await.send(&request).await };
            let answer = timeout(PATIENCE, sent).await.context("no answer")??;
            anyhow::Ok((answer.expect(201)?.sequence()?, Instant::now()))
        });
    }
    let mut acknowledged = vec![];
    while let Some(done) = running.join_next().await {
        acknowledged.push(done??);
    }
    Ok(acknowledged)
}

async fn listen(database: String, told: Told) -> anyhow::Result<()> {
    let mut listener = PgListener::connect(&database).await?;
    listener.listen(projector::CHECKPOINT_CHANNEL).await?;
    loop {
        let notified = listener.recv().await?;
        let when = Instant::now();
        if let Some((view, sequence)) = notified.payload().split_once(' ') {
            let sequence = sequence.parse()?;
            told.lock().unwrap_or_else(PoisonError::into_inner).push((
                view.to_owned(),
                sequence,
                when,
            ));
        }
    }
}

async fn wait_for(told: &Told, last: u64) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    let has = |view: &str| {
        let told = told.lock().unwrap_or_else(PoisonError::into_inner);
        told.iter()
            .any(|(of, sequence, _)| of == view && *sequence >= last)
    };
    while !VIEWS.iter().all(|view| has(view)) {
        ensure!(Instant::now() < deadline, "the views do not get to {last}");
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
