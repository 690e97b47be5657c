//! What admins decide about people is in the log, whatever dies in between, and is in force whether or not the log is there.

use std::{sync::Arc, time::Duration};

use identity::MasterKeys;
use jetstream_es::{Commit, SubjectFilter};
use serde_json::{Value, json};
use testkit::{eventually, eventually_within};

use crate::support::{ADMIN, App, PASSWORD};

async fn account_of(app: &App, token: &str) -> String {
    let me = app.get("/v1/me", token).await;
    me.body["account"].as_str().unwrap().to_owned()
}

async fn noted(app: &App) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM identity.decision")
        .fetch_one(&app.pool)
        .await
        .unwrap()
}

/// Waits until nothing is left to be told.
async fn all_told(app: &App) {
    eventually("the log to be told", || async {
        (noted(app).await == 0).then_some(())
    })
    .await;
}

/// What was decided about an account, after it was opened.
async fn decided(app: &App, account: &str) -> Vec<Commit> {
    let filter = SubjectFilter::aggregate("identity.account", account);
    let page = app.log.read(0, &filter, 100).await.unwrap();
    let commits = page.commits.into_iter();
    let opened = |commit: &Commit| commit.events[0].event_type == "AccountRegistered";
    commits.filter(|commit| !opened(commit)).collect()
}

#[tokio::test]
async fn the_log_says_who_decided_what_from_where_and_why() {
    let app = App::start().await;
    let token = app.sign_up("ada@shop.example", 1).await;
    let account = account_of(&app, &token).await;
    let person = format!("/v1/admin/people/{account}");
    let decide = async |method: &str, what: &str| {
        let path = format!("{person}/{what}?reason=asked%20by%20phone");
        app.send(method, &path, ADMIN, None).await.is(204, "");
    };
    decide("PUT", "suspension").await;
    decide("DELETE", "suspension").await;
    decide("DELETE", "sessions").await;
    // What is so already is no decision.
    decide("DELETE", "suspension").await;
    decide("DELETE", "sessions").await;
    decide("DELETE", "second-factor").await;
    app.sign_in("ada@shop.example", PASSWORD).await.is(200, "");
    decide("DELETE", "second-factor").await;
    all_told(&app).await;
    let commits = decided(&app, &account).await;
    let types = commits.iter();
    let types: Vec<_> = types
        .map(|commit| commit.events[0].event_type.as_str())
        .collect();
    let wanted = ["AccountSuspended", "AccountReinstated", "SessionsEnded"];
    assert_eq!(types[..3], wanted);
    assert_eq!(types[3..], ["SecondFactorRemoved"]);
    for commit in &commits {
        assert_eq!(
            commit.actor.as_deref(),
            Some("01900000-0000-7000-8000-000000000004")
        );
        let data: Value = serde_json::from_str(commit.events[0].data.get()).unwrap();
        assert_eq!(data["decided"]["from"], "203.0.113.0/24");
        assert_eq!(data["decided"]["reason"], "asked by phone");
    }
}

#[tokio::test]
async fn a_reason_is_checked_and_only_admins_decide() {
    let app = App::start().await;
    let token = app.sign_up("ada@shop.example", 1).await;
    let account = account_of(&app, &token).await;
    let path = format!("/v1/admin/people/{account}/suspension");
    let long = format!("{path}?reason={}", "x".repeat(201));
    for wrong in [&long, &format!("{path}?reason="), &format!("{path}?why=x")] {
        let refused = app.send("PUT", wrong, ADMIN, None).await;
        refused.is(400, "invalid-query");
    }
    app.send("PUT", &path, &token, None)
        .await
        .is(403, "forbidden");
    assert_eq!(noted(&app).await, 0);
    app.get("/v1/me", &token).await.is(200, "");
}

#[tokio::test]
async fn a_decision_outlives_a_process_that_dies_before_it_tells_the_log() {
    let app = App::start().await;
    let token = app.sign_up("ada@shop.example", 1).await;
    let account = account_of(&app, &token).await;
    app.die();
    let path = format!("/v1/admin/people/{account}/suspension?reason=why");
    app.send("PUT", &path, ADMIN, None).await.is(204, "");
    assert_eq!(decided(&app, &account).await.len(), 0);
    assert_eq!(noted(&app).await, 1);
    sqlx::query("CREATE TABLE identity.kept AS SELECT * FROM identity.decision")
        .execute(&app.pool)
        .await
        .unwrap();

    let (_running, _) = app.restarted_with(MasterKeys::default());
    all_told(&app).await;
    let suspended = ["AccountRegistered", "AccountSuspended"];
    assert_eq!(app.events_of(&account).await, suspended);

    // As it is found by the next one where the first died after it told the log, and before it could delete the note.
    sqlx::query(
        "INSERT INTO identity.decision (id, account, what, actor, network, reason, decided_at)
         SELECT id, account, what, actor, network, reason, decided_at FROM identity.kept",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    all_told(&app).await;
    assert_eq!(app.events_of(&account).await, suspended);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_kept_out_though_the_log_is_away_and_the_log_is_told_when_it_is_back() {
    let mut app = App::start().await;
    let token = app.sign_up("ada@shop.example", 1).await;
    let account = account_of(&app, &token).await;
    Arc::get_mut(&mut app.nats).unwrap().stop().unwrap();
    let path = format!("/v1/admin/people/{account}/suspension");
    app.send("PUT", &path, ADMIN, None).await.is(204, "");
    app.get("/v1/me", &token).await.is(401, "unauthenticated");
    assert_eq!(noted(&app).await, 1);
    Arc::get_mut(&mut app.nats)
        .unwrap()
        .restart()
        .await
        .unwrap();
    eventually_within(Duration::from_mins(1), "the log to be told", || async {
        (noted(&app).await == 0).then_some(())
    })
    .await;
    let suspended = ["AccountRegistered", "AccountSuspended"];
    assert_eq!(app.events_of(&account).await, suspended);
}

#[tokio::test]
async fn what_was_decided_about_somebody_who_was_erased_since_is_told_all_the_same() {
    let app = App::start_with(|options| options.erasure_delay = Duration::ZERO).await;
    let token = app.sign_up("ada@shop.example", 1).await;
    let account = account_of(&app, &token).await;
    let asked = app.send("DELETE", "/v1/me", &token, Some(json!({}))).await;
    asked.is(202, "");
    eventually("the account to be erased", || async {
        let events = app.events_of(&account).await;
        (events.last()? == "AccountErased").then_some(())
    })
    .await;
    sqlx::query(
        "INSERT INTO identity.decision (account, what, actor) VALUES ($1::uuid, 'suspend', 'ann')",
    )
    .bind(account.parse::<uuid::Uuid>().unwrap())
    .execute(&app.pool)
    .await
    .unwrap();
    all_told(&app).await;
    let last = app.events_of(&account).await.pop();
    assert_eq!(last.as_deref(), Some("AccountSuspended"));
}
