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

/// Processor time of this process without its servers, which tells more than the clock on a busy machine.
fn own_cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    // Behind the name in parentheses: state is field 3, user and system time are fields 14 and 15, in hundredths.
    let fields = stat.rsplit_once(')').unwrap().1.split_whitespace();
    let hundredths: f64 = fields
        .skip(11)
        .take(2)
        .map(|field| field.parse::<f64>().unwrap())
        .sum();
    hundredths / 100.0
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
#[expect(clippy::cast_precision_loss, reason = "rates")]
async fn measure_events_per_second() {
    let system = System::start().await;
    let commits = commits();
    for first in (0..commits).step_by(500) {
        let messages: Vec<_> = (first..commits.min(first + 500)).map(message).collect();
        system.log.restore(first + 1, &messages).await.unwrap();
    }
    let rate = |(begun, cpu): (Instant, f64)| {
        let seconds = begun.elapsed().as_secs_f64();
        let micros = (own_cpu_seconds() - cpu) * 1e6 / commits as f64;
        format!(
            "{:.0}/s, {micros:.1} µs of own CPU each",
            commits as f64 / seconds
        )
    };
    let now = || (Instant::now(), own_cpu_seconds());

    let begun = now();
    let mut after = 0;
    while after < commits {
        let page = system
            .log
            .read(after, &jetstream_es::SubjectFilter::all(), 4_000)
            .await
            .unwrap();
        after = page.through;
    }
    println!("read and parse the log: {}", rate(begun));

    let views = ["garment_page", "garment_card"];
    let options = ProjectorOptions {
        archive: false,
        ..quick()
    };
    let begun = now();
    let running = system.project(options.clone());
    for view in views {
        let limit = Duration::from_mins(10);
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
        println!("live, four views at once, {view}: {}", rate(begun));
    }
    running.stop().await;
    for view in views {
        request_rebuild(&system.pool, view).await.unwrap();
        let begun = now();
        rebuild_here(
            system.log.clone(),
            system.pool.clone(),
            options.clone(),
            view,
            |_, _| {},
        )
        .await
        .unwrap();
        println!("rebuild, compare and switch {view}: {}", rate(begun));
    }
}
