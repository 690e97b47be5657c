//! A garment is looked at for try-on before anybody tries it on, and the catalogue says so.
#![expect(clippy::unwrap_used, reason = "a test may fail in its helpers too")]

use std::{collections::BTreeMap, io::Cursor, time::Duration};

use e2e::{Client, Options, System, demo_picture, photo, views_as_the_log_says};
use jetstream_es::SubjectFilter;
use reqwest::StatusCode;
use serde_json::{Value, json};
use testkit::eventually_within;

const LIMIT: Duration = Duration::from_mins(1);

/// A good packshot, and the same cut off by the edge of the picture.
fn packshots() -> (Vec<u8>, Vec<u8>) {
    let good = demo_picture("garments/wide-stripe-tee.jpg").unwrap();
    let whole = image::load_from_memory(&good).unwrap();
    let (width, height) = (whole.width(), whole.height());
    let cut = whole.crop_imm(width / 3, 0, width - width / 3, height);
    let mut bad = Cursor::new(vec![]);
    let jpeg = image::ImageFormat::Jpeg;
    cut.to_rgb8().write_to(&mut bad, jpeg).unwrap();
    (good, bad.into_inner())
}

async fn state_of(client: &Client, garment: &str) -> Option<String> {
    let shown = client.get(&format!("/v1/garments/{garment}")).await.ok()?;
    Some(shown.body["try_on"]["state"].as_str()?.to_owned())
}

async fn becomes(client: &Client, garment: &str, state: &str) {
    let says = || async { state_of(client, garment).await.filter(|now| now == state) };
    eventually_within(LIMIT, state, says).await;
}

/// The garment is shown on a transparent ground, with its own cloth, to whoever comes.
async fn is_cut_out(client: &Client, garment: &str, packshot: &[u8]) {
    let processed = || async {
        let shown = client.get(&format!("/v1/garments/{garment}")).await.ok()?;
        let cutout = shown.body["cutout"].clone();
        cutout["picture"]["display"].is_object().then_some(cutout)
    };
    let cutout = eventually_within(LIMIT, "the renditions of a cut-out", processed).await;
    let (width, height) = (&cutout["width_px"], &cutout["height_px"]);
    let display = &cutout["picture"]["display"];
    assert_eq!(
        (&display["width_px"], &display["height_px"]),
        (width, height)
    );
    let url = display["src"].as_str().unwrap();
    assert!(url.contains(".webp"), "{url}");
    let (status, media_type, webp) = client.bytes(url).await.unwrap();
    assert_eq!(
        (status, media_type.as_str()),
        (StatusCode::OK, "image/webp")
    );
    let original = cutout["picture"]["original_url"].as_str().unwrap();
    let (status, media_type, png) = client.bytes(original).await.unwrap();
    assert_eq!((status, media_type.as_str()), (StatusCode::OK, "image/png"));
    let whole = image::load_from_memory(packshot).unwrap();
    for file in [webp, png] {
        let seen = image::load_from_memory(&file).unwrap().into_rgba8();
        let (wide, high) = seen.dimensions();
        assert_eq!((json!(wide), json!(high)), (width.clone(), height.clone()));
        assert_eq!(seen.get_pixel(0, 0).0[3], 0);
        let [red, green, blue, alpha] = seen.get_pixel(wide / 2, high / 2).0;
        assert_eq!(alpha, 255);
        let filter = image::imageops::FilterType::Lanczos3;
        let shown = whole.resize_exact(wide, high, filter).into_rgb8();
        let own = shown.get_pixel(wide / 2, high / 2).0;
        let both = [red, green, blue].into_iter().zip(own);
        let off = both.map(|(seen, own)| seen.abs_diff(own)).max();
        assert!(off < Some(24), "{own:?}: {off:?}");
    }
}

