//! What cannot be applied is parked, holds back only its own aggregate, and is decided about.

use cqrs_es::persist::{EventUpcaster, SerializedEvent};
use domain::{
    catalog::garment::{ChangePrice, GarmentDetails, ReviseGarment},
    shared::GarmentName,
};
use jetstream_es::{EventLog, Upcasters};
use projector::{
    DeadLetter, DeadLetterFilter, Decider, dead_letters, discard_dead_letter, retry_dead_letter,
};
use serde_json::json;
use testkit::eventually;
use uuid::Uuid;

use crate::{
    garments::{command, folded, folded_to, garments, price, price_changed, raw, rows},
    support::{System, log_config, quick},
};

async fn letters(system: &System, view: &str) -> Vec<DeadLetter> {
    let filter = DeadLetterFilter {
        view: Some(view.to_owned()),
        limit: 100,
        ..DeadLetterFilter::default()
    };
    dead_letters(&system.pool, &filter).await.unwrap()
}

async fn price_of(system: &System, number: u128) -> i64 {
    sqlx::query_scalar("SELECT price_minor FROM drape.garment_card WHERE id = $1")
        .bind(Uuid::from_u128(number))
        .fetch_one(&system.pool)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_event_holds_back_its_own_aggregate_until_it_is_discarded() {
    let system = System::start().await;
    garments(&system, 1, 2).await;
    // Garment 1 has two events, garment 2 has four.
    let poison = raw(&system, 1, 3, json!({ "type": "Nonsense" })).await;
    let held = raw(&system, 1, 4, price_changed(777)).await;
    let end = garments(&system, 3, 2).await;
    let running = system.project(quick());
    system.reached("garment_page", end).await;
    system.reached("garment_card", end).await;

    // Everybody else's commits are applied, garment 1 stands where it was.
    assert_eq!(rows(&system).await.len(), 4);
    assert_eq!(price_of(&system, 1).await, 200);
    assert_eq!(price_of(&system, 4).await, 200);
    let found = letters(&system, "garment_card").await;
    let [first, second] = found.as_slice() else {
        panic!("two letters are expected: {found:?}");
    };
    assert_eq!((first.sequence, second.sequence), (poison, held));
    assert_eq!((&*first.state, &*first.class), ("parked", "unknown-type"));
    assert_eq!((&*second.state, &*second.class), ("held", "held"));
    assert_eq!(first.event_types, ["Nonsense"]);
    assert!(
        first.reason.contains("unknown variant `Nonsense`"),
        "{}",
        first.reason
    );
    eventually("the health to tell", || async {
        let views = running.health.views();
        let card = views.iter().find(|view| view.view == "garment_card")?;
        (card.parked == 1).then_some(())
    })
    .await;

    // What comes later is held too; trying again changes nothing but the count.
    let later = raw(&system, 1, 5, price_changed(888)).await;
    system.reached("garment_card", later).await;
    let again = retry_dead_letter(&system.pool, &system.log, first.id, &Decider::new("ann"))
        .await
        .unwrap();
    assert_eq!((again.applied, again.waiting), (0, 3));
    assert_eq!(letters(&system, "garment_card").await[0].tries, 2);

    // Left out, it lets the others through, in their order, and the running view goes on from there.
    let done = discard_dead_letter(&system.pool, &system.log, first.id, &Decider::new("ann"))
        .await
        .unwrap();
    assert_eq!((done.applied, done.waiting, done.reason), (2, 0, None));
    assert_eq!(price_of(&system, 1).await, 888);
    let last = raw(&system, 1, 6, price_changed(999)).await;
    system.reached("garment_card", last).await;
    assert_eq!(price_of(&system, 1).await, 999);
    let left = letters(&system, "garment_card").await;
    assert_eq!(left.len(), 1);
    assert_eq!(
        (&*left[0].state, left[0].discarded_by.as_deref()),
        ("discarded", Some("ann"))
    );
    assert!(
        retry_dead_letter(&system.pool, &system.log, first.id, &Decider::new("ann"))
            .await
            .is_err()
    );

    // The decision holds in a new generation as well.
    projector::request_rebuild(&system.pool, "garment_card", &Decider::new("ann"))
        .await
        .unwrap();
    eventually("the rebuild", || async {
        let all = projector::projections(&system.pool, &system.log)
            .await
            .unwrap();
        let card = all.into_iter().find(|found| found.view == "garment_card")?;
        let rebuild = card.rebuild.filter(|rebuild| rebuild.state == "done")?;
        assert_eq!(rebuild.comparison.unwrap().differing(), 0);
        Some(())
    })
    .await;
    assert_eq!(price_of(&system, 1).await, 999);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_the_tables_refuse_is_found_in_its_batch_and_applied_once_they_are_mended() {
    let system = System::start().await;
    garments(&system, 1, 4).await;
    sqlx::query(
        "ALTER TABLE drape.garment_page ADD CONSTRAINT odd CHECK (document NOT LIKE '%Poison%')",
    )
    .execute(&system.pool)
    .await
    .unwrap();
    let details = GarmentDetails {
        name: GarmentName::parse("Poison").unwrap(),
        ..GarmentDetails::sample()
    };
    let poison = command(&system, 3, "poison", ReviseGarment { details }).await;
    command(&system, 3, "held", ChangePrice { price: price(300) }).await;
    let end = garments(&system, 5, 4).await;
    let running = system.project(quick());
    system.reached("garment_page", end).await;

    let found = letters(&system, "garment_page").await;
    assert_eq!(found.len(), 2);
    assert_eq!(
        (found[0].sequence, &*found[0].class, found[0].tries),
        (poison, "code", 3)
    );
    assert_eq!(found[1].state, "held");
    let (before, whole) = (folded_to(&system, poison - 1).await, folded(&system).await);
    let now = rows(&system).await;
    assert_eq!(now[2], before[2]);
    assert_eq!((&now[..2], &now[3..]), (&whole[..2], &whole[3..]));

    sqlx::query("ALTER TABLE drape.garment_page DROP CONSTRAINT odd")
        .execute(&system.pool)
        .await
        .unwrap();
    let done = retry_dead_letter(&system.pool, &system.log, found[0].id, &Decider::new("ann"))
        .await
        .unwrap();
    assert_eq!((done.applied, done.waiting), (2, 0));
    assert_eq!(rows(&system).await, whole);
    assert!(letters(&system, "garment_page").await.is_empty());
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_class_says_what_is_wrong_with_a_commit() {
    let system = System::start().await;
    garments(&system, 1, 1).await;
    raw(&system, 20, 2, price_changed(1)).await;
    raw(
        &system,
        21,
        1,
        json!({ "type": "PriceChanged", "price": "much" }),
    )
    .await;
    let end = raw(&system, 22, 1, json!({ "type": "PriceChange" })).await;
    let running = system.project(quick());
    system.reached("garment_page", end).await;
    let found = letters(&system, "garment_page").await;
    let classes: Vec<&str> = found.iter().map(|letter| &*letter.class).collect();
    assert_eq!(classes, ["order", "data", "unknown-type"]);
    running.stop().await;
}

/// What a newer program knows of the event that the older one could not read.
struct NonsenseBecamePriceChanged;

impl EventUpcaster for NonsenseBecamePriceChanged {
    fn can_upcast(&self, event_type: &str, _version: &str) -> bool {
        event_type == "Nonsense"
    }

    fn upcast(&self, mut event: SerializedEvent) -> SerializedEvent {
        event.payload = price_changed(555);
        event
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_older_program_could_not_read_is_applied_by_a_newer_one() {
    let mut system = System::start().await;
    garments(&system, 1, 2).await;
    raw(&system, 1, 3, json!({ "type": "Nonsense" })).await;
    let held = raw(&system, 1, 4, price_changed(777)).await;
    let running = system.project(quick());
    system.reached("garment_card", held).await;
    assert_eq!(price_of(&system, 1).await, 200);
    running.stop().await;

    let mut config = log_config(&system.nats);
    let newer: [Box<dyn EventUpcaster>; 1] = [Box::new(NonsenseBecamePriceChanged)];
    config.upcasters = Upcasters::new(newer);
    let client = system.nats.client().await.unwrap();
    system.log = EventLog::open(client, config).await.unwrap();
    let running = system.project(quick());
    eventually("what was parked and held to be applied", || async {
        let left = letters(&system, "garment_card").await;
        (left.is_empty() && price_of(&system, 1).await == 777).then_some(())
    })
    .await;
    running.stop().await;
}
