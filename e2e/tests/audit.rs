//! Who decided what about people and views, from where, and why: told to admins, and never lost.
#![expect(clippy::unwrap_used, reason = "a test may fail in its helpers too")]

use std::time::Duration;

use e2e::{Client, Options, System, views_as_the_log_says};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::eventually_within;

/// Whom the admin's token belongs to.
const ADMIN: &str = "00000000-0000-7000-8000-000000000004";

const PATIENCE: Duration = Duration::from_mins(1);

/// The decisions that a filter lets through, once there are so many.
async fn audit(admin: &Client, filter: &str, count: usize) -> Vec<Value> {
    let path = format!("/v1/admin/audit?{filter}");
    eventually_within(PATIENCE, "the audit", || async {
        let page = admin.get(&path).await.ok()?;
        let items = page.body["items"].as_array()?.clone();
        (items.len() == count).then_some(items)
    })
    .await
}

async fn decide(admin: &Client, method: Method, path: &str) {
    let decided = admin.write(method, path, path, &json!({})).await.unwrap();
    assert!(decided.status.is_success(), "{decided:?}");
}

async fn signed_up(system: &System) -> (Client, String) {
    let token = system.sign_up("ada@shop.example").await.unwrap();
    let ada = system.bearer(&token).unwrap();
    let me = ada.get("/v1/me").await.unwrap();
    let account = me.body["account"].as_str().unwrap().to_owned();
    (ada, account)
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_read_who_decided_what_from_where_and_why_and_nobody_else_does() {
    let system = System::start(Options::default()).await.unwrap();
    let admin = system.caller("admin").unwrap();
    let (_, account) = signed_up(&system).await;
    let suspension = format!("/v1/admin/people/{account}/suspension?reason=asked%20by%20phone");
    decide(&admin, Method::PUT, &suspension).await;
    let found = audit(&admin, &format!("account={account}"), 1).await;
    let suspended = &found[0];
    assert_eq!(suspended["action"], "AccountSuspended");
    assert_eq!(suspended["actor"], ADMIN);
    // The network, never the address.
    assert_eq!(suspended["from"], "127.0.0.0/24");
    assert_eq!(suspended["reason"], "asked by phone");

    let view = "/v1/admin/projections/picture";
    let pause = format!("{view}/pause?reason=the%20disk%20is%20full");
    decide(&admin, Method::POST, &pause).await;
    let found = audit(&admin, "action=ProjectionPaused", 1).await;
    assert_eq!(
        (
            &found[0]["view"],
            &found[0]["actor"],
            &found[0]["from"],
            &found[0]["reason"]
        ),
        (
            &json!("picture"),
            &json!(ADMIN),
            &json!("127.0.0.0/24"),
            &json!("the disk is full")
        )
    );
    decide(&admin, Method::POST, &format!("{view}/resume")).await;
    decide(&admin, Method::POST, &format!("{view}/rebuild")).await;
    let roles = format!("/v1/admin/people/{account}/roles");
    let body = json!({ "roles": ["analyst"], "reason": "counts returns" });
    let changed = admin.put(&roles, &body).await.unwrap();
    changed.expect(StatusCode::NO_CONTENT).unwrap();
    let all = audit(&admin, "", 5).await;
    let changed = all.iter().find(|entry| entry["action"] == "RolesChanged");
    assert_eq!(changed.unwrap()["roles"], json!(["analyst"]));

    for role in ["shopper", "merchandiser", "analyst"] {
        let other = system.caller(role).unwrap();
        let refused = other.get("/v1/admin/audit").await.unwrap();
        refused.expect(StatusCode::FORBIDDEN).unwrap();
    }
    let nobody = system.anonymous().unwrap();
    let refused = nobody.get("/v1/admin/audit").await.unwrap();
    refused.expect(StatusCode::UNAUTHORIZED).unwrap();
    views_as_the_log_says(&system, PATIENCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_in_force_and_not_lost_though_the_log_is_away_and_the_process_is_killed() {
    let mut system = System::start(Options::default()).await.unwrap();
    let admin = system.caller("admin").unwrap();
    let (ada, account) = signed_up(&system).await;
    system.nats.stop().unwrap();
    let suspension = format!("/v1/admin/people/{account}/suspension");
    let kept_out = admin.put(&suspension, &json!({})).await.unwrap();
    kept_out.expect(StatusCode::NO_CONTENT).unwrap();
    let out = ada.get("/v1/me").await.unwrap();
    out.expect(StatusCode::UNAUTHORIZED).unwrap();
    // Between the database and the log.
    system.drape.kill9().unwrap();
    system.nats.restart().await.unwrap();
    system.restart_drape().await.unwrap();
    let found = audit(&admin, &format!("account={account}"), 1).await;
    assert_eq!(found[0]["action"], "AccountSuspended");
    let out = ada.get("/v1/me").await.unwrap();
    out.expect(StatusCode::UNAUTHORIZED).unwrap();
}
