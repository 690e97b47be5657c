//! The main job: a person tries a garment on and watches it happen.

use std::time::{Duration, Instant};

use e2e::{Options, System, photo};
use reqwest::StatusCode;
use testkit::eventually_within;

#[tokio::test(flavor = "multi_thread")]
async fn a_garment_is_tried_on_and_the_result_is_a_picture() {
    let system = System::start(Options {
        workers: 1,
        ..Options::default()
    })
    .await
    .unwrap();
    let (shopper, location) = system.request_try_on().await.unwrap();
    let asked = Instant::now();
    let mut events = shopper
        .events(&format!("{location}/events"), None)
        .await
        .unwrap();
    let seen = events
        .until_any(&["TryOnSucceeded", "TryOnFailed"])
        .await
        .unwrap();
    println!("202 to the result event, first job: {:?}", asked.elapsed());

    let names: Vec<&str> = seen.iter().map(|event| event.event.as_str()).collect();
    assert!(names.contains(&"TryOnStarted"), "{names:?}");
    assert!(names.contains(&"progress"), "{names:?}");
    assert_eq!(names.last(), Some(&"TryOnSucceeded"), "{seen:?}");
    // Whoever is told can read it: the views have everything that is told.
    let status = shopper
        .get(&location)
        .await
        .unwrap()
        .expect(StatusCode::OK)
        .unwrap();
    assert_eq!(status.body["status"], "succeeded");
    let stages = status.body["stages"].as_array().unwrap();
    let stages: Vec<&str> = stages
        .iter()
        .filter_map(|of| of["stage"].as_str())
        .collect();
    assert_eq!(
        stages,
        [
            "decode", "parse", "warp", "relight", "compose", "verify", "mark", "encode", "store"
        ]
    );
    let result = status.body["result"]["id"].as_str().unwrap().to_owned();
    let (code, media_type, bytes) = shopper
        .bytes(&format!("/v1/pictures/{result}/original"))
        .await
        .unwrap();
    assert_eq!((code, media_type.as_str()), (StatusCode::OK, "image/png"));
    let (before, after) = (
        image::load_from_memory(&photo().unwrap()).unwrap(),
        image::load_from_memory(&bytes).unwrap(),
    );
    assert_eq!(
        (before.width(), before.height()),
        (after.width(), after.height())
    );

    // Somebody else's result does not exist for this caller.
    let other = system.caller("other-shopper").unwrap();
    assert_eq!(
        other.get(&location).await.unwrap().status,
        StatusCode::NOT_FOUND
    );
    let (code, ..) = other
        .bytes(&format!("/v1/pictures/{result}/original"))
        .await
        .unwrap();
    assert_eq!(code, StatusCode::NOT_FOUND);

    // Warm, from the answer to the request until the end is told.
    let asked = Instant::now();
    let person = status.body["person"]["id"].as_str().unwrap();
    let garment = status.body["garment"].as_str().unwrap();
    let again = shopper.try_on(person, garment).await.unwrap();
    let events = format!("{}/events", again.location.unwrap());
    let mut events = shopper.events(&events, None).await.unwrap();
    events.until("TryOnSucceeded").await.unwrap();
    println!("202 to the result event, warm: {:?}", asked.elapsed());

    // Renditions come from the log soon after.
    eventually_within(Duration::from_secs(30), "a rendition of the result", || {
        let (shopper, path) = (shopper.clone(), format!("/v1/pictures/{result}/400.webp"));
        async move { (shopper.bytes(&path).await.ok()?.0 == StatusCode::OK).then_some(()) }
    })
    .await;

    // A page shows it by addresses that need no token; the bare ones need one.
    let shown = shopper.get(&location).await.unwrap();
    let display = &shown.body["result"]["display"];
    let src = display["src"].as_str().unwrap();
    let anybody = system.anonymous().unwrap();
    let (code, media_type, _) = anybody.bytes(src).await.unwrap();
    assert_eq!((code, media_type.as_str()), (StatusCode::OK, "image/jpeg"));
    let bare = src.split('?').next().unwrap();
    let (code, ..) = anybody.bytes(bare).await.unwrap();
    assert_eq!(code, StatusCode::NOT_FOUND);
    assert_eq!(display["sources"][0]["type"], "image/webp", "{display}");

    // The garment's picture is public, and has everything.
    let page = anybody.get("/v1/garments").await.unwrap();
    let display = &page.body["items"][0]["picture"]["display"];
    assert_eq!(display["sources"][0]["type"], "image/avif", "{display}");
    assert!(display["thumbhash"].is_string() && display["mean_colour"].is_string());
    let avif = display["sources"][0]["srcset"].as_str().unwrap();
    let avif = avif.split(' ').next().unwrap();
    let (code, media_type, bytes) = anybody.bytes(avif).await.unwrap();
    assert_eq!((code, media_type.as_str()), (StatusCode::OK, "image/avif"));
    assert_eq!(bytes[4..12], *b"ftypavif");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_resumed_in_the_middle_loses_and_doubles_nothing() {
    let system = System::start(Options::default()).await.unwrap();
    let shop = system.caller("merchandiser").unwrap();
    let mut whole = shop.events("/v1/events/stream", None).await.unwrap();
    for number in 0..20 {
        shop.add_garment(&format!("garment-{number}"), "tops")
            .await
            .unwrap();
    }
    let mut ids = vec![];
    while ids.len() < 20 {
        ids.push(whole.next().await.unwrap().unwrap().id.unwrap());
    }

    for cut in [0, 7, 18] {
        let mut resumed = shop
            .events("/v1/events/stream", Some(&ids[cut]))
            .await
            .unwrap();
        for id in &ids[cut + 1..] {
            assert_eq!(resumed.next().await.unwrap().unwrap().id.as_ref(), Some(id));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_reads_its_own_writes_although_the_projector_dawdles() {
    let system = System::start(Options {
        projector_delay_ms: 700,
        ..Options::default()
    })
    .await
    .unwrap();
    let shop = system.caller("merchandiser").unwrap();

    let added = shop.add_garment("linen-shirt", "tops").await.unwrap();
    let path = format!("/v1/garments/{}", added.id().unwrap());
    let shown = shop
        .get_at(&path, added.position.as_deref().unwrap())
        .await
        .unwrap();

    assert_eq!(shown.status, StatusCode::OK, "{shown:?}");
    assert_eq!(shown.body["slug"], "linen-shirt");
}
