//! Histories as they were, and events as they used to be.

use cqrs_es::persist::{EventUpcaster, SerializedEvent};
use jetstream_es::{EventLog, ExecuteError, SubjectFilter, Upcasters};
use serde_json::json;

use crate::account::{Account, AccountCommand, AccountEvent, command, config, executor, new_log};

/// Version 0 called the amount `cents`, and version 00 called the event `Paid`.
struct PaidBecameAdded;
struct CentsBecameAmount;

impl EventUpcaster for PaidBecameAdded {
    fn can_upcast(&self, event_type: &str, _version: &str) -> bool {
        event_type == "Paid"
    }

    fn upcast(&self, mut event: SerializedEvent) -> SerializedEvent {
        event.payload["type"] = json!("Added");
        "Added".clone_into(&mut event.event_type);
        "0".clone_into(&mut event.event_version);
        event
    }
}

impl EventUpcaster for CentsBecameAmount {
    fn can_upcast(&self, event_type: &str, version: &str) -> bool {
        (event_type, version) == ("Added", "0")
    }

    fn upcast(&self, mut event: SerializedEvent) -> SerializedEvent {
        event.payload["amount"] = event.payload["cents"].take();
        "1".clone_into(&mut event.event_version);
        event
    }
}

#[tokio::test]
async fn old_events_are_read_in_the_shape_of_today() {
    let (server, log) = new_log().await;
    let jetstream = async_nats::jetstream::new(server.client().await.unwrap());
    let old = json!({"v": 1, "from_version": 1, "events": [
        {"type": "Paid", "version": "00", "data": {"type": "Paid", "cents": 5}},
        {"type": "Added", "version": "0", "data": {"type": "Added", "cents": 2}},
        {"type": "Added", "version": "1", "data": {"type": "Added", "amount": 1}},
    ]});
    let stored = jetstream.publish("test.events.bank.account.a", old.to_string().into());
    stored.await.unwrap().await.unwrap();

    let client = jetstream_es::connect(&server.url(), "test").await.unwrap();
    let mut config = config(&server);
    config.upcasters = Upcasters::new([
        Box::new(PaidBecameAdded) as Box<dyn EventUpcaster>,
        Box::new(CentsBecameAmount),
    ]);
    let with_upcasters = EventLog::open(client, config).await.unwrap();

    let page = with_upcasters.read(0, &SubjectFilter::all(), 1).await;
    let commit = &page.unwrap().commits[0];
    let added = |amount| AccountEvent::Added { amount };
    assert_eq!(
        commit.decode::<Account>().unwrap(),
        [added(5), added(2), added(1)]
    );
    // What was stored stays as it was.
    assert_eq!(commit.events[0].event_type, "Paid");
    let accounts = executor(&with_upcasters);
    let outcome = accounts.execute("a", AccountCommand::Add(2), command("1"));
    assert_eq!(outcome.await.unwrap().version, 4);
    assert_eq!(accounts.load("a").await.unwrap().aggregate.balance, 10);
    // Without them the history cannot be read, and says where.
    let unaware = executor(&log);
    let refused = unaware.execute("a", AccountCommand::Add(1), command("2"));
    let Err(ExecuteError::Corrupt(damage)) = refused.await else {
        panic!("an event of an unknown shape was read")
    };
    assert_eq!(damage.sequence, 1);
}

#[tokio::test]
async fn an_event_of_a_newer_version_is_not_read_as_if_it_were_known() {
    let (server, log) = new_log().await;
    let jetstream = async_nats::jetstream::new(server.client().await.unwrap());
    let newer = json!({"v": 1, "from_version": 1, "events": [
        {"type": "Added", "version": "2", "data": {"type": "Added", "amount": 5}},
    ]});
    let stored = jetstream.publish("test.events.bank.account.a", newer.to_string().into());
    stored.await.unwrap().await.unwrap();
    let page = log.read(0, &SubjectFilter::all(), 1).await.unwrap();
    let refused = page.commits[0].decode::<Account>().unwrap_err();
    assert_eq!(
        (refused.event_version.as_str(), refused.is_newer),
        ("2", true)
    );
    let unaware = executor(&log);
    let refused = unaware.execute("a", AccountCommand::Add(1), command("1"));
    assert!(matches!(refused.await, Err(ExecuteError::Corrupt(_))));
}

#[tokio::test]
async fn an_aggregate_is_loaded_as_it_was() {
    let (_server, log) = new_log().await;
    let accounts = executor(&log);
    let mut positions = Vec::new();
    for number in 1..=5 {
        let added = accounts.execute("a", AccountCommand::Add(number), command(number));
        positions.push(added.await.unwrap().position.unwrap());
        // Something else happens in between.
        let other = accounts.execute("b", AccountCommand::Add(1), command(number));
        other.await.unwrap();
    }
    let mut balance = 0;
    for (position, number) in positions.iter().zip(1_i64..) {
        balance += number;
        let then = accounts.load_as_of("a", position).await.unwrap();
        assert_eq!(
            (then.aggregate.balance, then.version),
            (balance, number.unsigned_abs())
        );
        assert_eq!(then.position.as_ref(), Some(position));
    }
    let before = accounts.load_as_of("a", &log.position(0)).await.unwrap();
    assert_eq!((before.version, before.position), (0, None));
    let mut elsewhere = positions[0].clone();
    elsewhere.epoch = "another".parse().unwrap();
    assert!(accounts.load_as_of("a", &elsewhere).await.is_err());
}

#[tokio::test]
async fn a_command_id_that_comes_with_another_request_is_refused() {
    let (_server, log) = new_log().await;
    let give = |amount: i64, request: &'static str| {
        let context = command("1").with_request_hash(request);
        let accounts = executor(&log);
        async move {
            accounts
                .execute("a", AccountCommand::Add(amount), context)
                .await
        }
    };
    assert!(give(1, "one").await.unwrap().written);
    assert!(!give(1, "one").await.unwrap().written);
    let reused = give(2, "two").await;
    assert!(
        matches!(reused, Err(ExecuteError::CommandIdReused)),
        "{reused:?}"
    );
    assert_eq!(log.last_sequence().await.unwrap(), 1);
}
