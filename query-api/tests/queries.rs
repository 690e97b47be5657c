//! Questions and live updates on real servers.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may fail in its helpers too"
)]

mod support;
#[path = "queries/versions.rs"]
mod versions;

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use axum::http::StatusCode;
use domain::{
    catalog::garment::{ChangePrice, Garment},
    media::picture::{
        ChooseFocalPoint, FocalPoint, Picture, PictureFormat, Purpose, RecordProcessed,
        RecordUpload, Rendition, StoredPicture,
    },
    shared::{AccountId, BlobHash, Category, Currency, GarmentId, Money, PictureId},
    tryon::session::{Request, RequestTryOn, Session, StartTryOn, SucceedTryOn},
};
use jetstream_es::Clock;
use projector::ProjectorOptions;
use query_api::{
    CardPage, GarmentDocument, LinkKeys, PictureDisplayDocument, PictureDocument, QueryApiOptions,
    TryOnDocument,
};
use support::{ANNA, Message, System};
use testkit::eventually;
use time::OffsetDateTime;
use uuid::Uuid;

fn code(body: &[u8]) -> String {
    let problem: serde_json::Value = serde_json::from_slice(body).unwrap();
    problem["code"].as_str().unwrap().to_owned()
}

fn request() -> RequestTryOn {
    let request = Request {
        person: PictureId::new(Uuid::from_u128(1)),
        garment: GarmentId::new(Uuid::from_u128(2)),
        garment_picture: PictureId::new(Uuid::from_u128(7)),
        category: Category::Tops,
        requested_by: AccountId::new(ANNA),
    };
    RequestTryOn { request }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_hold_every_garment_once_while_others_are_added() {
    let system = System::start().await;
    let mut at = String::new();
    for number in 1..=7 {
        at = system.publish(Uuid::from_u128(number)).await.to_string();
    }
    let mut seen = Vec::new();
    let mut path = "/v1/garments?limit=3".to_owned();
    let mut added = 100;
    loop {
        let min = [("drape-min-position", at.as_str())];
        let page: CardPage = system.json(&path, &min).await;
        seen.extend(page.items.iter().map(|card| card.id.as_u128()));
        added += 1;
        at = system.publish(Uuid::from_u128(added)).await.to_string();
        match page.next_cursor {
            Some(cursor) => path = format!("/v1/garments?limit=3&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, [7, 6, 5, 4, 3, 2, 1]);
    let none: CardPage = system.json("/v1/garments?category=dresses", &[]).await;
    assert!(none.items.is_empty());
    for wrong in [
        "limit=0",
        "limit=101",
        "cursor=x",
        "category=hats",
        "status=x",
    ] {
        let (status, _, _) = system.get(&format!("/v1/garments?{wrong}"), &[]).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_are_for_merchandisers() {
    let system = System::start().await;
    let id = Uuid::from_u128(1);
    let at = system.draft(id).await.to_string();
    let min = ("drape-min-position", at.as_str());
    let path = format!("/v1/garments/{id}");
    let (status, _, body) = system.get(&path, &[min]).await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::NOT_FOUND, "garment-not-found".to_owned())
    );
    let mo = ("authorization", "Bearer mo");
    let garment: GarmentDocument = system.json(&path, &[min, mo]).await;
    assert_eq!((garment.status.as_str(), garment.version), ("draft", 1));
    let drafts: CardPage = system.json("/v1/garments?status=draft", &[min, mo]).await;
    assert_eq!(drafts.items.len(), 1);
    let (status, _, _) = system.get("/v1/garments?status=all", &[]).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let anna = ("authorization", "Bearer anna");
    let (status, _, _) = system.get("/v1/garments?status=all", &[anna]).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_sees_the_write_that_it_names() {
    let slow = ProjectorOptions {
        delay_per_batch: Some(Duration::from_millis(300)),
        ..ProjectorOptions::default()
    };
    let impatient = QueryApiOptions {
        min_position_wait: Duration::from_secs(3),
        ..QueryApiOptions::default()
    };
    let system = System::start_with(slow, impatient).await;
    let id = Uuid::from_u128(1);
    system.publish(id).await;
    for minor in [1, 2, 3] {
        let price = Money {
            minor,
            currency: Currency::EUR,
        };
        let at = system
            .execute::<Garment>(id, &minor.to_string(), ChangePrice { price })
            .await
            .to_string();
        let min = [("drape-min-position", at.as_str())];
        let garment: GarmentDocument = system.json(&format!("/v1/garments/{id}"), &min).await;
        assert_eq!(garment.price.minor, minor);
    }
    let last = system.log.last_sequence().await.unwrap();
    let beyond = format!("{}-{}", system.log.epoch(), last + 1);
    let (status, headers, body) = system
        .get("/v1/garments", &[("drape-min-position", &beyond)])
        .await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::SERVICE_UNAVAILABLE, "view-behind".to_owned())
    );
    assert!(headers.contains_key("retry-after"));
    let (status, _, body) = system
        .get("/v1/garments", &[("drape-min-position", "other-1")])
        .await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::CONFLICT, "epoch-changed".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_picture_is_private() {
    let system = System::start().await;
    let bytes = bytes::Bytes::from_static(b"not really a picture");
    let hash = system.blobs.put(bytes.clone()).await.unwrap().to_string();
    let stored = StoredPicture {
        blob: BlobHash::parse(&hash).unwrap(),
        ..StoredPicture::sample()
    };
    let (private, public) = (Uuid::from_u128(1), Uuid::from_u128(2));
    for (id, purpose, owner) in [
        (private, Purpose::Person, Some(AccountId::new(ANNA))),
        (public, Purpose::Catalogue, None),
    ] {
        let upload = RecordUpload {
            purpose,
            owner,
            original: stored.clone(),
        };
        system.execute::<Picture>(id, "upload", upload).await;
    }
    let processed = RecordProcessed {
        renditions: vec![Rendition {
            name: "400.webp".to_owned(),
            stored: stored.clone(),
        }],
        mean_colour: "#808080".to_owned(),
        thumbhash: None,
    };
    let at = system
        .execute::<Picture>(public, "process", processed)
        .await
        .to_string();
    let min = ("drape-min-position", at.as_str());
    let mine = format!("/v1/pictures/{private}");
    let (anna, bert) = (
        ("authorization", "Bearer anna"),
        ("authorization", "Bearer bert"),
    );
    for path in [mine.clone(), format!("{mine}/original")] {
        for headers in [
            vec![min],
            vec![min, bert],
            vec![min, ("authorization", "Bearer mo")],
        ] {
            let (status, _, body) = system.get(&path, &headers).await;
            assert_eq!(status, StatusCode::NOT_FOUND);
            assert_eq!(code(&body), "picture-not-found");
        }
        for headers in [[min, anna], [min, ("authorization", "Bearer root")]] {
            let (status, headers, _) = system.get(&path, &headers).await;
            assert_eq!(status, StatusCode::OK);
            assert!(
                !headers["cache-control"]
                    .to_str()
                    .unwrap()
                    .contains("public")
            );
        }
    }
    let document: PictureDocument = system.json(&mine, &[anna]).await;
    assert_eq!(
        (document.status.as_str(), document.owner),
        ("uploaded", Some(ANNA))
    );
    let (status, _, body) = system.get(&format!("{mine}/400.webp"), &[anna]).await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::NOT_FOUND, "rendition-not-ready".to_owned())
    );
    let path = format!("/v1/pictures/{public}/400.webp");
    let (status, headers, body) = system.get(&path, &[]).await;
    assert_eq!((status, body), (StatusCode::OK, bytes.to_vec()));
    assert_eq!(headers["content-type"], "image/jpeg");
    assert_eq!(
        headers["cache-control"],
        "public, max-age=31536000, immutable"
    );
    let etag = headers["etag"].to_str().unwrap();
    let (status, _, body) = system.get(&path, &[("if-none-match", etag)]).await;
    assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0));
    let (_, _, body) = system
        .get(&format!("/v1/pictures/{public}/9.webp"), &[])
        .await;
    assert_eq!(code(&body), "rendition-not-found");
}

