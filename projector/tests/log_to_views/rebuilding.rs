//! A new generation is built beside the live one and switched in.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use projector::{
    Decider, ProjectorOptions, Rebuild, cancel_rebuild, projections, rebuild_here, request_rebuild,
};
use sqlx::{Connection, PgConnection};
use testkit::{eventually, eventually_within};
use uuid::Uuid;

use crate::{
    garments::{folded, garments, rows},
    support::{System, quick},
};

pub(crate) fn ann() -> Decider {
    Decider::new("ann")
}

/// Small batches, so that a rebuild has many.
fn in_small_steps() -> ProjectorOptions {
    ProjectorOptions {
        rebuild_batch_limit: 7,
        rebuild_last_stretch: 70,
        ..quick()
    }
}

async fn rebuild_of(system: &System, view: &str) -> Option<Rebuild> {
    let all = projections(&system.pool, &system.log).await.unwrap();
    all.into_iter().find(|found| found.view == view)?.rebuild
}

pub(crate) async fn until(system: &System, view: &'static str, state: &'static str) -> Rebuild {
    eventually_within(Duration::from_secs(30), state, || async {
        rebuild_of(system, view)
            .await
            .filter(|rebuild| rebuild.state == state)
    })
    .await
}

async fn scratch_tables(system: &System) -> i64 {
    sqlx::query_scalar(
        "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'drape_next'",
    )
    .fetch_one(&system.pool)
    .await
    .unwrap()
}

