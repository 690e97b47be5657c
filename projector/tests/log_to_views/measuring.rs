//! Measurements: how fast commits become rows.
//! `cargo nextest run --workspace -E 'test(measure_events_per_second)' --run-ignored only --no-capture`

use std::time::{Duration, Instant};

use domain::catalog::garment::{GarmentDetails, GarmentEvent};
use jetstream_es::RawMessage;
use projector::{ProjectorOptions, rebuild_here, request_rebuild};
use serde_json::json;
use testkit::eventually_within;
use uuid::Uuid;

use crate::{
    garments::price,
    support::{System, quick},
};

const COMMITS_PER_GARMENT: u64 = 10;

#[expect(
    clippy::disallowed_methods,
    reason = "a measurement's size, from its command line"
)]
fn commits() -> u64 {
    std::env::var("DRAPE_MEASURE_COMMITS")
        .ok()
        .and_then(|number| number.parse().ok())
        .unwrap_or(100_000)
}

/// A garment's history, one event in each commit, those of many garments mixed.
fn message(number: u64) -> RawMessage {
    let garments = 500 * COMMITS_PER_GARMENT;
    let round = number / garments;
    let garment = round * 500 + number % 500;
    let step = (number % garments) / 500;
    let event = if step == 0 {
        GarmentEvent::GarmentAdded {
            details: GarmentDetails::sample(),
            price: price(100),
        }
    } else {
        GarmentEvent::PriceChanged {
            price: price(u32::try_from(number).unwrap()),
        }
    };
    let kind = if step == 0 {
        "GarmentAdded"
    } else {
        "PriceChanged"
    };
    let body = json!({
        "v": 1,
        "from_version": step + 1,
        "events": [{ "type": kind, "version": "1", "data": event }],
    });
    let id = Uuid::from_u128(u128::from(garment) + 1);
    RawMessage {
        subject: format!("drape.events.catalog.garment.{id}"),
        headers: vec![("Drape-Command-Id".to_owned(), format!("c-{number}"))],
        body: body.to_string().into(),
        stored: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn measure_events_per_second() {
    let system = System::start().await;
    let commits = commits();
    for first in (0..commits).step_by(500) {
        let messages: Vec<_> = (first..commits.min(first + 500)).map(message).collect();
        system.log.restore(first + 1, &messages).await.unwrap();
    }
    let rate = |begun: Instant| commits as f64 / begun.elapsed().as_secs_f64();

    let begun = Instant::now();
    let mut after = 0;
    while after < commits {
        let page = system
            .log
            .read(after, &jetstream_es::SubjectFilter::all(), 4_000)
            .await
            .unwrap();
        after = page.through;
    }
    println!("read and parse the log: {:.0} commits/s", rate(begun));

    let views = ["garment_page", "garment_card"];
    let options = ProjectorOptions {
        archive: false,
        ..quick()
    };
    let begun = Instant::now();
    let running = system.project(options.clone());
    for view in views {
        let limit = Duration::from_secs(600);
        eventually_within(limit, view, || async {
            let at: i64 =
                sqlx::query_scalar("SELECT sequence FROM drape.checkpoint WHERE view = $1")
                    .bind(view)
                    .fetch_one(&system.pool)
                    .await
                    .ok()?;
            (at.unsigned_abs() == commits).then_some(())
        })
        .await;
        println!(
            "live, four views at once, {view}: {:.0} events/s",
            rate(begun)
        );
    }
    running.stop().await;
    for view in views {
        request_rebuild(&system.pool, view).await.unwrap();
        let begun = Instant::now();
        rebuild_here(
            system.log.clone(),
            system.pool.clone(),
            options.clone(),
            view,
            |_, _| {},
        )
        .await
        .unwrap();
        println!(
            "rebuild, compare and switch {view}: {:.0} events/s",
            rate(begun)
        );
    }
}
