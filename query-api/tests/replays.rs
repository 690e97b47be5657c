//! Replays and exports on real servers.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may fail in its helpers too"
)]

#[expect(dead_code, reason = "shared with the other tests")]
mod support;

use std::{io::Read, time::Duration};

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use http_body_util::BodyExt;
use proto::events::v1::{ReadRequest, event_log_client::EventLogClient, read_response::Part};
use query_api::{ExportOptions, ExportState, ExportStatus, QueryApiOptions};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use support::System;
use testkit::eventually_within;
use tower::ServiceExt;
use uuid::Uuid;

const ADA: (&str, &str) = ("authorization", "Bearer ada");

fn lines(body: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(body).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Rows and trailer.
fn whole(body: &[u8]) -> (Vec<Value>, Value) {
    let mut lines = lines(body);
    let trailer = lines.pop().unwrap()["trailer"].clone();
    assert_eq!(trailer["count"], lines.len());
    (lines, trailer)
}

/// Where the last line begins.
fn without_last_line(body: &[u8]) -> &[u8] {
    let end = body[..body.len() - 1]
        .iter()
        .rposition(|byte| *byte == b'\n');
    &body[..end.map_or(0, |end| end + 1)]
}

/// Drafts with several events per aggregate, one of them published.
async fn history(system: &System) {
    for number in 1..=3 {
        system.draft(Uuid::from_u128(number)).await;
    }
    system.publish(Uuid::from_u128(9)).await;
    append_two(system).await;
}

/// One commit of two events, as no command of today makes: written as the log has it.
async fn append_two(system: &System) {
    let id = Uuid::from_u128(20);
    let event = |event: &str, data: Value| json!({ "type": event, "version": "1", "data": data });
    let price = json!({ "type": "PriceChanged", "price": { "minor": 1, "currency": "EUR" } });
    let body = json!({ "v": 1, "from_version": 1, "events": [
        event("PriceChanged", price.clone()), event("PriceChanged", price), event("GarmentRetired", json!({ "type": "GarmentRetired" })),
    ] });
    let mut headers = async_nats::HeaderMap::new();
    headers.insert("Es-Command", "c");
    headers.insert("Es-Time", "2030-01-02T03:04:05.678Z");
    let subject = format!("drape.events.catalog.garment.{id}");
    let context = async_nats::jetstream::new(system.client.clone());
    let published = context.publish_with_headers(subject, headers, body.to_string().into());
    published.await.unwrap().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_is_for_analysts_and_says_when_it_is_whole() {
    let system = System::start().await;
    history(&system).await;
    for (token, status) in [("anna", 403), ("mo", 403), ("ada", 200), ("root", 200)] {
        let authorization = format!("Bearer {token}");
        let (found, _, _) = system
            .get("/v1/events", &[("authorization", &authorization)])
            .await;
        assert_eq!(found.as_u16(), status, "{token}");
    }
    assert_eq!(
        system.get("/v1/events", &[]).await.0,
        StatusCode::UNAUTHORIZED
    );
    let (_, headers, body) = system.get("/v1/events", &[ADA]).await;
    assert_eq!(headers["content-type"], "application/x-ndjson");
    let (rows, trailer) = whole(&body);
    assert_eq!(rows.len(), 9);
    assert_eq!(trailer["last"], rows[8]["position"]);
    assert_eq!(
        trailer["through"],
        headers["drape-position"].to_str().unwrap()
    );
    let hash = hex::encode(Sha256::digest(without_last_line(&body)));
    assert_eq!(trailer["sha256"], hash);
    let row = &rows[8];
    assert_eq!(
        (&row["type"], &row["index"], &row["version"]),
        (&json!("GarmentRetired"), &json!(2), &json!(3))
    );
    assert_eq!(
        (&row["context"], &row["aggregate"]),
        (&json!("catalog"), &json!("catalog.garment"))
    );
    assert_eq!(row["time"], "2030-01-02T03:04:05.678Z");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_was_cut_goes_on_byte_for_byte() {
    let system = System::start().await;
    history(&system).await;
    let (_, _, all) = system.get("/v1/events?trailer=false", &[ADA]).await;
    for cut in 0..=all.len() {
        let kept = all[..cut]
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |end| end + 1);
        let kept = &all[..kept];
        let last = lines(kept).pop();
        if cut > 0 && all[cut - 1] != b'\n' {
            continue; // The whole lines are those of an earlier cut.
        }
        let path = match last {
            Some(row) => {
                let position = row["position"].as_str().unwrap();
                format!(
                    "/v1/events?trailer=false&after={position}.{}",
                    row["index"].as_u64().unwrap() + 1
                )
            }
            None => "/v1/events?trailer=false".to_owned(),
        };
        let (status, _, rest) = system.get(&path, &[ADA]).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!([kept, &rest].concat(), all, "cut at {cut}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_carry_the_same_rows_and_resume_by_their_ids() {
    let system = System::start().await;
    history(&system).await;
    let (_, _, body) = system.get("/v1/events", &[ADA]).await;
    let (rows, trailer) = whole(&body);
    let sse = ("accept", "text/event-stream");
    let (_, headers, stream) = system.get("/v1/events", &[ADA, sse]).await;
    assert_eq!(headers["content-type"], "text/event-stream");
    let text = String::from_utf8(stream).unwrap();
    let messages: Vec<&str> = text.split_terminator("\n\n").collect();
    assert_eq!(messages.len(), 10);
    let data = |message: &str| -> Value {
        let data = message.split_once("data: ").unwrap().1;
        serde_json::from_str(data).unwrap()
    };
    let told: Vec<Value> = messages[..9].iter().map(|message| data(message)).collect();
    assert_eq!(told, rows);
    assert!(messages[9].starts_with("event: trailer\n"));
    assert_eq!(data(messages[9])["trailer"]["sha256"], trailer["sha256"]);
    for (index, message) in messages[..9].iter().enumerate() {
        let id = message
            .lines()
            .next()
            .unwrap()
            .strip_prefix("id: ")
            .unwrap();
        let (_, _, rest) = system
            .get("/v1/events", &[ADA, ("last-event-id", id)])
            .await;
        assert_eq!(whole(&rest).0, rows[index + 1..], "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_filter_leaves_out_what_it_should() {
    let system = System::start().await;
    history(&system).await;
    let (_, _, body) = system.get("/v1/events", &[ADA]).await;
    let (rows, _) = whole(&body);
    let at = |index: usize| rows[index]["position"].as_str().unwrap().to_owned();
    let nine = Uuid::from_u128(9);
    for (query, wanted) in [
        ("context=catalog".to_owned(), 9),
        ("context=tryon".to_owned(), 0),
        ("aggregate=catalog.garment".to_owned(), 9),
        (format!("id={nine}"), 3),
        (format!("aggregate=catalog.garment&id={nine}"), 3),
        (format!("aggregate=media.picture&id={nine}"), 0),
        ("type=GarmentAdded".to_owned(), 4),
        ("type=GarmentAdded,PriceChanged".to_owned(), 6),
        ("from=2030-01-01T00:00:00Z".to_owned(), 3),
        ("to=2030-01-01T00:00:00Z".to_owned(), 6),
        ("actor=nobody".to_owned(), 0),
        ("limit=2".to_owned(), 2),
        ("limit=0".to_owned(), 0),
        (format!("after={}", at(5)), 3),
        (format!("as_of={}", at(3)), 4),
        (format!("after={}&as_of={}", at(1), at(3)), 2),
        ("as_of=2030-01-02T03:04:05Z".to_owned(), 6),
        ("as_of=2030-01-02T03:04:05.678Z".to_owned(), 9),
    ] {
        let (_, _, body) = system.get(&format!("/v1/events?{query}"), &[ADA]).await;
        assert_eq!(whole(&body).0.len(), wanted, "{query}");
    }
    let other = format!("after=other-{}", 1);
    for (query, status) in [
        ("typ=GarmentAdded", 400),
        ("from=yesterday", 400),
        ("id=*", 400),
        ("after=17", 400),
        ("limit=many", 400),
        (other.as_str(), 409),
    ] {
        let (found, _, _) = system.get(&format!("/v1/events?{query}"), &[ADA]).await;
        assert_eq!(found.as_u16(), status, "{query}");
    }
    let picky = ("accept", "image/png");
    assert_eq!(
        system.get("/v1/events", &[ADA, picky]).await.0,
        StatusCode::NOT_ACCEPTABLE
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_that_follows_goes_on_with_what_happens() {
    let system = System::start().await;
    system.draft(Uuid::from_u128(1)).await;
    let response = system.open("/v1/events?follow=true", &[ADA]).await;
    let mut body = response.into_body().into_data_stream();
    let mut next = async || {
        let piece =
            tokio::time::timeout(Duration::from_secs(20), futures::StreamExt::next(&mut body));
        piece.await.expect("a replay is silent").unwrap().unwrap()
    };
    assert_eq!(
        lines(&next().await)[0]["id"],
        Uuid::from_u128(1).to_string()
    );
    system.draft(Uuid::from_u128(2)).await;
    assert_eq!(
        lines(&next().await)[0]["id"],
        Uuid::from_u128(2).to_string()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_commit_is_a_row_of_its_own() {
    let system = System::start().await;
    system.draft(Uuid::from_u128(1)).await;
    let context = async_nats::jetstream::new(system.client.clone());
    let subject = format!("drape.events.catalog.garment.{}", Uuid::from_u128(2));
    context
        .publish(subject, "nonsense".into())
        .await
        .unwrap()
        .await
        .unwrap();
    let (_, _, body) = system.get("/v1/events", &[ADA]).await;
    let (rows, _) = whole(&body);
    assert_eq!((rows.len(), &rows[1]["type"]), (2, &json!("malformed")));
    let (_, _, body) = system.get("/v1/events?type=malformed", &[ADA]).await;
    assert_eq!(whole(&body).0.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn schemas_and_the_events_document_are_served() {
    let system = System::start().await;
    let list: Vec<Value> = system.json("/v1/schemas", &[]).await;
    assert_eq!(list.len(), domain::event_kinds().len());
    for link in list {
        let schema: Value = system.json(link["schema"].as_str().unwrap(), &[]).await;
        assert_eq!(
            (&schema["title"], &schema["$id"]),
            (&link["type"], &link["schema"])
        );
    }
    assert_eq!(
        system.get("/v1/schemas/GarmentAdded/99", &[]).await.0,
        StatusCode::NOT_FOUND
    );
    let document: Value = system.json("/v1/asyncapi.json", &[]).await;
    assert_eq!(document["asyncapi"], "3.0.0");
}

async fn post(system: &System, body: Value, key: &str) -> (StatusCode, String, Value) {
    let request = Request::post("/v1/exports")
        .header("authorization", "Bearer ada")
        .header("content-type", "application/json")
        .header("idempotency-key", key)
        .body(Body::from(body.to_string()))
        .unwrap();
    let response = system.router.clone().oneshot(request).await.unwrap();
    let location = response
        .headers()
        .get("location")
        .map(|value| value.to_str().unwrap().to_owned());
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (
        status,
        location.unwrap_or_default(),
        serde_json::from_slice(&body).unwrap(),
    )
}

fn exporting(folder: &std::path::Path) -> QueryApiOptions {
    QueryApiOptions {
        exports: ExportOptions {
            folder: Some(folder.to_owned()),
            ..ExportOptions::default()
        },
        ..QueryApiOptions::default()
    }
}

async fn ready(system: &System, location: &str) -> ExportStatus {
    eventually_within(Duration::from_secs(30), "the export", || async {
        let status: ExportStatus = system.json(location, &[ADA]).await;
        matches!(status.state, ExportState::Ready | ExportState::Failed).then_some(status)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_made_in_the_background_and_downloaded() {
    let folder = tempfile::tempdir().unwrap();
    let system = System::start_with(
        projector::ProjectorOptions::default(),
        exporting(folder.path()),
    )
    .await;
    history(&system).await;
    let wanted = json!({ "format": "ndjson", "filter": { "type": "GarmentAdded" } });
    let (status, location, body) = post(&system, wanted.clone(), "k1").await;
    assert_eq!(
        (status, &body["format"]),
        (StatusCode::ACCEPTED, &json!("ndjson"))
    );
    assert_eq!(
        post(&system, wanted, "k1").await.1,
        location,
        "the same key is the same export"
    );
    let done = ready(&system, &location).await;
    assert_eq!((done.state, done.rows), (ExportState::Ready, 4), "{done:?}");
    let (_, headers, file) = system.get(&done.file.unwrap(), &[ADA]).await;
    assert_eq!(headers["content-length"], file.len().to_string());
    assert_eq!(hex::encode(Sha256::digest(&file)), done.sha256.unwrap());
    let (_, _, direct) = system
        .get("/v1/events?type=GarmentAdded&trailer=false", &[ADA])
        .await;
    assert_eq!(file, direct);

    let (_, location, _) = post(&system, json!({ "format": "parquet" }), "k2").await;
    let done = ready(&system, &location).await;
    assert_eq!((done.state, done.rows), (ExportState::Ready, 9), "{done:?}");
    let (_, _, file) = system.get(&done.file.unwrap(), &[ADA]).await;
    let mut archive = tar::Archive::new(file.as_slice());
    let mut manifest = String::new();
    let mut parts = 0;
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().display().to_string();
        if path == "events/manifest.json" {
            entry.read_to_string(&mut manifest).unwrap();
        }
        parts += usize::from(path.ends_with(".parquet"));
    }
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["rows"], 9);
    assert_eq!(manifest["files"].as_array().unwrap().len(), parts);
    let (status, _, _) = post(&system, json!({ "format": "xls" }), "k3").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let anna = ("authorization", "Bearer anna");
    assert_eq!(
        system.get(&location, &[anna]).await.0,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_a_restart_cut_off_has_failed_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let id = Uuid::from_u128(77);
    let left = json!({ "id": id, "state": "running", "format": "csv", "filter": {}, "progress": 0.5, "rows": 7 });
    std::fs::write(folder.path().join(format!("{id}.json")), left.to_string()).unwrap();
    std::fs::write(folder.path().join(format!(".{id}.csv.partial-1")), "half").unwrap();
    let system = System::start_with(
        projector::ProjectorOptions::default(),
        exporting(folder.path()),
    )
    .await;
    let status: ExportStatus = system.json(&format!("/v1/exports/{id}"), &[ADA]).await;
    assert_eq!(status.state, ExportState::Failed);
    assert!(status.reason.unwrap().contains("process ended"));
    assert!(!folder.path().join(format!(".{id}.csv.partial-1")).exists());
    let (status, _, _) = system.get(&format!("/v1/exports/{id}/file"), &[ADA]).await;
    assert_eq!(status, StatusCode::CONFLICT);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_without_room_fails_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = exporting(folder.path());
    options.exports.max_bytes = 1_500;
    let system = System::start_with(projector::ProjectorOptions::default(), options).await;
    history(&system).await;
    let (_, location, _) = post(&system, json!({ "format": "ndjson" }), "k1").await;
    let done = ready(&system, &location).await;
    assert_eq!(done.state, ExportState::Failed);
    assert!(done.reason.unwrap().contains("larger"));
    let left: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_service_reads_the_same_rows_over_grpc() {
    let system = System::start().await;
    history(&system).await;
    let (_, _, body) = system
        .get("/v1/events?type=PriceChanged,GarmentAdded", &[ADA])
        .await;
    let (rows, trailer) = whole(&body);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let service = query_api::event_log_service(system.log.clone(), system.shutdown.clone());
    let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
    let server = tonic::transport::Server::builder().add_service(service);
    tokio::spawn(server.serve_with_incoming(incoming));
    let mut client = EventLogClient::connect(address).await.unwrap();
    let request = ReadRequest {
        types: vec!["PriceChanged".to_owned(), "GarmentAdded".to_owned()],
        ..ReadRequest::default()
    };
    let mut stream = client.read(request).await.unwrap().into_inner();
    let mut parts = Vec::new();
    while let Some(message) = stream.message().await.unwrap() {
        parts.push(message.part.unwrap());
    }
    let Some(Part::Trailer(end)) = parts.pop() else {
        panic!("no trailer: {parts:?}");
    };
    assert_eq!(
        (json!(end.count), json!(end.sha256)),
        (trailer["count"].clone(), trailer["sha256"].clone())
    );
    assert_eq!(parts.len(), rows.len());
    for (part, row) in parts.iter().zip(&rows) {
        let Part::Event(event) = part else {
            panic!("{part:?}");
        };
        assert_eq!(json!(event.position), row["position"]);
        assert_eq!(json!(event.r#type), row["type"]);
        assert_eq!(
            serde_json::from_str::<Value>(&event.data).unwrap(),
            row["data"]
        );
    }
    let elsewhere = ReadRequest {
        after: "other-1".to_owned(),
        ..ReadRequest::default()
    };
    let refused = client.read(elsewhere).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::FailedPrecondition);
}
