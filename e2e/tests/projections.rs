//! An admin looks at the views, decides about what could not be applied, and builds a view anew under load.
#![expect(clippy::unwrap_used, reason = "a test may fail in its helpers too")]

use std::time::Duration;

use e2e::{Client, Options, System, stored, views_as_the_log_says};
use reqwest::StatusCode;
use serde_json::{Value, json};
use testkit::eventually_within;

const NOTHING: Value = Value::Null;

async fn projection(admin: &Client, view: &str) -> Value {
    let answer = admin.get("/v1/admin/projections").await.unwrap();
    let answer = answer.expect(StatusCode::OK).unwrap();
    let items = answer.body["items"].as_array().unwrap().clone();
    items.into_iter().find(|item| item["view"] == view).unwrap()
}

/// A message that no command wrote, about a garment of version 1.
async fn poison(system: &System, id: &str) {
    let event = json!({ "type": "Nonsense", "version": "1", "data": { "type": "Nonsense" } });
    let body = json!({ "v": 1, "from_version": 2, "events": [event] });
    let context = async_nats::jetstream::new(system.nats.client().await.unwrap());
    let subject = format!("drape.events.catalog.garment.{id}");
    let stored = context.publish(subject, body.to_string().into()).await;
    stored.unwrap().await.unwrap();
}

/// Waits until the log ends there: what was decided is told to it. Answers the sequence.
async fn told(system: &System, last: u64) -> u64 {
    let log = system.log().await.unwrap();
    eventually_within(Duration::from_secs(10), "the log to be told", || async {
        (log.last_sequence().await.ok()? == last).then_some(last)
    })
    .await
}

