//! What is killed comes back, and nothing acknowledged is lost, doubled or reordered.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may fail in its helpers too"
)]

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use e2e::{Client, Options, System, garment, views_as_the_log_says};
use jetstream_es::SubjectFilter;
use reqwest::{Method, StatusCode};
use serde_json::json;
use testkit::eventually_within;
use tokio::sync::Mutex;

/// Adds garments until told to stop, repeating each write under its key until it is acknowledged. Answers slug → id of
/// everything that was acknowledged.
async fn keep_adding(
    client: Client,
    writer: usize,
    acknowledged: Arc<Mutex<BTreeMap<String, String>>>,
    enough: Arc<std::sync::atomic::AtomicBool>,
) {
    for number in 0.. {
        let slug = format!("w{writer}-{number}");
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            let sent = client
                .write(Method::POST, "/v1/garments", &slug, &garment(&slug, "tops"))
                .await;
            match sent {
                Ok(answer) if answer.status == StatusCode::CREATED => {
                    acknowledged
                        .lock()
                        .await
                        .insert(slug.clone(), answer.id().unwrap());
                    break;
                }
                Ok(answer) => assert!(
                    answer.status.is_server_error() || answer.body["code"] == "request-in-flight",
                    "{answer:?}"
                ),
                Err(_) => {}
            }
            assert!(Instant::now() < deadline, "{slug} was never acknowledged");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        if enough.load(std::sync::atomic::Ordering::Relaxed) {
            return;
        }
    }
}

/// Every acknowledged garment is in the log exactly once, and every view equals a fold of the log.
async fn check_log_and_views(system: &System, acknowledged: &BTreeMap<String, String>) {
    let views = views_as_the_log_says(system, Duration::from_mins(1)).await;
    let mut added: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for ((view, id), document) in &views {
        if *view == "garment_page" {
            let slug = document["slug"].as_str().unwrap();
            added.entry(slug).or_default().push(id.to_string());
        }
    }
    for (slug, id) in acknowledged {
        let ids = added.get(slug.as_str());
        let ids = ids.unwrap_or_else(|| panic!("{slug} was acknowledged and is not in the log"));
        assert_eq!(ids.as_slice(), std::slice::from_ref(id), "{slug}");
    }
    // A write whose answer was lost may be there without having been acknowledged, but not twice.
    assert!(added.values().all(|ids| ids.len() == 1), "{added:?}");
    let log = system.log().await.unwrap();
    let position = log.position(log.last_sequence().await.unwrap()).to_string();
    let merchandiser = system.caller("merchandiser").unwrap();
    for id in acknowledged.values() {
        let path = format!("/v1/garments/{id}");
        let shown = merchandiser.get_at(&path, &position).await.unwrap();
        assert_eq!(shown.status, StatusCode::OK, "{shown:?}");
    }
}

/// Runs eight writers, breaks something while they write, and checks everything afterwards.
async fn break_under_load(system: &mut System, fault: impl AsyncFnOnce(&mut System)) {
    let acknowledged = Arc::new(Mutex::new(BTreeMap::new()));
    let enough = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let shop = system.caller("merchandiser").unwrap();
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            tokio::spawn(keep_adding(
                shop.clone(),
                writer,
                Arc::clone(&acknowledged),
                Arc::clone(&enough),
            ))
        })
        .collect();
    let some = |count: usize| {
        let acknowledged = Arc::clone(&acknowledged);
        async move { (acknowledged.lock().await.len() >= count).then_some(()) }
    };
    eventually_within(Duration::from_secs(30), "40 garments", || some(40)).await;
    fault(system).await;
    let before = acknowledged.lock().await.len();
    eventually_within(Duration::from_mins(1), "40 more garments", || {
        some(before + 40)
    })
    .await;
    enough.store(true, std::sync::atomic::Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    let acknowledged = acknowledged.lock().await;
    check_log_and_views(system, &acknowledged).await;
    check_repeats(system, &acknowledged).await;
}

