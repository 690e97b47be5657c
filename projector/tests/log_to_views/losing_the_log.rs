//! A log that lost something halts the views, and comes back from the archive.

use std::{fs, path::Path};

use jetstream_es::SubjectFilter;
use projector::{AdoptError, HaltError, RestoreError, adopt_epoch, restore_log, verify_archive};
use testkit::NatsServer;

use crate::{
    archiving::archived,
    garments::{folded, garments, rows},
    support::{System, open, quick},
};

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

async fn fingerprints(system: &System) -> Vec<[u8; 32]> {
    let page = system
        .log
        .read(0, &SubjectFilter::all(), 10_000)
        .await
        .unwrap();
    page.commits
        .iter()
        .map(|commit| commit.fingerprint)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_log_is_restored_and_the_views_go_on_after_its_epoch_is_adopted() {
    let mut system = System::start().await;
    let last = garments(&system, 1, 10).await;
    let running = system.project(quick());
    for view in projector::views::all() {
        system.reached(view.name, last).await;
    }
    archived(&system, last).await;
    running.stop().await;
    let before = fingerprints(&system).await;

    // The server and its disk are gone; a new one takes their place.
    system.nats = NatsServer::start().await.unwrap();
    system.log = open(&system.nats).await;
    let running = system.project(quick());
    let halted = running.halted("garment_page").await;
    assert!(matches!(*halted, HaltError::EpochChanged { .. }));
    assert!(halted.to_string().contains("drape projections adopt-epoch"));
    running.halted("archive").await;
    running.stop().await;
    assert!(matches!(
        adopt_epoch(&system.pool, &system.log).await,
        Err(AdoptError::Differs {
            source: HaltError::LogBehind { .. },
            ..
        })
    ));

    // A part of it, as for a drill; what it lacks can still be added.
    let upto = |sequence| restore_log(&system.pool, &system.log, Some(sequence), |_, _, _| {});
    let beyond = upto(last + 1).await;
    assert!(matches!(beyond, Err(RestoreError::Beyond { .. })));
    let half = upto(last / 2).await.unwrap();
    assert_eq!((half.archived, half.logged), (last / 2, last / 2));
    assert_eq!(fingerprints(&system).await, before[..before.len() / 2]);
    let behind = upto(1).await;
    assert!(matches!(behind, Err(RestoreError::LogAhead { .. })));

    let mut steps = Vec::new();
    let restored = restore_log(&system.pool, &system.log, None, |step, at, of| {
        steps.push((step, at, of));
    })
    .await
    .unwrap();
    assert_eq!((restored.archived, restored.logged), (last, last));
    assert!(steps.contains(&("restoring", last, last)));
    assert_eq!(fingerprints(&system).await, before);

    // The same content under another name is not taken for granted.
    let running = system.project(quick());
    running.halted("garment_page").await;
    running.stop().await;
    let adopted = adopt_epoch(&system.pool, &system.log).await.unwrap();
    assert_eq!(adopted.views.len(), 11);
    assert_eq!(adopted.archive, Some(last));
    let running = system.project(quick());
    let end = garments(&system, 11, 3).await;
    system.reached("garment_page", end).await;
    archived(&system, end).await;
    assert_eq!(rows(&system).await, folded(&system).await);
    verify_archive(&system.pool, &system.log, |_, _| {})
        .await
        .unwrap();
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_store_put_back_halts_the_views_until_the_archive_completes_it() {
    let mut system = System::start().await;
    let early = garments(&system, 1, 3).await;
    let aside = tempfile::tempdir().unwrap();
    let store = system.nats.store_directory();
    system.nats.stop().unwrap();
    copy(&store, aside.path());
    system.nats.restart().await.unwrap();
    system.log = open(&system.nats).await;
    let last = garments(&system, 4, 5).await;
    let running = system.project(quick());
    system.reached("garment_page", last).await;
    archived(&system, last).await;

    system.nats.stop().unwrap();
    fs::remove_dir_all(&store).unwrap();
    copy(aside.path(), &store);
    system.nats.restart().await.unwrap();
    let halted = running.halted("garment_page").await;
    assert!(
        matches!(*halted, HaltError::LogBehind { checkpoint, last: end } if (checkpoint, end) == (last, early))
    );
    assert!(halted.to_string().contains("drape archive restore"));
    running.stop().await;
    assert_eq!(rows(&system).await.len(), 8);

    restore_log(&system.pool, &system.log, None, |_, _, _| {})
        .await
        .unwrap();
    let running = system.project(quick());
    let end = garments(&system, 9, 1).await;
    system.reached("garment_page", end).await;
    assert_eq!(rows(&system).await, folded(&system).await);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_store_that_grew_on_halts_the_views_for_good() {
    let mut system = System::start().await;
    let last = garments(&system, 1, 3).await;
    let running = system.project(quick());
    system.reached("garment_page", last).await;
    archived(&system, last).await;
    running.stop().await;
    system.nats = NatsServer::start().await.unwrap();
    system.log = open(&system.nats).await;
    // Others write what never was, as many messages as before.
    garments(&system, 50, 4).await;
    let refused = adopt_epoch(&system.pool, &system.log).await;
    assert!(matches!(
        refused,
        Err(AdoptError::Differs {
            source: HaltError::LogDiffers { .. },
            ..
        })
    ));
    let restored = restore_log(&system.pool, &system.log, None, |_, _, _| {}).await;
    assert!(
        restored
            .unwrap_err()
            .to_string()
            .contains("something else at sequence 1")
    );
}
