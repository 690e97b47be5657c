//! Events into views, one view at a time: the others are paused, and the log is there before it is let go.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use jetstream_es::EventLog;
use projector::{Decider, Projector, ProjectorOptions, pause, resume};
use serde_json::{Value, json};
use sqlx::{PgPool, postgres::PgPoolOptions};
use tokio::{task::JoinHandle, time::sleep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::copy;
use crate::{
    report::{Report, Row, Wanted, say},
    seed::{self, Seed},
    stand::{Stand, prefix},
};

const PATIENCE: Duration = Duration::from_mins(5);

/// A log of one sort of event, and the views that it goes into with the tables that they are.
struct Shape {
    name: &'static str,
    log: &'static str,
    aggregate: &'static str,
    event: &'static str,
    /// Events of one aggregate.
    each: u64,
    views: &'static [(&'static str, &'static [&'static str])],
}

const SHAPES: [Shape; 4] = [
    Shape {
        name: "a garment each",
        log: "GARMENTS",
        aggregate: "catalog.garment",
        event: "GarmentAdded",
        each: 1,
        views: &[
            ("garment_card", &["garment_card"]),
            ("garment_page", &["garment_page"]),
        ],
    },
    Shape {
        name: "a picture each",
        log: "PICTURES",
        aggregate: "media.picture",
        event: "PictureUploaded",
        each: 1,
        views: &[("picture", &["picture", "picture_rendition"])],
    },
    Shape {
        name: "a try-on each",
        log: "TRY_ONS",
        aggregate: "tryon.session",
        event: "TryOnRequested",
        each: 1,
        views: &[("tryon_status", &["tryon_status"])],
    },
    Shape {
        name: "ten of each garment",
        log: "HISTORIES",
        aggregate: "catalog.garment",
        event: "GarmentAdded",
        each: 10,
        views: &[
            ("garment_card", &["garment_card"]),
            ("garment_page", &["garment_page"]),
        ],
    },
];

pub(super) async fn measure(report: &mut Report, events: u64) -> anyhow::Result<()> {
    let stand = Stand::start(1).await?;
    let mut rows = vec![];
    for shape in &SHAPES {
        say(&format!("{events} events, {}", shape.name));
        let place = Place::start(&stand, shape).await?;
        place.fill(&stand, shape, events).await?;
        for (view, tables) in shape.views {
            let rate = place.catch_up(view, events).await?;
            let (count, seconds) = copy::measure(&place.database, tables).await?;
            // With many events a row, both take other steps: only the rates say something then.
            let ratio = (shape.each == 1).then_some(rate * seconds / events as f64);
            if let Some(ratio) = ratio {
                ensure!(
                    count >= events,
                    "{events} events became {count} rows of {view}"
                );
                report.goal(format!("{view} to COPY"), Wanted::AtLeast(0.5), ratio);
            }
            let row: Row = vec![
                ("view", json!(view)),
                ("events", json!(shape.name)),
                ("events/s", json!(rate)),
                ("rows", json!(count)),
                ("COPY rows/s", json!(count as f64 / seconds)),
                ("ratio", ratio.map_or(Value::Null, |ratio| json!(ratio))),
            ];
            rows.push(row);
        }
        place.stop().await?;
    }
    report.table(
        format!("{events} events into one view at a time, live; COPY of its rows"),
        rows,
    );
    Ok(())
}

/// A log, a database, and a projector between them whose views are all paused.
struct Place {
    log: EventLog,
    database: String,
    pool: PgPool,
    projecting: JoinHandle<()>,
    shutdown: CancellationToken,
}

impl Place {
    async fn start(stand: &Stand, shape: &Shape) -> anyhow::Result<Self> {
        let log = stand.log(shape.log).await?;
        let database = stand.postgres.fresh_database().await?;
        let pool = PgPoolOptions::new()
            .max_connections(16)
            .connect(&database)
            .await?;
        projector::migrate(&pool).await?;
        let options = ProjectorOptions {
            archive: false,
            // The log holds what is measured and nothing else.
            tell_decisions: false,
            ..ProjectorOptions::default()
        };
        let projector = Projector::new(log.clone(), pool.clone(), options);
        let shutdown = CancellationToken::new();
        let projecting = tokio::spawn(projector.run(shutdown.clone()));
        let place = Self {
            log,
            database,
            pool,
            projecting,
            shutdown,
        };
        place.pause_all().await?;
        Ok(place)
    }

    async fn pause_all(&self) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let by = Decider::new("bench");
        for view in [
            "garment_card",
            "garment_page",
            "garment_version",
            "garment_stock",
            "collection",
            "category",
            "pinned_search",
            "picture",
            "tryon_status",
            "wardrobe",
            "audit_entry",
        ] {
            // Until a projector has looked after it, there is nothing to pause.
            while pause(&self.pool, view, &by).await.is_err() {
                ensure!(Instant::now() < deadline, "nobody looks after {view}");
                sleep(Duration::from_millis(10)).await;
            }
        }
        Ok(())
    }

    async fn fill(&self, stand: &Stand, shape: &Shape, events: u64) -> anyhow::Result<()> {
        let example = seed::example(shape.event)?;
        let seeds: Box<dyn Iterator<Item = Seed> + Send> = if shape.each > 1 {
            Box::new(seed::garments(events, shape.each, &example))
        } else {
            let (aggregate, event) = (shape.aggregate, shape.event);
            Box::new((1..=events).map(move |number| Seed {
                aggregate,
                id: Uuid::from_u128(u128::from(number)),
                version: 1,
                event: (event, example.clone()),
            }))
        };
        seed::fill(&stand.client().await?, &prefix(shape.log), seeds).await?;
        ensure!(
            self.log.last_sequence().await? == events,
            "the log has another length"
        );
        Ok(())
    }

    /// Lets the view go, and answers how many events a second it took until it was at the end.
    async fn catch_up(&self, view: &str, events: u64) -> anyhow::Result<f64> {
        let began = Instant::now();
        resume(&self.pool, view, &Decider::new("bench")).await?;
        let question = "SELECT sequence FROM drape.checkpoint WHERE view = $1";
        loop {
            let at: i64 = sqlx::query_scalar(question)
                .bind(view)
                .fetch_one(&self.pool)
                .await?;
            if at.unsigned_abs() == events {
                break;
            }
            ensure!(began.elapsed() < PATIENCE, "{view} is at {at} of {events}");
            sleep(Duration::from_millis(5)).await;
        }
        let rate = events as f64 / began.elapsed().as_secs_f64();
        pause(&self.pool, view, &Decider::new("bench")).await?;
        Ok(rate)
    }

    async fn stop(self) -> anyhow::Result<()> {
        self.shutdown.cancel();
        self.projecting.await.context("the projector failed")?;
        self.pool.close().await;
        Ok(())
    }
}