/// A write that comes again under its key changes nothing, and gets the answer of the first.
async fn check_repeats(system: &System, acknowledged: &BTreeMap<String, String>) {
    let log = system.log().await.unwrap();
    let before = log.last_sequence().await.unwrap();
    let shop = system.caller("merchandiser").unwrap();
    for (slug, id) in acknowledged.iter().take(40) {
        let body = garment(slug, "tops");
        let again = shop.write(Method::POST, "/v1/garments", slug, &body).await;
        let again = again.unwrap();
        assert_eq!(again.status, StatusCode::CREATED, "{again:?}");
        assert_eq!(&again.id().unwrap(), id);
    }
    assert_eq!(log.last_sequence().await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_monolith_is_killed_under_load_and_nothing_is_lost_or_doubled() {
    let mut system = System::start(Options::default()).await.unwrap();
    break_under_load(&mut system, async |system: &mut System| {
        system.drape.kill9().unwrap();
        system.restart_drape().await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_projector_is_killed_under_load_and_the_next_one_goes_on() {
    let options = Options {
        separate_projector: true,
        ..Options::default()
    };
    let mut system = System::start(options).await.unwrap();
    break_under_load(&mut system, async |system: &mut System| {
        system.projector.as_mut().unwrap().kill9().unwrap();
        system.start_projector().unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_is_killed_under_load_while_the_projector_lives() {
    let options = Options {
        separate_projector: true,
        ..Options::default()
    };
    let mut system = System::start(options).await.unwrap();
    break_under_load(&mut system, async |system: &mut System| {
        system.drape.kill9().unwrap();
        system.restart_drape().await.unwrap();
    })
    .await;
    assert!(system.projector.as_mut().unwrap().is_alive());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_event_log_server_is_killed_under_load_and_all_roles_recover() {
    let mut system = System::start(Options::default()).await.unwrap();
    break_under_load(&mut system, async |system: &mut System| {
        system.nats.kill9().unwrap();
        system.nats.restart().await.unwrap();
    })
    .await;
    assert!(system.drape.is_alive());
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_is_killed_under_load_and_the_views_catch_up() {
    let mut system = System::start(Options::default()).await.unwrap();
    break_under_load(&mut system, async |system: &mut System| {
        system.postgres.kill9().unwrap();
        system.postgres.restart().await.unwrap();
    })
    .await;
    assert!(system.drape.is_alive());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_is_killed_in_mid_job_and_another_finishes_it() {
    let mut system = System::start(Options {
        workers: 1,
        ..Options::default()
    })
    .await
    .unwrap();
    let (shopper, location) = system.request_try_on().await.unwrap();
    let mut events = shopper
        .events(&format!("{location}/events"), None)
        .await
        .unwrap();
    events.until("TryOnStarted").await.unwrap();

    system.workers[0].kill9().unwrap();
    system.add_worker().unwrap();

    let seen = events
        .until_any(&["TryOnSucceeded", "TryOnFailed"])
        .await
        .unwrap();
    let end = seen.last().unwrap();
    assert_eq!(end.event, "TryOnSucceeded", "{seen:?}");
    assert_eq!(end.data["data"]["attempt"], 2, "{seen:?}");
    let log = system.log().await.unwrap();
    let page = log
        .read(0, &SubjectFilter::aggregate_type("tryon.session"), 100)
        .await
        .unwrap();
    let ends = page
        .commits
        .iter()
        .flat_map(|commit| &commit.events)
        .filter(|event| event.event_type == "TryOnSucceeded");
    assert_eq!(ends.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_servers_are_killed_and_a_try_on_works_again_by_itself() {
    let mut system = System::start(Options {
        workers: 1,
        ..Options::default()
    })
    .await
    .unwrap();
    // The worker has taken up its work.
    let (shopper, location) = system.request_try_on().await.unwrap();
    let path = format!("{location}/events");
    let mut events = shopper.events(&path, None).await.unwrap();
    events.until("TryOnStarted").await.unwrap();
    drop(events);

    system.nats.kill9().unwrap();
    system.postgres.kill9().unwrap();
    tokio::try_join!(system.nats.restart(), system.postgres.restart()).unwrap();

    let ended = eventually_within(Duration::from_mins(1), "the try-on to end", || async {
        let shown = shopper.get(&location).await.ok()?;
        shown.body["result"]["id"].as_str().map(str::to_owned)
    })
    .await;
    let original = format!("/v1/pictures/{ended}/original");
    // Pictures are another view: after a crash it may catch up a moment later than the one of try-ons.
    eventually_within(Duration::from_mins(1), "the result's picture", || async {
        let (code, ..) = shopper.bytes(&original).await.ok()?;
        (code == StatusCode::OK).then_some(())
    })
    .await;
    assert!(system.drape.is_alive());
    assert!(system.workers[0].is_alive());
    views_as_the_log_says(&system, Duration::from_mins(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_starts_before_the_log_waits_for_it() {
    let mut system = System::start(Options::default()).await.unwrap();
    system.nats.kill9().unwrap();
    system.add_worker().unwrap();
    system.nats.restart().await.unwrap();
    system.ready().await.unwrap();

    let (shopper, location) = system.request_try_on().await.unwrap();
    let path = format!("{location}/events");
    let mut events = shopper.events(&path, None).await.unwrap();

    events.until("TryOnSucceeded").await.unwrap();
    assert!(system.workers[0].is_alive());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_on_that_is_cancelled_in_mid_job_has_no_result() {
    let system = System::start(Options {
        workers: 1,
        ..Options::default()
    })
    .await
    .unwrap();
    let (shopper, location) = system.request_try_on().await.unwrap();
    let path = format!("{location}/events");
    let mut events = shopper.events(&path, None).await.unwrap();
    events.until("TryOnStarted").await.unwrap();

    let cancelled = shopper
        .post(&format!("{location}/cancel"), &json!({}))
        .await;
    assert!(cancelled.unwrap().status.is_success());

    let seen = events
        .until_any(&["TryOnSucceeded", "TryOnFailed", "TryOnCancelled"])
        .await
        .unwrap();
    assert_eq!(seen.last().unwrap().event, "TryOnCancelled");
    assert_eq!(
        events.next().await.unwrap(),
        None,
        "nothing follows the end"
    );
    let shown = shopper.get(&location).await.unwrap();
    assert_eq!(shown.body["status"], "cancelled");
    assert!(shown.body["result"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_writers_at_once_lose_no_update() {
    let system = System::start(Options::default()).await.unwrap();
    let shop = system.caller("merchandiser").unwrap();
    let id = shop
        .add_garment("contended", "tops")
        .await
        .unwrap()
        .id()
        .unwrap();
    let began = Instant::now();
    let writes: Vec<_> = (0..64_u32)
        .map(|number| {
            let (shop, path) = (shop.clone(), format!("/v1/garments/{id}/price"));
            tokio::spawn(async move {
                let price = json!({ "price": { "minor": 1_000 + number, "currency": "EUR" } });
                let price = shop.put(&path, &price).await;
                let slug = format!("own-{number}");
                (price, shop.add_garment(&slug, "tops").await)
            })
        })
        .collect();
    for write in writes {
        let (price, added) = write.await.unwrap();
        let price = price.unwrap();
        assert!(price.status.is_success(), "{price:?}");
        added.unwrap();
    }
    println!("128 writes of 64 writers: {:?}", began.elapsed());
    let log = system.log().await.unwrap();
    let commits = log
        .read(0, &SubjectFilter::aggregate_type("catalog.garment"), 500)
        .await
        .unwrap()
        .commits;
    let prices = commits
        .iter()
        .flat_map(|commit| &commit.events)
        .filter(|event| event.event_type == "PriceChanged");
    assert_eq!(prices.count(), 64, "every price that was set is in the log");
    let added = commits
        .iter()
        .flat_map(|commit| &commit.events)
        .filter(|event| event.event_type == "GarmentAdded");
    assert_eq!(added.count(), 65);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminated_monolith_ends_its_streams_and_exits_within_two_seconds() {
    let mut system = System::start(Options::default()).await.unwrap();
    let shop = system.caller("merchandiser").unwrap();
    let mut stream = shop.events("/v1/events/stream", None).await.unwrap();
    let asked = Instant::now();

    system.drape.terminate().unwrap();

    while stream.next().await.unwrap().is_some() {}
    let status = system
        .drape
        .ended_within(Duration::from_secs(5))
        .await
        .unwrap();
    assert!(status.success(), "{status}");
    assert!(
        asked.elapsed() < Duration::from_secs(2),
        "{:?}",
        asked.elapsed()
    );
}
