//! Live updates: nothing lost, doubled, or told to whom it does not concern.

use std::time::Duration;

use axum::http::StatusCode;
use domain::{
    shared::PictureId,
    tryon::session::{Session, StartTryOn, SucceedTryOn},
};
use projector::ProjectorOptions;
use query_api::{GarmentDocument, QueryApiOptions, TryOnDocument};
use uuid::Uuid;

use crate::{
    code, request,
    support::{Message, Stream, System},
};

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

/// What happened next; where the try-on stands is passed over.
async fn next_but_queued(stream: &mut Stream) -> Message {
    loop {
        let message = stream.next().await.unwrap();
        if message.event != "queued" {
            return message;
        }
    }
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
    let requested = next_but_queued(&mut stream).await;
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
    let message = next_but_queued(&mut stream).await;
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
        stages: vec![],
    };
    let end = system
        .execute::<Session>(session, "succeed", succeed)
        .await
        .to_string();
    let mut types = Vec::new();
    while let Some(message) = stream.next().await {
        if message.event != "queued" {
            types.push(message.json()["type"].as_str().unwrap().to_owned());
        }
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
    let told = next_but_queued(&mut stream).await;
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
async fn who_waits_is_told_where_they_stand() {
    let system = System::start().await;
    let anna = ("authorization", "Bearer anna");
    let session = |number: u128| Uuid::from_u128(number);
    let start = |worker: &str| StartTryOn {
        attempt: 1,
        worker: worker.to_owned(),
    };
    let mut last = None;
    for number in 5..8 {
        let at = system.execute::<Session>(session(number), "request", request());
        last = Some(at.await.to_string());
    }
    let last = last.unwrap();
    let at = ("drape-min-position", last.as_str());
    let path = format!("/v1/try-ons/{}", session(7));
    let shown: TryOnDocument = system.json(&path, &[anna, at]).await;
    let queue = shown.queue.unwrap();
    assert_eq!((queue.position, queue.estimated_seconds), (3, None));

    // The first takes 2,100 ms; the second is taken up: the third moves to the front.
    let mut stream = system.stream(&format!("{path}/events"), &[anna, at]).await;
    let mut queued = async || {
        loop {
            let message = stream.next().await.unwrap();
            if message.event == "queued" {
                assert_eq!(message.id, "");
                break message.json();
            }
        }
    };
    assert_eq!(queued().await["position"], 3);
    system
        .execute::<Session>(session(5), "start", start("a"))
        .await;
    let succeed = SucceedTryOn {
        attempt: 1,
        result: PictureId::new(Uuid::from_u128(9)),
        duration_ms: 2_100,
        engine: "test".to_owned(),
        stages: vec![],
    };
    system
        .execute::<Session>(session(5), "succeed", succeed)
        .await;
    let last = system
        .execute::<Session>(session(6), "start", start("a"))
        .await
        .to_string();
    let mut told = queued().await;
    while told["position"] != 1 {
        assert_eq!(told["position"], 2);
        told = queued().await;
    }
    assert_eq!(told["session"], session(7).to_string());
    let at = ("drape-min-position", last.as_str());
    let shown: TryOnDocument = system.json(&path, &[anna, at]).await;
    let queue = shown.queue.unwrap();
    assert_eq!((queue.position, queue.estimated_seconds), (1, Some(3)));

    // Who does not wait stands nowhere.
    let last = system
        .execute::<Session>(session(7), "start", start("a"))
        .await
        .to_string();
    let at = ("drape-min-position", last.as_str());
    let shown: TryOnDocument = system.json(&path, &[anna, at]).await;
    assert_eq!((shown.status.as_str(), shown.queue), ("running", None));
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
            stages: vec![],
        };
        let headers = [anna];
        let (_, mut stream) = tokio::join!(
            system.execute::<Session>(session, "succeed", succeed),
            system.stream(&path, &headers)
        );
        let mut last = None;
        while let Some(message) = stream.next().await {
            if message.event != "queued" {
                last = Some(message.json()["type"].as_str().unwrap().to_owned());
            }
        }
        assert_eq!(last.as_deref(), Some("TryOnSucceeded"), "stream {number}");
    }
}
