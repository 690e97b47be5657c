//! What people decide about views is in the log and in the audit, whatever dies in between.

use projector::{Decider, pause, resume};
use serde_json::{Value, json};
use testkit::{NatsServer, eventually};

use crate::{
    garments::garments,
    support::{System, open, quick},
};

fn ann() -> Decider {
    Decider {
        network: Some("203.0.113.0/24".to_owned()),
        reason: Some("the disk is full".to_owned()),
        ..Decider::new("ann")
    }
}

async fn noted(system: &System) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM drape.decision")
        .fetch_one(&system.pool)
        .await
        .unwrap()
}

/// Waits until nothing is left to be told.
async fn all_told(system: &System) {
    eventually("the log to be told", || async {
        (noted(system).await == 0).then_some(())
    })
    .await;
}

async fn entries(system: &System) -> Vec<Value> {
    let question = "SELECT document FROM drape.audit_entry ORDER BY sequence, ordinal";
    let rows: Vec<String> = sqlx::query_scalar(question)
        .fetch_all(&system.pool)
        .await
        .unwrap();
    let rows = rows.iter();
    rows.map(|row| serde_json::from_str(row).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_outlives_a_process_that_dies_before_it_tells_the_log() {
    let system = System::start().await;
    let last = garments(&system, 1, 2).await;
    let running = system.project(quick());
    system.reached("picture", last).await;
    running.stop().await;

    pause(&system.pool, "picture", &ann()).await.unwrap();
    // What is so already is no decision.
    pause(&system.pool, "picture", &ann()).await.unwrap();
    resume(&system.pool, "picture", &Decider::new("bob"))
        .await
        .unwrap();
    assert_eq!(noted(&system).await, 2);
    assert_eq!(system.log.last_sequence().await.unwrap(), last);

    let running = system.project(quick());
    all_told(&system).await;
    system.logged(last + 2).await;
    system.reached("audit_entry", last + 2).await;
    let found = entries(&system).await;
    let [paused, resumed] = found.as_slice() else {
        panic!("two entries are expected: {found:?}");
    };
    assert_eq!(paused["action"], "ProjectionPaused");
    assert_eq!(
        (
            &paused["view"],
            &paused["actor"],
            &paused["from"],
            &paused["reason"]
        ),
        (
            &json!("picture"),
            &json!("ann"),
            &json!("203.0.113.0/24"),
            &json!("the disk is full")
        )
    );
    assert_eq!(
        (&resumed["action"], &resumed["actor"], &resumed["from"]),
        (&json!("ProjectionResumed"), &json!("bob"), &Value::Null)
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_was_told_by_a_process_that_died_then_stands_in_the_log_once() {
    let system = System::start().await;
    let last = garments(&system, 1, 2).await;
    let running = system.project(quick());
    system.reached("picture", last).await;
    running.stop().await;
    pause(&system.pool, "picture", &ann()).await.unwrap();
    sqlx::query("CREATE TABLE kept AS SELECT * FROM drape.decision")
        .execute(&system.pool)
        .await
        .unwrap();
    let running = system.project(quick());
    all_told(&system).await;
    system.logged(last + 1).await;
    // As it is found by the next one where the first died before it could delete it.
    sqlx::query(
        "INSERT INTO drape.decision (id, view, what, actor, network, reason, decided_at)
         SELECT id, view, what, actor, network, reason, decided_at FROM kept",
    )
    .execute(&system.pool)
    .await
    .unwrap();
    all_told(&system).await;
    assert_eq!(system.log.last_sequence().await.unwrap(), last + 1);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_lost_something_is_told_nothing_until_it_is_put_back() {
    let mut system = System::start().await;
    let last = garments(&system, 1, 2).await;
    let running = system.project(quick());
    for view in ["picture", "garment_page"] {
        system.reached(view, last).await;
    }
    running.stop().await;
    pause(&system.pool, "picture", &ann()).await.unwrap();

    system.nats = NatsServer::start().await.unwrap();
    system.log = open(&system.nats).await;
    let running = system.project(quick());
    running.halted("garment_page").await;
    running.stop().await;
    assert_eq!(system.log.last_sequence().await.unwrap(), 0);
    assert_eq!(noted(&system).await, 1);
}
