//! The log cannot be deleted, emptied or rewritten by those who write into it: every other journey runs under the same
//! permissions, and this one tries.
#![expect(clippy::unwrap_used, reason = "a test may fail in its helpers too")]

use std::time::Duration;

use async_nats::{Client, ConnectOptions, jetstream};
use e2e::{INTERNAL_TOKEN, NATS_PASSWORD, Options, System, photo, shipped_permissions};
use futures::StreamExt;
use proto::{
    InternalToken,
    events::{self, v1::event_log_client::EventLogClient},
    media::v1::{ReadRequest, WriteHeader, WriteRequest, media_client::MediaClient, write_request},
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use testkit::{NatsServer, NatsServerOptions};
use tokio::time::timeout;
use tonic::Code;

/// What the server's JetStream API answers; nothing when it is not even asked.
async fn asked(client: &Client, api: &str, request: Value) -> Option<Value> {
    let request = client.request(format!("$JS.API.{api}"), request.to_string().into());
    let answer = timeout(Duration::from_secs(1), request).await.ok()?.ok()?;
    Some(serde_json::from_slice(&answer.payload).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_an_operator_may_change_or_delete_what_is_logged() {
    let system = System::start(Options::default()).await.unwrap();
    let shop = system.caller("merchandiser").unwrap();
    let added = shop.add_garment("kept", "tops").await.unwrap();
    added.expect(StatusCode::CREATED).unwrap();

    let usual = system.nats.client().await.unwrap();
    let context = jetstream::new(usual.clone());
    let mut stream = context.get_stream("DRAPE_EVENTS").await.unwrap();
    let before = stream.info().await.unwrap().clone();
    let mut short_lived = before.config.clone();
    short_lived.max_age = Duration::from_secs(1);
    let attempts = [
        ("STREAM.DELETE.DRAPE_EVENTS", json!({})),
        ("STREAM.PURGE.DRAPE_EVENTS", json!({})),
        ("STREAM.MSG.DELETE.DRAPE_EVENTS", json!({ "seq": 1 })),
        (
            "STREAM.UPDATE.DRAPE_EVENTS",
            serde_json::to_value(&short_lived).unwrap(),
        ),
    ];
    for (api, request) in attempts {
        assert_eq!(asked(&usual, api, request).await, None, "{api}");
    }
    let after = stream.info().await.unwrap();
    assert_eq!(after.state.messages, before.state.messages);
    assert_eq!(after.config, before.config);

    // Nor can anybody empty it: that the stream itself refuses.
    let operator = ConnectOptions::with_user_and_password("operator".into(), NATS_PASSWORD.into());
    let operator = operator.connect(system.nats.url()).await.unwrap();
    let refused = asked(&operator, "STREAM.PURGE.DRAPE_EVENTS", json!({})).await;
    let refused = refused.unwrap();
    assert!(refused["error"]["code"].is_u64(), "{refused}");
    assert_eq!(
        stream.info().await.unwrap().state.messages,
        before.state.messages
    );
    // More room, when the log is full, is what an operator gives it.
    let mut roomier = before.config.clone();
    roomier.max_bytes += 1 << 20;
    let update = serde_json::to_value(&roomier).unwrap();
    let updated = asked(&operator, "STREAM.UPDATE.DRAPE_EVENTS", update)
        .await
        .unwrap();
    assert_eq!(updated["config"]["max_bytes"], json!(roomier.max_bytes));
}

/// What somebody hears on a subject within a moment.
async fn hears(client: &Client, subject: &'static str, from: &Client) -> bool {
    let Ok(mut heard) = client.subscribe(subject).await else {
        return false;
    };
    let _ = client.flush().await;
    from.publish(subject, "canary".into()).await.unwrap();
    from.flush().await.unwrap();
    let next = timeout(Duration::from_millis(500), heard.next()).await;
    matches!(next, Ok(Some(_)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workers_password_opens_its_jobs_and_nothing_else() {
    let system = System::start(Options::default()).await.unwrap();
    let shop = system.caller("merchandiser").unwrap();
    let added = shop.add_garment("kept", "tops").await.unwrap();
    added.expect(StatusCode::CREATED).unwrap();
    let usual = system.nats.client().await.unwrap();
    let mut stream = jetstream::new(usual.clone())
        .get_stream("DRAPE_EVENTS")
        .await
        .unwrap();
    let before = stream.info().await.unwrap().state.messages;

    let worker =
        ConnectOptions::with_user_and_password("tryon-worker".into(), NATS_PASSWORD.into())
            .custom_inbox_prefix("_INBOX_drape_tryon_worker")
            .connect(system.nats.url())
            .await
            .unwrap();
    // It comes in: its own stream answers.
    let info = asked(&worker, "STREAM.INFO.DRAPE_EVENTS", json!({})).await;
    assert_eq!(info.unwrap()["config"]["name"], "DRAPE_EVENTS");
    let forged = worker.request("drape.events.catalog.garment.forged", "{}".into());
    let forged = timeout(Duration::from_secs(1), forged).await;
    assert!(!matches!(forged, Ok(Ok(_))), "{forged:?}");
    let spy = json!({
        "stream_name": "DRAPE_EVENTS",
        "config": { "durable_name": "spy", "ack_policy": "none", "deliver_policy": "all" },
    });
    let of_garments = "drape.events.catalog.garment.*";
    let filtered = |name: &str, filter: &str| {
        json!({
            "stream_name": "DRAPE_EVENTS",
            "config": {
                "durable_name": name, "ack_policy": "explicit", "deliver_policy": "all", "filter_subject": filter,
            },
        })
    };
    // Queues of garments are its own, whatever their name.
    let name = "garment-looks-0a";
    let looks = format!("CONSUMER.CREATE.DRAPE_EVENTS.{name}.{of_garments}");
    let made = asked(&worker, &looks, filtered(name, of_garments)).await;
    assert_eq!(made.unwrap()["name"], name);
    // Nor can it ask for garments and mean something else.
    let people = "drape.events.identity.account.*";
    let lied = asked(&worker, &looks, filtered(name, people)).await;
    assert!(lied.unwrap()["error"]["code"].is_u64());
    let other = "image-processor";
    let hijack = format!("CONSUMER.CREATE.DRAPE_EVENTS.{other}.{of_garments}");
    let spying = format!("CONSUMER.CREATE.DRAPE_EVENTS.spy.{people}");
    for (api, request) in [
        ("CONSUMER.CREATE.DRAPE_EVENTS.spy", spy),
        (&*hijack, filtered(other, of_garments)),
        (&*spying, filtered("spy", people)),
        ("CONSUMER.MSG.NEXT.DRAPE_EVENTS.image-processor", json!({})),
        ("STREAM.DELETE.DRAPE_EVENTS", json!({})),
        (
            "STREAM.CREATE.SPY",
            json!({ "name": "SPY", "subjects": ["spy"] }),
        ),
        ("CONSUMER.DELETE.DRAPE_EVENTS.image-processor", json!({})),
        ("STREAM.NAMES", json!({})),
    ] {
        assert_eq!(asked(&worker, api, request).await, None, "{api}");
    }
    assert!(!hears(&worker, "_INBOX_drape.canary", &usual).await);
    assert!(!hears(&worker, "drape.progress.tryon.canary", &usual).await);
    assert_eq!(stream.info().await.unwrap().state.messages, before);
    let kept = stream.consumer_info(other).await.unwrap();
    assert_eq!(
        kept.config.filter_subjects,
        ["drape.events.media.picture.*"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_without_a_password_is_let_in() {
    let server = NatsServer::start_with(NatsServerOptions {
        extra_config: shipped_permissions(),
        ..NatsServerOptions::default()
    });
    // Its own question whether it is up is refused, too: that is what is tried.
    let server = server.await.unwrap();
    let anonymous = async_nats::connect(server.url()).await;
    assert!(anonymous.is_err());
    let wrong = ConnectOptions::with_user_and_password("drape".into(), "guess".into());
    assert!(wrong.connect(server.url()).await.is_err());
    let right = ConnectOptions::with_user_and_password("drape".into(), NATS_PASSWORD.into());
    right.connect(server.url()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reaches_the_internal_port_is_handed_the_pictures_of_open_try_ons_only() {
    let system = System::start(Options::default()).await.unwrap();
    let (shopper, person, garment) = system.fitting_room().await.unwrap();
    let requested = shopper.try_on(&person, &garment).await.unwrap();
    let try_on = requested
        .expect(StatusCode::ACCEPTED)
        .unwrap()
        .id()
        .unwrap();
    let another = shopper.upload("person", "image/jpeg", photo().unwrap());
    let another = another.await.unwrap().id().unwrap();
    let address = format!("http://127.0.0.1:{}", system.internal_port());
    let channel = tonic::transport::Endpoint::from_shared(address).unwrap();
    let channel = channel.connect().await.unwrap();
    let wanted = |picture: &str, try_on: &str| ReadRequest {
        picture_id: picture.to_owned(),
        rendition: "original".to_owned(),
        try_on_id: try_on.to_owned(),
        ..ReadRequest::default()
    };
    let stranger = wanted(&person, &try_on);
    let refused = MediaClient::new(channel.clone()).read(stranger).await;
    assert_eq!(refused.unwrap_err().code(), Code::Unauthenticated);
    let mut log = EventLogClient::new(channel.clone());
    let replay = log.read(events::v1::ReadRequest::default());
    assert_eq!(replay.await.unwrap_err().code(), Code::Unauthenticated);
    let token: InternalToken = INTERNAL_TOKEN.parse().unwrap();
    let mut ours = MediaClient::with_interceptor(channel, token.said());
    ours.read(wanted(&person, &try_on)).await.unwrap();
    for (picture, try_on, code) in [
        (&person, "", Code::InvalidArgument),
        (&person, &*person, Code::PermissionDenied),
        (&another, &*try_on, Code::PermissionDenied),
    ] {
        let refused = ours.read(wanted(picture, try_on)).await;
        assert_eq!(refused.unwrap_err().code(), code, "{picture} for {try_on}");
    }
    // Nobody writes a result for somebody who did not ask for it.
    let header = WriteHeader {
        picture_id: another.clone(),
        owner: another.clone(),
        try_on_id: try_on.clone(),
        ..WriteHeader::default()
    };
    let message = WriteRequest {
        part: Some(write_request::Part::Header(header)),
    };
    let refused = ours.write(futures::stream::iter([message])).await;
    assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
    let path = format!("/v1/try-ons/{try_on}/cancel");
    let cancelled = shopper.post(&path, &Value::Null).await.unwrap();
    assert!(cancelled.status.is_success(), "{cancelled:?}");
    let refused = ours.read(wanted(&person, &try_on)).await;
    assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
}

/// What PostgreSQL says to one of its users: nothing, or the code of the refusal.
async fn said(system: &System, user: &str, statement: &str) -> Option<String> {
    let mut connection = PgConnection::connect(&system.database_as(user))
        .await
        .unwrap();
    let done = connection
        .execute(AssertSqlSafe(statement.to_owned()))
        .await;
    let error = done.err()?;
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    Some(code.unwrap().into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_part_sees_and_changes_its_own_tables_only() {
    const DENIED: Option<&str> = Some("42501");
    let system = System::start(Options::default()).await.unwrap();
    let (views, people) = ("drape.garment_card", "identity.person");
    for (user, statement, refused) in [
        ("drape_query", format!("SELECT FROM {views}"), None),
        (
            "drape_query",
            "SELECT FROM drape.checkpoint".to_owned(),
            None,
        ),
        (
            "drape_query",
            format!("BEGIN READ WRITE; DELETE FROM {views}"),
            DENIED,
        ),
        (
            "drape_query",
            "CREATE TABLE drape.mine ()".to_owned(),
            Some("25006"),
        ),
        (
            "drape_query",
            "SELECT FROM drape_archive.message".to_owned(),
            DENIED,
        ),
        ("drape_query", format!("SELECT FROM {people}"), DENIED),
        ("drape_identity", format!("SELECT FROM {people}"), None),
        ("drape_identity", format!("SELECT FROM {views}"), DENIED),
        (
            "drape_identity",
            "DELETE FROM drape_archive.message".to_owned(),
            DENIED,
        ),
        (
            "drape_projector",
            "SELECT FROM identity.session".to_owned(),
            DENIED,
        ),
        ("drape_projector", format!("DELETE FROM {people}"), DENIED),
    ] {
        let answer = said(&system, user, &statement).await;
        assert_eq!(answer.as_deref(), refused, "{user}: {statement}");
    }
    // A view that was built anew can be read as well.
    let rebuild = ["projections", "rebuild", "garment_page"];
    system.drape_command(&rebuild).await.unwrap();
    let read = said(&system, "drape_query", "SELECT FROM drape.garment_page").await;
    assert_eq!(read, None);
}