/// How many looks the log has of each garment.
async fn looks(system: &System) -> BTreeMap<String, usize> {
    let log = system.log().await.unwrap();
    let filter = SubjectFilter::aggregate_type("tryon.suitability");
    let mut found = BTreeMap::new();
    for commit in log.read(0, &filter, 1_000).await.unwrap().commits {
        *found.entry(commit.aggregate_id).or_default() += commit.events.len();
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_is_looked_at_and_what_cannot_be_tried_on_is_refused_at_once() {
    let system = System::start(Options {
        workers: 1,
        ..Options::default()
    })
    .await
    .unwrap();
    let (shop, shopper) = (
        system.caller("merchandiser").unwrap(),
        system.caller("shopper").unwrap(),
    );
    let mut live = system
        .anonymous()
        .unwrap()
        .events("/v1/events/stream?topics=catalogue", None)
        .await
        .unwrap();
    let (good, bad) = packshots();
    let ready = shop.publish_garment("good", "tops", good.clone()).await;
    let (ready, cut) = (
        ready.unwrap(),
        shop.publish_garment("bad", "tops", bad.clone())
            .await
            .unwrap(),
    );
    becomes(&shopper, &ready, "ready").await;
    becomes(&shopper, &cut, "unsupported").await;
    let shown = shopper.get(&format!("/v1/garments/{cut}")).await.unwrap();
    let reason = &shown.body["try_on"]["reason"];
    assert_eq!(shown.body["cutout"], Value::Null);
    is_cut_out(&system.anonymous().unwrap(), &ready, &good).await;
    assert_eq!(reason["code"], "garment-touches-border");
    assert!(reason["detail"].as_str().unwrap().contains("margin"));

    // The facet counts, the filter finds, the list says so.
    let counted = || async {
        let found = shopper.get("/v1/search?try_on_ready=true").await.ok()?;
        let facet = found.body["facets"]["try_on_ready"].as_u64()?;
        (found.body["styles"] == 1 && facet == 1).then_some(found)
    };
    let found = eventually_within(LIMIT, "one that can be tried on", counted).await;
    assert_eq!(found.body["items"][0]["garment"]["id"], json!(ready));
    let list = shopper.get("/v1/garments").await.unwrap();
    let states: Vec<&Value> = list.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|card| &card["try_on"]["state"])
        .collect();
    assert_eq!(states, ["unsupported", "ready"]);
    // Whoever listens heard of it.
    let mut heard = Vec::new();
    while heard.len() < 2 {
        let event = tokio::time::timeout(LIMIT, live.next()).await.unwrap();
        let event = event.unwrap().unwrap().data;
        if event["type"] == "GarmentLookedAt" {
            heard.push(event["aggregate_id"].as_str().unwrap().to_owned());
        }
    }
    heard.sort();
    let mut expected = vec![ready.clone(), cut.clone()];
    expected.sort();
    assert_eq!(heard, expected);

    // The bad one is refused at once with the code of a worker; the good one is tried on.
    let person = shopper.upload("person", "image/jpeg", photo().unwrap());
    let person = person.await.unwrap().id().unwrap();
    let refused = shopper.try_on(&person, &cut).await.unwrap();
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.body["code"], "garment-touches-border");
    assert_eq!(refused.body["detail"], reason["detail"]);
    let accepted = shopper.try_on(&person, &ready).await.unwrap();
    accepted.expect(StatusCode::ACCEPTED).unwrap();

    // A better picture mends it, and a draft's picture is looked at before it is published.
    let picture = shop.upload("catalogue", "image/jpeg", good).await.unwrap();
    let body = json!({ "picture": picture.id().unwrap() });
    let path = format!("/v1/garments/{cut}/picture");
    let attached = shop.put(&path, &body).await.unwrap();
    assert!(attached.status.is_success(), "{attached:?}");
    becomes(&shopper, &cut, "ready").await;
    let draft = shop.add_garment("draft", "tops").await.unwrap();
    let draft = draft.id().unwrap();
    let picture = shop.upload("catalogue", "image/jpeg", bad).await.unwrap();
    let body = json!({ "picture": picture.id().unwrap() });
    let path = format!("/v1/garments/{draft}/picture");
    let attached = shop.put(&path, &body).await.unwrap();
    assert!(attached.status.is_success(), "{attached:?}");
    becomes(&shop, &draft, "unsupported").await;
    let published = shop
        .post(&format!("/v1/garments/{draft}/publish"), &json!({}))
        .await
        .unwrap();
    assert!(published.status.is_success(), "{published:?}");
    becomes(&shopper, &draft, "unsupported").await;
    let expected = BTreeMap::from([(ready, 1), (cut, 2), (draft, 1)]);
    assert_eq!(looks(&system).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_worker_nothing_is_known_and_one_that_is_killed_doubles_nothing() {
    let mut system = System::start(Options::default()).await.unwrap();
    let (shop, shopper) = (
        system.caller("merchandiser").unwrap(),
        system.caller("shopper").unwrap(),
    );
    let (good, bad) = packshots();
    let mut garments = Vec::new();
    for number in 0..12 {
        let picture = if number % 3 == 0 { &bad } else { &good };
        let slug = format!("style-{number}");
        let garment = shop.publish_garment(&slug, "tops", picture.clone()).await;
        garments.push(garment.unwrap());
    }
    for garment in &garments {
        becomes(&shopper, garment, "unknown").await;
    }
    let shown = shopper.get(&format!("/v1/garments/{}", garments[1])).await;
    assert_eq!(shown.unwrap().body["cutout"], Value::Null);
    let none = shopper.get("/v1/search?try_on_ready=true").await.unwrap();
    assert_eq!(none.body["styles"], 0);
    // What nobody has looked at may be tried.
    let person = shopper.upload("person", "image/jpeg", photo().unwrap());
    let person = person.await.unwrap().id().unwrap();
    let accepted = shopper.try_on(&person, &garments[1]).await.unwrap();
    let try_on = accepted.expect(StatusCode::ACCEPTED).unwrap();

    // Two workers share the looks; each is killed in the midst of them, and comes again.
    system.add_worker().unwrap();
    system.add_worker().unwrap();
    for (number, some) in [(0, 2), (1, 5), (0, 8)] {
        let far = || async { (looks(&system).await.len() >= some).then_some(()) };
        eventually_within(LIMIT, "some looks", far).await;
        system.workers[number].kill9().unwrap();
        system.restart_worker(number).unwrap();
    }
    for (number, garment) in garments.iter().enumerate() {
        let state = if number % 3 == 0 {
            "unsupported"
        } else {
            "ready"
        };
        becomes(&shopper, garment, state).await;
    }
    let location = try_on.location.unwrap();
    let done = || async {
        let shown = shopper.get(&location).await.ok()?;
        (shown.body["status"] == "succeeded").then_some(())
    };
    eventually_within(LIMIT, "the try-on", done).await;
    // What the killed ones had in hand is given out once more; it is known by then.
    let context = async_nats::jetstream::new(system.nats.client().await.unwrap());
    let stream = context.get_stream("DRAPE_EVENTS").await.unwrap();
    let settled = || async {
        let mut names = Box::pin(stream.consumer_names());
        let mut open = 0;
        while let Some(name) = futures::StreamExt::next(&mut names).await {
            let name = name.ok()?;
            if name.starts_with("garment-looks-") {
                let info = stream.consumer_info(&name).await.ok()?;
                open += info.num_pending + u64::try_from(info.num_ack_pending).ok()?;
            }
        }
        (open == 0).then_some(())
    };
    eventually_within(Duration::from_mins(2), "every look to be settled", settled).await;
    let once: BTreeMap<String, usize> = garments.into_iter().map(|of| (of, 1)).collect();
    assert_eq!(looks(&system).await, once);
    views_as_the_log_says(&system, LIMIT).await;
}
