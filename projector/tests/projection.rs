//! Events in, rows out, on real servers.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may fail in its helpers too"
)]

mod support;

use domain::{
    catalog::garment::{
        AddGarment, AttachPicture, ChangePrice, Garment, GarmentDetails, PublishGarment,
    },
    shared::{Currency, Money, PictureId},
};
use jetstream_es::{CommandContext, Executor, SubjectFilter};
use projector::{HaltError, ViewState, views::Page};
use support::{System, quick};
use testkit::eventually;
use uuid::Uuid;

fn price(minor: u32) -> Money {
    Money {
        minor,
        currency: Currency::EUR,
    }
}

/// Adds garments, publishes every other one; answers the last sequence.
async fn garments(system: &System, from: u128, count: u128) -> u64 {
    let executor = Executor::<Garment>::new(system.log.clone(), ());
    let mut last = 0;
    for number in from..from + count {
        let id = Uuid::from_u128(number).to_string();
        let mut commands = vec![
            AddGarment {
                details: GarmentDetails::sample(),
                price: price(100),
            }
            .into(),
            ChangePrice { price: price(200) }.into(),
        ];
        if number % 2 == 0 {
            let picture = PictureId::new(Uuid::from_u128(7));
            commands.push(AttachPicture { picture }.into());
            commands.push(PublishGarment {}.into());
        }
        for (step, command) in commands.into_iter().enumerate() {
            let context = CommandContext::new(format!("{number}-{step}"));
            let outcome = executor.execute(&id, command, context).await.unwrap();
            last = outcome.position.unwrap().sequence;
        }
    }
    last
}

/// What the log says the pages should be.
async fn folded(system: &System) -> Vec<String> {
    let page = system
        .log
        .read(0, &SubjectFilter::aggregate_type("catalog.garment"), 10_000)
        .await
        .unwrap();
    let mut pages = std::collections::BTreeMap::<Uuid, Option<Page>>::new();
    for commit in page.commits {
        let id: Uuid = commit.aggregate_id.parse().unwrap();
        let time = commit
            .time
            .format(&time::format_description::well_known::Rfc3339)
            .unwrap();
        let folded = pages.entry(id).or_default();
        for event in commit.decode::<Garment>().unwrap() {
            *folded = Page::evolve(
                folded.take(),
                domain::shared::GarmentId::new(id),
                event,
                &time,
            );
        }
    }
    pages
        .into_values()
        .map(|page| serde_json::to_string(&page.unwrap()).unwrap())
        .collect()
}

async fn rows(system: &System) -> Vec<String> {
    sqlx::query_scalar("SELECT document FROM drape.garment_page ORDER BY id")
        .fetch_all(&system.pool)
        .await
        .unwrap()
}

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
    let halted = |view: &'static str| {
        let health = running.health.clone();
        eventually(view, move || {
            let views = health.views();
            async move {
                let found = views.into_iter().find(|found| found.view == view)?;
                match found.state {
                    ViewState::Halted { error } => Some(error),
                    ViewState::Starting | ViewState::Running | ViewState::Waiting { .. } => None,
                }
            }
        })
    };
    assert!(matches!(
        *halted("garment_page").await,
        HaltError::LogBehind { checkpoint, last: end } if checkpoint == last + 5 && end == last
    ));
    assert!(matches!(
        *halted("garment_card").await,
        HaltError::LogDiffers { .. }
    ));
    assert!(matches!(
        *halted("picture").await,
        HaltError::EpochChanged { .. }
    ));
    // The others go on.
    let last = garments(&system, 3, 1).await;
    system.reached("tryon_status", last).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_cannot_be_applied_halts_its_view_and_is_not_skipped() {
    let system = System::start().await;
    let last = garments(&system, 1, 2).await;
    let subject = format!("drape.events.catalog.garment.{}", Uuid::from_u128(9));
    let body = r#"{"v":1,"from_version":1,"events":[{"type":"Nonsense","version":"1","data":{"type":"Nonsense"}}]}"#;
    let context = async_nats::jetstream::new(system.nats.client().await.unwrap());
    let stored = context.publish(subject, body.into()).await.unwrap();
    assert_eq!(stored.await.unwrap().sequence, last + 1);
    let after = garments(&system, 3, 2).await;
    let running = system.project(quick());
    system.reached("picture", after).await;
    let health = running.health.clone();
    eventually("the view to halt", || {
        let halted = health.halted();
        async move { halted }
    })
    .await;
    system.reached("garment_page", last).await;
    let (_, error) = health.halted().unwrap();
    assert!(matches!(&*error, HaltError::Poison { position, .. } if position.sequence == last + 1));
    assert_eq!(rows(&system).await.len(), 2);
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
    running.stop().await;
}
