//! Whom something opened to is remembered for a few seconds; what ends it counts all the same.

use std::time::Duration;

use serde_json::json;
use testkit::eventually;

use crate::support::{ADMIN, App, PASSWORD};

/// A gateway that remembers, and hears what ends.
async fn remembering() -> App {
    App::start_with(|options| options.recognised_for = Duration::from_mins(1)).await
}

/// With the table out of reach, only what is remembered opens anything.
async fn is_remembered(app: &App, bearer: &str) -> bool {
    let mut tx = app.pool.begin().await.unwrap();
    sqlx::query("LOCK TABLE identity.session, identity.api_key IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *tx)
        .await
        .unwrap();
    // Whoever is known learns that the body has mistakes.
    let mistaken = app.send("PUT", "/v1/me/password", bearer, Some(json!({})));
    let answer = tokio::time::timeout(Duration::from_millis(300), mistaken).await;
    tx.rollback().await.unwrap();
    answer.is_ok_and(|answer| answer.status == 422)
}

async fn until_remembered(app: &App, bearer: &str) {
    eventually("it is remembered", || async {
        app.get("/v1/me", bearer).await.is(200, "");
        is_remembered(app, bearer).await.then_some(())
    })
    .await;
}

async fn account(app: &App, bearer: &str) -> String {
    let me = app.get("/v1/me", bearer).await;
    me.body["account"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn whoever_ends_something_ends_it_at_once() {
    let app = remembering().await;
    let first = app.sign_up("ada@shop.example", 1).await;
    let account = account(&app, &first).await;
    let person = format!("/v1/admin/people/{account}");
    let change =
        json!({ "current_password": PASSWORD, "new_password": "nine amber owls drift past" });
    for (method, path, body, by_admin) in [
        ("DELETE", "/v1/me/sessions".to_owned(), None, false),
        ("PUT", "/v1/me/password".to_owned(), Some(change), false),
        ("DELETE", format!("{person}/sessions"), None, true),
        ("PUT", format!("{person}/suspension"), None, true),
    ] {
        let password = if by_admin {
            "nine amber owls drift past"
        } else {
            PASSWORD
        };
        let ends = app.sign_in("ada@shop.example", password).await.bearer();
        until_remembered(&app, &ends).await;
        let by = if by_admin { ADMIN } else { &first };
        let answer = app.send(method, &path, by, body).await;
        assert_eq!(answer.status, 204, "{method} {path}: {answer:?}");
        app.get("/v1/me", &ends).await.is(401, "unauthenticated");
    }
}

#[tokio::test]
async fn signing_out_counts_at_once() {
    let app = remembering().await;
    let token = app.sign_up("ada@shop.example", 1).await;
    until_remembered(&app, &token).await;
    app.send("POST", "/v1/sign-out", &token, None)
        .await
        .is(204, "");
    app.get("/v1/me", &token).await.is(401, "unauthenticated");
}

#[tokio::test]
async fn roles_that_were_taken_away_open_nothing_any_more() {
    let app = remembering().await;
    let token = app.sign_up("ada@shop.example", 1).await;
    let account = account(&app, &token).await;
    let path = format!("/v1/admin/people/{account}/roles");
    for (roles, status) in [
        (json!(["shopper", "admin"]), 200),
        (json!(["shopper"]), 403),
    ] {
        until_remembered(&app, &token).await;
        let body = json!({ "roles": roles, "reason": "a test" });
        app.send("PUT", &path, ADMIN, Some(body)).await.is(204, "");
        let people = app.get("/v1/admin/people", &token).await;
        assert_eq!(people.status, status, "{people:?}");
    }
}

#[tokio::test]
async fn what_ends_in_another_gateway_is_heard() {
    let app = remembering().await;
    let other = app.beside();
    let token = app.sign_up("ada@shop.example", 1).await;
    until_remembered(&app, &token).await;
    other
        .send("POST", "/v1/sign-out", &token, None)
        .await
        .is(204, "");
    eventually("it is heard", || async {
        let me = app.get("/v1/me", &token).await;
        (me.status == 401).then_some(())
    })
    .await;
}

#[tokio::test]
async fn nothing_is_remembered_while_nothing_is_heard() {
    let app = remembering().await;
    let token = app.sign_up("ada@shop.example", 1).await;
    until_remembered(&app, &token).await;
    sqlx::query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND query LIKE 'LISTEN%'",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    eventually("it is forgotten", || async {
        (!is_remembered(&app, &token).await).then_some(())
    })
    .await;
    // And it learns to hear again.
    until_remembered(&app, &token).await;
}
