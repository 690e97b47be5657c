//! Rows are what the events say, whatever happens meanwhile.

use projector::{HaltError, ProjectorOptions, verify_archive};
use testkit::eventually;

use crate::{
    archiving::archived,
    garments::{folded, garments, rows},
    support::{System, quick},
};

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_what_the_events_say_also_after_a_restart() {
    let system = System::start().await;
    let first = system.project(quick());
    let last = garments(&system, 1, 10).await;
    system.reached("garment_page", last).await;
    first.stop().await;
    let last = garments(&system, 11, 10).await;
    let second = system.project(quick());
    system.reached("garment_page", last).await;
    system.reached("garment_card", last).await;
    assert_eq!(rows(&system).await, folded(&system).await);
    let published: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM drape.garment_card WHERE status = 'published' AND published = sort_key",
    )
    .fetch_one(&system.pool)
    .await
    .unwrap();
    assert_eq!(published, 10);
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_projectors_apply_each_commit_once() {
    let system = System::start().await;
    // A row's version counts the commits that were applied to it.
    let (one, two) = (system.project(quick()), system.project(quick()));
    let last = garments(&system, 1, 30).await;
    system.reached("garment_page", last).await;
    assert_eq!(rows(&system).await, folded(&system).await);
    one.stop().await;
    let last = garments(&system, 31, 5).await;
    system.reached("garment_page", last).await;
    assert_eq!(rows(&system).await, folded(&system).await);
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn views_and_archive_that_are_far_behind_catch_up_while_commits_go_on() {
    let system = System::start().await;
    garments(&system, 1, 40).await;
    // So few, so that they are far behind; so small, so that there are many batches.
    let behind = || ProjectorOptions {
        catch_up_beyond: 10,
        rebuild_batch_limit: 7,
        batch_limit: 7,
        ..quick()
    };
    let (one, two) = (system.project(behind()), system.project(behind()));
    let last = garments(&system, 41, 20).await;
    for view in ["garment_page", "garment_card", "picture", "tryon_status"] {
        system.reached(view, last).await;
    }
    assert_eq!(rows(&system).await, folded(&system).await);
    archived(&system, last).await;
    let proved = verify_archive(&system.pool, &system.log, |_, _| {}).await;
    assert_eq!(proved.unwrap().archived, last);
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_of_the_database_is_survived() {
    let mut system = System::start_alone().await;
    let running = system.project(quick());
    garments(&system, 1, 10).await;
    system.postgres_mut().kill9().unwrap();
    let last = garments(&system, 11, 10).await;
    system.postgres_mut().restart().await.unwrap();
    system.reached("garment_page", last).await;
    assert_eq!(rows(&system).await, folded(&system).await);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_without_its_tail_halts_the_view() {
    let system = System::start().await;
    let running = system.project(quick());
    let last = garments(&system, 1, 2).await;
    system.reached("garment_page", last).await;
    system.reached("garment_card", last).await;
    system.reached("picture", last).await;
    running.stop().await;
    sqlx::query("UPDATE drape.checkpoint SET sequence = sequence + 5 WHERE view = 'garment_page'")
        .execute(&system.pool)
        .await
        .unwrap();
    sqlx::query("UPDATE drape.checkpoint SET fingerprint = 'other' WHERE view = 'garment_card'")
        .execute(&system.pool)
        .await
        .unwrap();
    sqlx::query("UPDATE drape.checkpoint SET epoch = 'other' WHERE view = 'picture'")
        .execute(&system.pool)
        .await
        .unwrap();
    let running = system.project(quick());
    assert!(matches!(
        *running.halted("garment_page").await,
        HaltError::LogBehind { checkpoint, last: end } if checkpoint == last + 5 && end == last
    ));
    assert!(matches!(
        *running.halted("garment_card").await,
        HaltError::LogDiffers { .. }
    ));
    assert!(matches!(
        *running.halted("picture").await,
        HaltError::EpochChanged { .. }
    ));
    // The others go on.
    let last = garments(&system, 3, 1).await;
    system.reached("tryon_status", last).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_version_of_a_view_is_built_anew() {
    let system = System::start().await;
    let last = garments(&system, 1, 3).await;
    let running = system.project(quick());
    system.reached("garment_page", last).await;
    running.stop().await;
    for change in [
        "UPDATE drape.checkpoint SET version = 0",
        "UPDATE drape.garment_page SET document = '{}'",
    ] {
        sqlx::query(change).execute(&system.pool).await.unwrap();
    }
    let running = system.project(quick());
    eventually("the new rows", || async {
        (rows(&system).await == folded(&system).await).then_some(())
    })
    .await;
    // Both versions were compared before the switch: every old row was wrong.
    let projections = projector::projections(&system.pool, &system.log)
        .await
        .unwrap();
    let page = projections
        .iter()
        .find(|found| found.view == "garment_page")
        .unwrap();
    let comparison = page.rebuild.as_ref().unwrap().comparison.as_ref().unwrap();
    assert_eq!((comparison.at, comparison.differing()), (Some(last), 3));
    running.stop().await;
}