/// A processed picture, and where in the log that is.
async fn shown(system: &System, id: Uuid, purpose: Purpose, bytes: &'static [u8]) -> String {
    let bytes = bytes::Bytes::from_static(bytes);
    let hash = system.blobs.put(bytes.clone()).await.unwrap().to_string();
    let stored = StoredPicture {
        blob: BlobHash::parse(&hash).unwrap(),
        size_bytes: bytes.len() as u64,
        ..StoredPicture::sample()
    };
    let upload = RecordUpload {
        purpose,
        owner: (purpose != Purpose::Catalogue).then_some(AccountId::new(ANNA)),
        original: stored.clone(),
    };
    system.execute::<Picture>(id, "upload", upload).await;
    let rendition = |width_px: u32, extension: &str, format| Rendition {
        name: format!("{width_px}.{extension}"),
        stored: StoredPicture {
            format,
            width_px,
            ..stored.clone()
        },
    };
    let processed = RecordProcessed {
        renditions: vec![
            rendition(160, "avif", PictureFormat::Avif),
            rendition(400, "avif", PictureFormat::Avif),
            rendition(400, "jpg", PictureFormat::Jpeg),
        ],
        mean_colour: "#808080".to_owned(),
        thumbhash: Some("MwgKDIKodYeAmHV4dpd3i4h4h/CL".to_owned()),
    };
    system
        .execute::<Picture>(id, "process", processed)
        .await
        .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_says_how_its_pictures_are_shown() {
    let system = System::start().await;
    let (garment, picture) = (Uuid::from_u128(1), Uuid::from_u128(7));
    let at = system.publish(garment).await.to_string();
    let min = [("drape-min-position", at.as_str())];
    let page: CardPage = system.json("/v1/garments", &min).await;
    let link = page.items[0].picture.as_ref().unwrap();
    assert!(link.display.is_none(), "it was never processed: {link:?}");

    let at = shown(&system, picture, Purpose::Catalogue, b"a picture").await;
    let focal_point = FocalPoint::parse(0.5, 0.25).unwrap();
    let chosen = ChooseFocalPoint { focal_point };
    system.execute::<Picture>(picture, "focus", chosen).await;
    let min = [("drape-min-position", at.as_str())];
    eventually("the focal point to be shown", || async {
        let document: PictureDocument = system.json(&format!("/v1/pictures/{picture}"), &min).await;
        document.focal_point
    })
    .await;
    let page: CardPage = system.json("/v1/garments", &min).await;
    let shown: GarmentDocument = system.json(&format!("/v1/garments/{garment}"), &min).await;
    for link in [&page.items[0].picture, &shown.picture] {
        let display = link.as_ref().unwrap().display.as_ref().unwrap();
        assert_eq!((display.width_px, display.height_px), (768, 1024));
        assert_eq!(display.mean_colour, "#808080");
        assert_eq!(
            display.thumbhash.as_deref(),
            Some("MwgKDIKodYeAmHV4dpd3i4h4h/CL")
        );
        let focal_point = display.focal_point.as_ref().unwrap();
        assert!((focal_point.y - 0.25).abs() < f64::EPSILON);
        assert_eq!(display.src, format!("/v1/pictures/{picture}/400.jpg"));
        assert_eq!(display.sources[0].r#type, "image/avif");
        assert_eq!(
            display.sources[0].srcset,
            format!("/v1/pictures/{picture}/160.avif 160w, /v1/pictures/{picture}/400.avif 400w")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_picture_is_seen_by_a_signed_address_for_some_minutes() {
    let clock = Arc::new(AtomicI64::new(1_800_000_000));
    let set = Arc::clone(&clock);
    let options = QueryApiOptions {
        link_keys: LinkKeys::parse("first:0123456789abcdef").unwrap(),
        clock: Clock::new(move || {
            OffsetDateTime::from_unix_timestamp(set.load(Ordering::Relaxed)).unwrap()
        }),
        ..QueryApiOptions::default()
    };
    let system = System::start_with(ProjectorOptions::default(), options).await;
    let picture = Uuid::from_u128(1);
    let at = shown(&system, picture, Purpose::Person, b"a person").await;
    let min = ("drape-min-position", at.as_str());
    let (anna, bert) = (
        ("authorization", "Bearer anna"),
        ("authorization", "Bearer bert"),
    );
    let path = format!("/v1/pictures/{picture}/display");
    let (status, _, body) = system.get(&path, &[min, bert]).await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::NOT_FOUND, "picture-not-found".to_owned())
    );
    let (_, headers, _) = system.get(&path, &[min, anna]).await;
    assert_eq!(headers["cache-control"], "no-store");
    let display: PictureDisplayDocument = system.json(&path, &[min, anna]).await;
    let (status, headers, body) = system.get(&display.src, &[]).await;
    assert_eq!(
        (status, body.as_slice()),
        (StatusCode::OK, &b"a person"[..])
    );
    let cache = headers["cache-control"].to_str().unwrap();
    assert!(cache.starts_with("private, max-age="), "{cache}");
    let small = display.sources[0].srcset.split(' ').next().unwrap();
    assert_eq!(system.get(small, &[]).await.0, StatusCode::OK);

    // Without the signature, with another's, and with a piece of it.
    let bare = display.src.split('?').next().unwrap();
    assert_eq!(system.get(bare, &[]).await.0, StatusCode::NOT_FOUND);
    let query = display.src.split('?').nth(1).unwrap();
    for wrong in [
        format!("/v1/pictures/{picture}/original?{query}"),
        display.src.replace("first", "other"),
        display.src.split("&signature").next().unwrap().to_owned(),
    ] {
        let (status, _, body) = system.get(&wrong, &[]).await;
        assert_eq!(
            (status, code(&body)),
            (StatusCode::FORBIDDEN, "link-invalid".to_owned()),
            "{wrong}"
        );
    }
    clock.fetch_add(901, Ordering::Relaxed);
    let (status, _, body) = system.get(&display.src, &[]).await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::GONE, "link-expired".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_had_in_parts() {
    let system = System::start().await;
    let picture = Uuid::from_u128(1);
    let at = shown(&system, picture, Purpose::Catalogue, b"0123456789").await;
    let min = ("drape-min-position", at.as_str());
    // Too small for a rendition of its own at that width: the widest one.
    let path = format!("/v1/pictures/{picture}/1600.avif");
    let (status, headers, body) = system.get(&path, &[min]).await;
    assert_eq!(
        (status, body.as_slice()),
        (StatusCode::OK, &b"0123456789"[..])
    );
    assert_eq!(headers["accept-ranges"], "bytes");
    assert_eq!(headers["content-type"], "image/avif");
    let etag = headers["etag"].to_str().unwrap().to_owned();
    let part = ("range", "bytes=2-4");
    let (status, headers, body) = system.get(&path, &[part, ("if-range", &etag)]).await;
    assert_eq!(
        (status, body.as_slice()),
        (StatusCode::PARTIAL_CONTENT, &b"234"[..])
    );
    assert_eq!(headers["content-range"], "bytes 2-4/10");
    assert_eq!(headers["content-length"], "3");
    assert_eq!(headers["etag"].to_str().unwrap(), etag);
    let (status, _, body) = system.get(&path, &[part, ("if-range", "\"old\"")]).await;
    assert_eq!((status, body.len()), (StatusCode::OK, 10));
    let (status, headers, body) = system.get(&path, &[("range", "bytes=10-")]).await;
    assert_eq!(
        (status, code(&body)),
        (
            StatusCode::RANGE_NOT_SATISFIABLE,
            "range-not-satisfiable".to_owned()
        )
    );
    assert_eq!(headers["content-range"], "bytes */10");
    // What the client accepts decides nothing.
    let (_, headers, _) = system.get(&path, &[("accept", "image/webp")]).await;
    assert_eq!(headers["content-type"], "image/avif");
    assert!(!headers.contains_key("vary"));
}

/// Reads `count` messages, coming again with the last id after every few.
async fn follow(system: &System, from: &str, count: usize, hold: usize) -> Vec<Message> {
    let mut messages: Vec<Message> = Vec::new();
    let mut last = from.to_owned();
    while messages.len() < count {
        let headers = [
            ("authorization", "Bearer mo"),
            ("last-event-id", last.as_str()),
        ];
        let mut stream = system.stream("/v1/events/stream", &headers).await;
        for _ in 0..hold.min(count - messages.len()) {
            messages.push(stream.next().await.unwrap());
        }
        last.clone_from(&messages.last().unwrap().id);
    }
    messages
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_breaks_again_and_again_loses_nothing_and_doubles_nothing() {
    // A ring much smaller than what happens: clients have to go back to the log.
    let options = QueryApiOptions {
        ring: 8,
        ..QueryApiOptions::default()
    };
    let system = System::start_with(ProjectorOptions::default(), options).await;
    let from = format!("{}-0", system.log.epoch());
    let garments = 40;
    let writing = async {
        for number in 1..=garments {
            system.publish(Uuid::from_u128(number)).await;
        }
    };
    let count = usize::try_from(garments).unwrap() * 3;
    let ((), one, seven, all) = tokio::join!(
        writing,
        follow(&system, &from, count, 1),
        follow(&system, &from, count, 7),
        follow(&system, &from, count, usize::MAX),
    );
    let wanted: Vec<String> = (1..=count)
        .map(|sequence| format!("{}-{sequence}", system.log.epoch()))
        .collect();
    for messages in [one, seven, all] {
        let ids: Vec<String> = messages.into_iter().map(|message| message.id).collect();
        assert_eq!(ids, wanted);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_can_be_read_and_nobody_is_told_too_much() {
    let system = System::start().await;
    let anna = ("authorization", "Bearer anna");
    let bert = ("authorization", "Bearer bert");
    let mut hers = system.stream("/v1/events/stream", &[anna]).await;
    let mut his = system.stream("/v1/events/stream", &[bert]).await;
    let session = Uuid::from_u128(5);
    system
        .execute::<Session>(session, "request", request())
        .await;
    let garment = Uuid::from_u128(1);
    let at = system.publish(garment).await;
    let told = hers.next().await.unwrap();
    assert_eq!(told.json()["type"], "TryOnRequested");
    let status: TryOnDocument = system
        .json(&format!("/v1/try-ons/{session}"), &[anna])
        .await;
    assert_eq!(status.status, "requested");
    let (status, _, _) = system.get(&format!("/v1/try-ons/{session}"), &[bert]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    // Neither the draft nor the other person's try-on.
    for stream in [&mut hers, &mut his] {
        let message = stream.next().await.unwrap();
        assert_eq!(message.json()["type"], "GarmentPublished");
        assert_eq!(message.id, at.to_string());
    }
    let garment: GarmentDocument = system.json(&format!("/v1/garments/{garment}"), &[]).await;
    assert_eq!(garment.status, "published");
    for (id, wanted) in [
        ("other-1", StatusCode::CONFLICT),
        ("nonsense", StatusCode::BAD_REQUEST),
    ] {
        let answer = system
            .open("/v1/events/stream", &[("last-event-id", id)])
            .await;
        assert_eq!(answer.status(), wanted);
    }
    system.shutdown.cancel();
    assert_eq!(hers.next().await, None);
    assert_eq!(his.next().await, None);
    system.api.join().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_stream_tells_what_was_asked_for_and_nothing_else() {
    let system = System::start().await;
    let anna = ("authorization", "Bearer anna");
    let bert = ("authorization", "Bearer bert");
    let stream = |topics: &'static str, caller| {
        let (system, path) = (&system, format!("/v1/events/stream?topics={topics}"));
        async move { system.stream(&path, &[caller]).await }
    };
    let mut garments = stream("catalogue", anna).await;
    let mut hers = stream("try-ons", anna).await;
    let mut both = stream("try-ons,catalogue", anna).await;
    let mut his = stream("catalogue,pictures,try-ons", bert).await;
    let session = Uuid::from_u128(5);
    let asked = system
        .execute::<Session>(session, "request", request())
        .await;
    let published = system.publish(Uuid::from_u128(1)).await;
    for (stream, ids) in [
        (&mut garments, &[&published][..]),
        (&mut hers, &[&asked]),
        (&mut both, &[&asked, &published]),
        (&mut his, &[&published]),
    ] {
        for id in ids {
            assert_eq!(stream.next().await.unwrap().id, id.to_string());
        }
    }
    // What was told of the try-on can be read at once, and its progress is heard from then on.
    let path = format!("/v1/try-ons/{session}");
    let status: TryOnDocument = system.json(&path, &[anna]).await;
    assert_eq!(status.status, "requested");
    let later = stream("try-ons", anna).await;
    for mut listener in [hers, both, later] {
        let telling = async {
            loop {
                let progress = format!(
                    r#"{{"session":"{session}","attempt":1,"stage":"warp","fraction":0.5,"elapsed_ms":10}}"#
                );
                let subject = format!("drape.progress.tryon.{session}");
                system
                    .client
                    .publish(subject, progress.into())
                    .await
                    .unwrap();
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        };
        let message = tokio::select! {
            message = listener.next() => message.unwrap(),
            () = telling => unreachable!(),
        };
        assert_eq!(
            (message.event.as_str(), message.id.as_str()),
            ("progress", "")
        );
    }
    // Resumed under other topics, at the same position of the same log.
    let resume = [anna, ("last-event-id", &asked.to_string())];
    let mut resumed = system
        .stream("/v1/events/stream?topics=catalogue", &resume)
        .await;
    assert_eq!(resumed.next().await.unwrap().id, published.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_that_are_unknown_or_anothers_are_refused() {
    let system = System::start().await;
    let anna = ("authorization", "Bearer anna");
    for (topics, headers, wanted) in [
        ("weather", &[anna][..], "unknown-topic"),
        ("", &[anna], "unknown-topic"),
        ("catalogue,try-ons", &[], "unauthenticated"),
        ("pictures", &[], "unauthenticated"),
        ("accounts", &[anna], "forbidden"),
    ] {
        let path = format!("/v1/events/stream?topics={topics}");
        let (_, _, body) = system.get(&path, headers).await;
        assert_eq!(code(&body), wanted, "{topics}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_when_its_time_is_over() {
    let options = QueryApiOptions {
        max_age: std::time::Duration::from_millis(200),
        ..QueryApiOptions::default()
    };
    let system = System::start_with(ProjectorOptions::default(), options).await;
    let mut stream = system.stream("/v1/events/stream", &[]).await;
    assert_eq!(stream.next().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_on_is_watched_until_it_ends() {
    let system = System::start().await;
    let anna = ("authorization", "Bearer anna");
    let session = Uuid::from_u128(5);
    let at = system
        .execute::<Session>(session, "request", request())
        .await
        .to_string();
    let path = format!("/v1/try-ons/{session}/events");
    let mut stream = system
        .stream(&path, &[anna, ("drape-min-position", &at)])
        .await;
    let requested = stream.next().await.unwrap();
    assert_eq!(
        (requested.json()["type"].as_str(), &requested.id),
        (Some("TryOnRequested"), &at)
    );
    let progress = format!(
        r#"{{"session":"{session}","attempt":1,"stage":"warp","fraction":0.5,"elapsed_ms":10}}"#
    );
    let subject = format!("drape.progress.tryon.{session}");
    system
        .client
        .publish(subject.clone(), "nonsense".into())
        .await
        .unwrap();
    system
        .client
        .publish(subject, progress.into())
        .await
        .unwrap();
    let message = stream.next().await.unwrap();
    assert_eq!(
        (message.event.as_str(), message.id.as_str()),
        ("progress", "")
    );
    assert_eq!(message.json()["stage"], "warp");
    let start = StartTryOn {
        attempt: 1,
        worker: "worker-a".to_owned(),
    };
    system.execute::<Session>(session, "start", start).await;
    let succeed = SucceedTryOn {
        attempt: 1,
        result: PictureId::new(Uuid::from_u128(9)),
        duration_ms: 900,
        engine: "test".to_owned(),
    };
    let end = system
        .execute::<Session>(session, "succeed", succeed)
        .await
        .to_string();
    let mut types = Vec::new();
    while let Some(message) = stream.next().await {
        types.push(message.json()["type"].as_str().unwrap().to_owned());
    }
    assert_eq!(types, ["TryOnStarted", "TryOnSucceeded"]);
    // Who comes late gets what was missed, and the end.
    let late = [
        anna,
        ("drape-min-position", end.as_str()),
        ("last-event-id", at.as_str()),
    ];
    let mut stream = system.stream(&path, &late).await;
    assert_eq!(stream.next().await.unwrap().json()["type"], "TryOnStarted");
    assert_eq!(
        stream.next().await.unwrap().json()["type"],
        "TryOnSucceeded"
    );
    assert_eq!(stream.next().await, None);
    let mut stream = system
        .stream(&path, &[anna, ("last-event-id", end.as_str())])
        .await;
    assert_eq!(stream.next().await, None);
    let (status, _, _) = system.get(&path, &[("authorization", "Bearer bert")]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_on_is_found_as_soon_as_it_is_accepted_although_the_projector_dawdles() {
    let slow = ProjectorOptions {
        delay_per_batch: Some(Duration::from_millis(300)),
        ..ProjectorOptions::default()
    };
    let system = System::start_with(slow, QueryApiOptions::default()).await;
    let anna = ("authorization", "Bearer anna");
    let (first, second) = (Uuid::from_u128(5), Uuid::from_u128(6));

    // A browser's EventSource cannot name the position that it waits for.
    system.execute::<Session>(first, "request", request()).await;
    let path = format!("/v1/try-ons/{first}/events");
    let mut stream = system.stream(&path, &[anna]).await;
    let told = stream.next().await.unwrap();
    assert_eq!(told.json()["type"], "TryOnRequested");

    system
        .execute::<Session>(second, "request", request())
        .await;
    let shown: TryOnDocument = system.json(&format!("/v1/try-ons/{second}"), &[anna]).await;
    assert_eq!(shown.status, "requested");

    let unknown = Uuid::from_u128(7);
    let (status, _, body) = system.get(&format!("/v1/try-ons/{unknown}"), &[anna]).await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::NOT_FOUND, "try-on-not-found".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_tells_the_end_whenever_it_is_opened() {
    let system = System::start().await;
    let anna = ("authorization", "Bearer anna");
    for number in 0..40 {
        let session = Uuid::from_u128(100 + number);
        let path = format!("/v1/try-ons/{session}/events");
        system
            .execute::<Session>(session, "request", request())
            .await;
        let start = StartTryOn {
            attempt: 1,
            worker: "worker-a".to_owned(),
        };
        system.execute::<Session>(session, "start", start).await;
        let succeed = SucceedTryOn {
            attempt: 1,
            result: PictureId::new(Uuid::from_u128(9)),
            duration_ms: 900,
            engine: "test".to_owned(),
        };
        let headers = [anna];
        let (_, mut stream) = tokio::join!(
            system.execute::<Session>(session, "succeed", succeed),
            system.stream(&path, &headers)
        );
        let mut last = None;
        while let Some(message) = stream.next().await {
            last = Some(message.json()["type"].as_str().unwrap().to_owned());
        }
        assert_eq!(last.as_deref(), Some("TryOnSucceeded"), "stream {number}");
    }
}
