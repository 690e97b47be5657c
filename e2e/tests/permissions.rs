//! The log cannot be deleted, emptied or rewritten by those who write into it: every other journey runs under the same
//! permissions, and this one tries.
#![expect(clippy::unwrap_used, reason = "a test may fail in its helpers too")]

use std::time::Duration;

use async_nats::{Client, ConnectOptions, jetstream};
use e2e::{OPERATOR_PASSWORD, Options, System};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::time::timeout;

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
    let operator =
        ConnectOptions::with_user_and_password("operator".into(), OPERATOR_PASSWORD.into());
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