/// Reads one row again and again over one connection, as a client does; answers how often.
async fn read(url: String, stop: Arc<AtomicBool>) -> u64 {
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let mut reads = 0;
    while !stop.load(Ordering::Relaxed) {
        let found: Option<String> =
            sqlx::query_scalar("SELECT document FROM drape.garment_page WHERE id = $1")
                .bind(Uuid::from_u128(1))
                .fetch_optional(&mut connection)
                .await
                .unwrap();
        assert!(found.unwrap().contains("linen-shirt"));
        reads += 1;
    }
    reads
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_and_commits_go_on_while_the_new_rows_are_built_compared_and_switched_in() {
    let system = System::start().await;
    let last = garments(&system, 1, 30).await;
    let (one, two) = (
        system.project(in_small_steps()),
        system.project(in_small_steps()),
    );
    for view in ["garment_page", "garment_card", "picture"] {
        system.reached(view, last).await;
    }
    // A row that is not as the log says.
    sqlx::query("UPDATE drape.garment_page SET status = 'retired' WHERE id = $1")
        .bind(Uuid::from_u128(5))
        .execute(&system.pool)
        .await
        .unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..3)
        .map(|_| tokio::spawn(read(system.url.clone(), stop.clone())))
        .collect();
    let written = AtomicU64::new(31);
    let write = async {
        while !stop.load(Ordering::Relaxed) {
            garments(&system, written.fetch_add(1, Ordering::Relaxed).into(), 1).await;
            // Steps this small catch up with a shop at work, not with a disk that syncs a thousand times a second.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let rebuild = async {
        assert!(
            request_rebuild(&system.pool, "garment_page", &ann())
                .await
                .unwrap()
        );
        let first = until(&system, "garment_page", "done")
            .await
            .comparison
            .unwrap();
        assert_eq!(first.differing(), 1);
        assert_eq!(first.tables[0].keys, [Uuid::from_u128(5).to_string()]);
        // The new rows are right, and again nothing stands in the way.
        assert!(
            request_rebuild(&system.pool, "garment_page", &ann())
                .await
                .unwrap()
        );
        assert!(
            request_rebuild(&system.pool, "garment_card", &ann())
                .await
                .unwrap()
        );
        assert!(
            request_rebuild(&system.pool, "picture", &ann())
                .await
                .unwrap()
        );
        for view in ["garment_page", "garment_card", "picture"] {
            assert_eq!(
                until(&system, view, "done")
                    .await
                    .comparison
                    .unwrap()
                    .differing(),
                0
            );
        }
        stop.store(true, Ordering::Relaxed);
    };
    tokio::join!(write, rebuild);
    for reader in readers {
        assert!(reader.await.unwrap() > 10);
    }
    let end = system.log.last_sequence().await.unwrap();
    for view in ["garment_page", "garment_card", "picture"] {
        system.reached(view, end).await;
    }
    assert_eq!(rows(&system).await, folded(&system).await);
    assert_eq!(scratch_tables(&system).await, 0);
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_that_is_interrupted_goes_on_and_one_that_is_called_off_leaves_nothing() {
    let system = System::start().await;
    let last = garments(&system, 1, 20).await;
    let running = system.project(in_small_steps());
    system.reached("garment_page", last).await;
    // A reader that never ends keeps the switch away.
    let mut reader = PgConnection::connect(&system.url).await.unwrap();
    let mut reading = reader.begin().await.unwrap();
    sqlx::query("SELECT count(*) FROM drape.garment_page")
        .execute(&mut *reading)
        .await
        .unwrap();
    request_rebuild(&system.pool, "garment_page", &ann())
        .await
        .unwrap();
    eventually("the new rows to be built", || async {
        let rebuild = rebuild_of(&system, "garment_page").await?;
        (rebuild.sequence >= Some(last)).then_some(())
    })
    .await;
    running.stop().await;
    assert_eq!(rows(&system).await, folded(&system).await);
    assert_eq!(scratch_tables(&system).await, 1);

    let running = system.project(in_small_steps());
    assert!(
        cancel_rebuild(&system.pool, "garment_page", &ann())
            .await
            .unwrap()
    );
    assert!(
        !cancel_rebuild(&system.pool, "garment_page", &ann())
            .await
            .unwrap()
    );
    assert_eq!(scratch_tables(&system).await, 0);
    request_rebuild(&system.pool, "garment_page", &ann())
        .await
        .unwrap();
    eventually("the new rows to be built", || async {
        let rebuild = rebuild_of(&system, "garment_page").await?;
        (rebuild.sequence >= Some(last)).then_some(())
    })
    .await;
    running.stop().await;

    reading.rollback().await.unwrap();
    let begun = rebuild_of(&system, "garment_page").await.unwrap().sequence;
    let end = garments(&system, 21, 2).await;
    let running = system.project(in_small_steps());
    until(&system, "garment_page", "done").await;
    assert!(begun >= Some(last));
    system.reached("garment_page", end).await;
    assert_eq!(rows(&system).await, folded(&system).await);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_projector_the_caller_builds_the_view_and_sees_how_far_it_is() {
    let system = System::start().await;
    let last = garments(&system, 1, 20).await;
    let running = system.project(quick());
    system.reached("garment_page", last).await;
    running.stop().await;
    sqlx::query("DELETE FROM drape.garment_page WHERE id = $1")
        .bind(Uuid::from_u128(2))
        .execute(&system.pool)
        .await
        .unwrap();
    request_rebuild(&system.pool, "garment_page", &ann())
        .await
        .unwrap();
    let mut told = Vec::new();
    let (log, pool) = (system.log.clone(), system.pool.clone());
    let options = ProjectorOptions {
        rebuild_last_stretch: 7,
        ..in_small_steps()
    };
    rebuild_here(log, pool, options, "garment_page", |at, of| {
        told.push((at, of));
    })
    .await
    .unwrap();
    assert!(told.len() > 3);
    assert_eq!(told.last(), Some(&(last, last)));
    assert_eq!(rows(&system).await, folded(&system).await);
    let comparison = rebuild_of(&system, "garment_page")
        .await
        .unwrap()
        .comparison
        .unwrap();
    assert_eq!(comparison.tables[0].keys, [Uuid::from_u128(2).to_string()]);
}
