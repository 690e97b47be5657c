//! What is killed comes back, and nothing acknowledged is lost, doubled or reordered.
#![expect(clippy::unwrap_used, reason = "test")]

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use cqrs_es::Aggregate;
use domain::catalog::garment::{Garment, GarmentStatus};
use e2e::{Client, Options, System, demo_picture, garment};
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
    stop: Arc<std::sync::atomic::AtomicBool>,
) {
    for number in 0.. {
        let slug = format!("w{writer}-{number}");
        let deadline = Instant::now() + Duration::from_secs(60);
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
                Ok(answer) => assert!(answer.status.is_server_error(), "{answer:?}"),
                Err(_) => {}
            }
            assert!(Instant::now() < deadline, "{slug} was never acknowledged");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        if stop.load(std::sync::atomic::Ordering::Relaxed) {
            return;
        }
    }
}

/// Every acknowledged garment is in the log exactly once, and the view of each equals a fold of the log.
async fn check_log_and_views(system: &System, acknowledged: &BTreeMap<String, String>) {
    let log = system.log().await.unwrap();
    let mut folds: BTreeMap<String, (Garment, u64)> = BTreeMap::new();
    let (mut after, last) = (0, log.last_sequence().await.unwrap());
    while after < last {
        let page = log
            .read(
                after,
                &SubjectFilter::aggregate_type("catalog.garment"),
                500,
            )
            .await
            .unwrap();
        for commit in &page.commits {
            let (fold, version) = folds.entry(commit.aggregate_id.clone()).or_default();
            assert_eq!(
                commit.from_version,
                *version + 1,
                "a gap or a double in {}",
                commit.aggregate_id
            );
            for event in commit.decode::<Garment>().unwrap() {
                fold.apply(event);
                *version += 1;
            }
        }
        after = page.through;
    }
    let mut slugs: BTreeMap<&str, usize> = BTreeMap::new();
    for (fold, _) in folds.values() {
        *slugs
            .entry(fold.details().unwrap().slug.as_str())
            .or_default() += 1;
    }
    assert!(
        slugs.values().all(|times| *times == 1),
        "added twice: {slugs:?}"
    );
    let shop = system.caller("merchandiser").unwrap();
    let position = log.position(last).to_string();
    for (slug, id) in acknowledged {
        let (fold, _) = folds
            .get(id)
            .unwrap_or_else(|| panic!("{slug} was acknowledged and is not in the log"));
        let shown = shop
            .get_at(&format!("/v1/garments/{id}"), &position)
            .await
            .unwrap();
        assert_eq!(shown.status, StatusCode::OK, "{slug}: {shown:?}");
        assert_eq!(
            shown.body["slug"],
            json!(fold.details().unwrap().slug.as_str())
        );
        assert_eq!(
            shown.body["price"]["minor"],
            json!(fold.price().unwrap().minor)
        );
        assert_eq!(fold.status(), GarmentStatus::Draft);
        assert_eq!(shown.body["status"], "draft");
    }
}

/// Runs eight writers, breaks something while they write, and checks everything afterwards.
async fn break_under_load(system: &mut System, fault: impl AsyncFnOnce(&mut System)) {
    let acknowledged = Arc::new(Mutex::new(BTreeMap::new()));
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let shop = system.caller("merchandiser").unwrap();
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            tokio::spawn(keep_adding(
                shop.clone(),
                writer,
                Arc::clone(&acknowledged),
                Arc::clone(&stop),
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
    eventually_within(Duration::from_secs(60), "40 more garments", || {
        some(before + 40)
    })
    .await;
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    check_log_and_views(system, &*acknowledged.lock().await).await;
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
    let (shop, shopper) = (
        system.caller("merchandiser").unwrap(),
        system.caller("shopper").unwrap(),
    );
    let picture = demo_picture("garments/sunset-graphic-tee.jpg").unwrap();
    let garment = shop
        .publish_garment("sunset-graphic-tee", "tops", picture)
        .await
        .unwrap();
    let photo = demo_picture("people/person-01.jpg").unwrap();
    let person = shopper
        .upload("person", "image/jpeg", photo)
        .await
        .unwrap()
        .id()
        .unwrap();
    let accepted = shopper
        .try_on(&person, &garment)
        .await
        .unwrap()
        .expect(StatusCode::ACCEPTED)
        .unwrap();
    let location = accepted.location.unwrap();
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
async fn sixty_four_writers_at_once_lose_no_update() {
    let system = System::start(Options::default()).await.unwrap();
    let shop = system.caller("merchandiser").unwrap();
    let id = shop
        .add_garment("contended", "tops")
        .await
        .unwrap()
        .id()
        .unwrap();
    let writes: Vec<_> = (0..64_u32)
        .map(|number| {
            let (shop, path) = (shop.clone(), format!("/v1/garments/{id}/price"));
            tokio::spawn(async move {
                shop.put(
                    &path,
                    &json!({ "price": { "minor": 1_000 + number, "currency": "EUR" } }),
                )
                .await
            })
        })
        .collect();
    for write in writes {
        let answer = write.await.unwrap().unwrap();
        assert!(answer.status.is_success(), "{answer:?}");
    }
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
