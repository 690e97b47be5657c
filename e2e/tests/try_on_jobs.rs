//! Try-ons as jobs: rated, so many at once, and given up in time.
#![expect(clippy::unwrap_used, reason = "a test may fail in its helpers too")]

use std::time::Duration;

use e2e::{Answer, Client, Options, System, demo_picture};
use futures::future::join_all;
use jetstream_es::SubjectFilter;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::eventually_within;

/// A busy machine takes long for all.
const PATIENCE: Duration = Duration::from_mins(1);

/// Waits until the try-on is in this state.
async fn is(client: &Client, path: &str, status: &str) -> Value {
    let what = format!("{path} to be {status}");
    eventually_within(PATIENCE, &what, || async {
        let document = client.get(path).await.ok()?.body;
        (document["status"] == status).then_some(document)
    })
    .await
}

/// What happened to a try-on, by the log.
async fn history(system: &System, id: &str) -> Vec<String> {
    let log = system.log().await.unwrap();
    let filter = SubjectFilter::aggregate("tryon.session", id);
    let page = log.read(0, &filter, 100).await.unwrap();
    let events = page.commits.iter().flat_map(|commit| &commit.events);
    events.map(|event| event.event_type.clone()).collect()
}

fn code(answer: &Answer) -> &str {
    answer.body["code"].as_str().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_is_rated_and_rated_otherwise() {
    let system = System::start(Options {
        workers: 1,
        ..Options::default()
    })
    .await
    .unwrap();
    let (shopper, person, garment) = system.fitting_room().await.unwrap();
    let body = json!({ "person": person, "garment": garment, "mode": "fast" });
    let asked = shopper.post("/v1/try-ons", &body).await.unwrap();
    let asked = asked.expect(StatusCode::ACCEPTED).unwrap();
    let (id, path) = (asked.id().unwrap(), asked.location.unwrap());
    let shown = is(&shopper, &path, "succeeded").await;
    assert_eq!(shown["mode"], "fast");
    assert_eq!(shown["feedback"], Value::Null);

    // It was wanted small.
    let result = shown["result"]["original_url"].as_str().unwrap();
    let (_, _, png) = shopper.bytes(result).await.unwrap();
    let png = image::load_from_memory(&png).unwrap();
    assert_eq!(png.width().max(png.height()), 768);

    let feedback = format!("{path}/feedback");
    let bad = json!({ "rating": "bad", "reasons": ["print", "edges"] });
    for body in [&bad, &bad, &json!({ "rating": "good" })] {
        let rated = shopper.post(&feedback, body).await.unwrap();
        let rated = rated.expect(StatusCode::OK).unwrap();
        let at = rated.position.unwrap();
        let shown = shopper.get_at(&path, &at).await.unwrap().body;
        assert_eq!(shown["feedback"]["rating"], body["rating"], "{shown}");
        assert_eq!(shown["status"], "succeeded");
    }
    let other = system.caller("other-shopper").unwrap();
    let refused = other.post(&feedback, &bad).await.unwrap();
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    assert_eq!(
        history(&system, &id).await,
        [
            "TryOnRequested",
            "TryOnStarted",
            "TryOnSucceeded",
            "TryOnRated",
            "TryOnRated"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_requests_at_once_are_as_many_try_ons_as_one_person_may_have() {
    let system = System::start(Options::default()).await.unwrap();
    let (shopper, person, garment) = system.fitting_room().await.unwrap();
    let body = json!({ "person": person, "garment": garment });
    let ask = async |key: &str| {
        let asked = shopper.write(Method::POST, "/v1/try-ons", key, &body);
        asked.await.unwrap()
    };
    let keys: Vec<String> = (0..50).map(|number| format!("at-once-{number}")).collect();
    let answers = join_all(keys.iter().map(|key| ask(key))).await;
    let (accepted, refused): (Vec<usize>, Vec<usize>) =
        (0..50).partition(|index| answers[*index].status == StatusCode::ACCEPTED);
    assert_eq!(accepted.len(), 5);
    for index in &refused {
        let answer = &answers[*index];
        assert_eq!(
            (answer.status, code(answer)),
            (StatusCode::TOO_MANY_REQUESTS, "too-many-try-ons")
        );
        assert!(answer.retry_after.is_some());
    }
    // A repeat is no new one.
    for index in &accepted {
        let again = ask(&keys[*index]).await;
        assert_eq!(again.status, StatusCode::ACCEPTED);
        assert_eq!(again.body["id"], answers[*index].body["id"]);
    }

    // They stand in a queue, each somewhere else.
    let mut places = vec![];
    for index in &accepted {
        let (path, at) = (&answers[*index].location, &answers[*index].position);
        let path = path.as_deref().unwrap();
        let shown = shopper.get_at(path, at.as_deref().unwrap()).await.unwrap();
        assert_eq!(shown.body["queue"]["estimated_seconds"], Value::Null);
        places.push(shown.body["queue"]["position"].as_u64().unwrap());
    }
    places.sort_unstable();
    assert_eq!(places, [1, 2, 3, 4, 5]);

    // One is given up: there is room for one.
    let path = answers[accepted[0]].location.clone().unwrap();
    let cancelled = shopper.post(&format!("{path}/cancel"), &json!({})).await;
    cancelled.unwrap().expect(StatusCode::OK).unwrap();
    let refused_before = &keys[refused[0]];
    eventually_within(PATIENCE, "room for one more", || async {
        let asked = ask(refused_before).await;
        (asked.status == StatusCode::ACCEPTED).then_some(())
    })
    .await;
    let one_more = ask("one-more").await;
    assert_eq!(code(&one_more), "too-many-try-ons");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_no_longer_is_not_tried_on_although_no_worker_is_there() {
    let system = System::start(Options::default()).await.unwrap();
    let (shopper, person, garment) = system.fitting_room().await.unwrap();
    let asked = shopper.try_on_within(0, &person, &garment).await.unwrap();
    assert_eq!(
        (asked.status, code(&asked)),
        (StatusCode::BAD_REQUEST, "invalid-cancel-after")
    );
    let asked = shopper.try_on_within(1, &person, &garment).await.unwrap();
    let asked = asked.expect(StatusCode::ACCEPTED).unwrap();
    let (id, path) = (asked.id().unwrap(), asked.location.unwrap());
    let mut stream = shopper
        .events(&format!("{path}/events"), None)
        .await
        .unwrap();
    let seen = stream.until_any(&["TryOnCancelled"]).await.unwrap();
    let queued = seen.iter().find(|event| event.event == "queued").unwrap();
    assert_eq!(queued.data["position"], 1);
    assert!(queued.id.is_none());
    let shown = is(&shopper, &path, "cancelled").await;
    assert_eq!(shown["cancel_after_s"], 1);
    assert_eq!(
        history(&system, &id).await,
        ["TryOnRequested", "TryOnCancelled"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_comes_too_late_cancels_and_does_not_start() {
    let mut system = System::start(Options::default()).await.unwrap();
    let (shopper, person, garment) = system.fitting_room().await.unwrap();
    let asked = shopper.try_on_within(1, &person, &garment).await.unwrap();
    let id = asked.expect(StatusCode::ACCEPTED).unwrap().id().unwrap();
    // Nobody sweeps.
    system.drape.kill9().unwrap();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    system.add_worker().unwrap();
    let ended = eventually_within(PATIENCE, "the worker to look at it", || async {
        let history = history(&system, &id).await;
        (history.len() > 1).then_some(history)
    })
    .await;
    assert_eq!(ended, ["TryOnRequested", "TryOnCancelled"]);
    // The sweeper comes later still, and has nothing to do.
    system.restart_drape().await.unwrap();
    is(&shopper, &format!("/v1/try-ons/{id}"), "cancelled").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(history(&system, &id).await, ended);
}

/// The result's pixels.
async fn pixels(client: &Client, document: &Value) -> image::RgbImage {
    let address = document["result"]["original_url"].as_str().unwrap();
    let (_, _, png) = client.bytes(address).await.unwrap();
    image::load_from_memory(&png).unwrap().to_rgb8()
}

/// How many pixels of a band of rows, in shares of the height, differ.
fn differ(a: &image::RgbImage, b: &image::RgbImage, from: f32, to: f32) -> usize {
    assert_eq!(a.dimensions(), b.dimensions());
    let height = a.height() as f32;
    let rows = (from * height) as u32..(to * height) as u32;
    rows.flat_map(|y| (0..a.width()).map(move |x| (x, y)))
        .filter(|(x, y)| a.get_pixel(*x, *y) != b.get_pixel(*x, *y))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outfit_is_put_on_one_after_the_other() {
    let system = System::start(Options {
        workers: 1,
        ..Options::default()
    })
    .await
    .unwrap();
    let (shopper, person, top) = system.fitting_room().await.unwrap();
    let shop = system.caller("merchandiser").unwrap();
    let picture = demo_picture("garments/straight-jeans-indigo.jpg").unwrap();
    let jeans = shop.publish_garment("straight-jeans-indigo", "bottoms", picture);
    let jeans = jeans.await.unwrap();
    let asked = shopper.try_on(&person, &top).await.unwrap();
    let (first, path) = (asked.id().unwrap(), asked.location.unwrap());
    let below = is(&shopper, &path, "succeeded").await;
    assert_eq!(below["over"], Value::Null);

    let body = json!({ "over": first, "garment": jeans });
    let asked = shopper.post("/v1/try-ons", &body).await.unwrap();
    let path = asked
        .expect(StatusCode::ACCEPTED)
        .unwrap()
        .location
        .unwrap();
    let above = is(&shopper, &path, "succeeded").await;
    assert_eq!(above["over"], json!({ "try_on": first, "photo": person }));
    assert_eq!(above["person"]["id"], below["result"]["id"]);

    let (below, above) = (
        pixels(&shopper, &below).await,
        pixels(&shopper, &above).await,
    );
    assert_eq!(differ(&below, &above, 0.0, 0.35), 0, "the top half stays");
    assert!(
        differ(&below, &above, 0.5, 1.0) > 10_000,
        "the jeans are there"
    );

    // Without consent to the photo its results are no good either.
    let consent = format!("/v1/pictures/{person}/consent");
    let nothing = json!({});
    let taken = shopper.write(Method::DELETE, &consent, "taken", &nothing);
    taken.await.unwrap().expect(StatusCode::OK).unwrap();
    let refused = shopper.post("/v1/try-ons", &body).await.unwrap();
    assert_eq!(
        (refused.status, code(&refused)),
        (StatusCode::UNPROCESSABLE_ENTITY, "consent-wanted")
    );
}