/// Waits until answers from there name this view as degraded, or none.
async fn says(client: &Client, path: &str, degraded: Option<&str>) {
    eventually_within(
        Duration::from_secs(20),
        "what answers say of their view",
        || async {
            let answer = client.get(path).await.unwrap();
            (answer.degraded.as_deref() == degraded).then_some(())
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_commit_is_parked_seen_and_discarded_and_a_view_is_rebuilt_while_it_is_read() {
    let system = System::start(Options::default()).await.unwrap();
    let (shop, admin) = (
        system.caller("merchandiser").unwrap(),
        system.caller("admin").unwrap(),
    );
    let first = shop
        .add_garment("first", "tops")
        .await
        .unwrap()
        .id()
        .unwrap();
    poison(&system, &first).await;
    let second = shop.add_garment("second", "tops").await.unwrap();
    let (second, position) = (second.id().unwrap(), second.position.unwrap());
    // The view goes on.
    let path = format!("/v1/garments/{second}");
    let read = shop.get_at(&path, &position).await.unwrap();
    read.expect(StatusCode::OK).unwrap();

    let forbidden = shop.get("/v1/admin/dead-letters").await.unwrap();
    forbidden.expect(StatusCode::FORBIDDEN).unwrap();
    let letters = admin
        .get("/v1/admin/dead-letters?view=garment_page")
        .await
        .unwrap();
    let [letter] = letters.body["items"].as_array().unwrap().as_slice() else {
        panic!("one letter is expected: {:?}", letters.body);
    };
    assert_eq!(letter["aggregate_id"], json!(first));
    assert_eq!(letter["class"], "unknown-type");
    assert_eq!(projection(&admin, "garment_page").await["parked"], 1);
    // Whoever reads the view is told, and who reads another is not.
    says(&shop, &path, Some("garment_page")).await;
    says(
        &shop,
        "/v1/pictures/00000000-0000-0000-0000-000000000001",
        None,
    )
    .await;
    let letter = format!("/v1/admin/dead-letters/{}", letter["id"]);
    let retried = admin
        .post(&format!("{letter}/retry"), &NOTHING)
        .await
        .unwrap();
    assert_eq!(retried.expect(StatusCode::OK).unwrap().body["applied"], 0);
    let discarded = admin
        .post(&format!("{letter}/discard"), &NOTHING)
        .await
        .unwrap();
    assert_eq!(discarded.expect(StatusCode::OK).unwrap().body["waiting"], 0);
    says(&shop, &path, None).await;
    let gone = admin
        .post(&format!("{letter}/retry"), &NOTHING)
        .await
        .unwrap();
    gone.expect(StatusCode::NOT_FOUND).unwrap();

    let rebuild = "/v1/admin/projections/garment_page/rebuild";
    let asked = admin.post(rebuild, &NOTHING).await.unwrap();
    asked.expect(StatusCode::ACCEPTED).unwrap();
    let done = eventually_within(Duration::from_secs(30), "the rebuild", || async {
        let read = shop.get(&path).await.unwrap();
        read.expect(StatusCode::OK).unwrap();
        let rebuild = projection(&admin, "garment_page").await["rebuild"].clone();
        (rebuild["state"] == "done").then_some(rebuild)
    })
    .await;
    assert_eq!(done["comparison"]["tables"][0]["differing"], 0);
    // A write is still seen by the read that waits for it.
    let third = shop.add_garment("third", "tops").await.unwrap();
    let path = format!("/v1/garments/{}", third.id().unwrap());
    let read = shop.get_at(&path, &third.position.unwrap()).await.unwrap();
    read.expect(StatusCode::OK).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_operations_page_do_what_it_says() {
    let mut system = System::start(Options::default()).await.unwrap();
    let shop = system.caller("merchandiser").unwrap();
    for number in 0..12 {
        let added = shop
            .add_garment(&format!("g{number}"), "tops")
            .await
            .unwrap();
        added.expect(StatusCode::CREATED).unwrap();
    }
    let last = system.log().await.unwrap().last_sequence().await.unwrap();
    let paused = system
        .drape_command(&["projections", "pause", "picture"])
        .await
        .unwrap();
    assert!(paused.contains("picture is paused\n"), "{paused}");
    let last = told(&system, last + 1).await;
    eventually_within(Duration::from_secs(10), "the others", || async {
        let table = system
            .drape_command(&["projections", "list"])
            .await
            .unwrap();
        let line = |view: &str| {
            table
                .lines()
                .find(|line| line.starts_with(view))
                .map(str::to_owned)
        };
        assert!(line("picture").unwrap().contains("paused"), "{table}");
        line("garment_card").filter(|line| line.contains(&format!("-{last} ")))
    })
    .await;
    system
        .drape_command(&["projections", "resume", "picture"])
        .await
        .unwrap();
    let rebuilt = system
        .drape_command(&["projections", "rebuild", "garment_card"])
        .await
        .unwrap();
    assert!(
        rebuilt.contains("garment_card: done\ngarment_card: 0 rows"),
        "{rebuilt}"
    );
    // It was let go, and built anew.
    let last = told(&system, last + 2).await;
    eventually_within(Duration::from_secs(10), "the archive", || async {
        let proved = system.drape_command(&["archive", "verify"]).await.unwrap();
        proved
            .contains(&format!("{last} messages are as"))
            .then_some(())
    })
    .await;

    let other = system.postgres.fresh_database().await.unwrap();
    let at = system
        .drape_command(&["views", "at", "5", "--into", &other])
        .await
        .unwrap();
    assert!(at.contains("-5\n"), "{at}");
    let pages = stored(&other)
        .await
        .unwrap()
        .into_keys()
        .filter(|(view, _)| *view == "garment_page");
    assert_eq!(pages.count(), 5);

    views_as_the_log_says(&system, Duration::from_secs(20)).await;

    // Without a projector the command builds by itself.
    system.drape.terminate().unwrap();
    system
        .drape
        .ended_within(Duration::from_secs(20))
        .await
        .unwrap();
    let alone = eventually_within(
        Duration::from_secs(40),
        "the projector to be taken for dead",
        || async {
            let table = system
                .drape_command(&["projections", "list"])
                .await
                .unwrap();
            table.contains("stopped").then_some(())
        },
    );
    alone.await;
    system
        .drape_command(&["projections", "rebuild", "garment_page"])
        .await
        .unwrap();
    views_as_the_log_says(&system, Duration::ZERO).await;
}
