//! Keys for programs.

use identity::MasterKeys;
use serde_json::{Value, json};
use testkit::eventually;

use crate::support::{ADMIN, Answer, App};

async fn issue(app: &App, bearer: &str, roles: &[&str], idempotency_key: &str) -> Answer {
    let body = json!({ "name": "nightly export", "roles": roles, "days": 30 });
    let headers = [
        ("authorization", bearer),
        ("idempotency-key", idempotency_key),
    ];
    app.send_from(113, "POST", "/v1/me/api-keys", &headers, Some(body))
        .await
}

fn bearer(issued: &Answer) -> String {
    format!("Bearer {}", issued.body["key"].as_str().unwrap())
}

async fn analyst(app: &App) -> (String, String) {
    let token = app.sign_up("ada@shop.example", 1).await;
    let me = app.get("/v1/me", &token).await;
    let account = me.body["account"].as_str().unwrap().to_owned();
    let body = json!({ "roles": ["shopper", "analyst"], "reason": "counts returns" });
    let path = format!("/v1/admin/people/{account}/roles");
    app.send("PUT", &path, ADMIN, Some(body)).await.is(204, "");
    (token, account)
}

#[tokio::test]
async fn a_key_does_what_it_was_made_for_until_it_is_revoked() {
    let app = App::start().await;
    let (token, account) = analyst(&app).await;
    issue(&app, &token, &["admin"], "a")
        .await
        .is(422, "api-key-roles-exceeded");
    let issued = issue(&app, &token, &["analyst"], "b").await;
    issued.is(201, "");
    assert_eq!(issued.headers["cache-control"], "no-store");
    let key = bearer(&issued);
    assert!(key.starts_with("Bearer drp_"), "{key}");
    let me = app.get("/v1/me", &key).await;
    assert_eq!(me.body["roles"], json!(["analyst"]));
    // A program cannot make keys.
    issue(&app, &key, &["analyst"], "c")
        .await
        .is(409, "not-signed-up");
    let list = app.get("/v1/me/api-keys", &token).await;
    let items = list.body["items"].as_array().unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["name"], "nightly export");
    assert!(items[0]["last_used_at"].is_string());
    assert!(!list.body.to_string().contains("drp_"));
    let id = issued.body["id"].as_str().unwrap();
    let path = format!("/v1/me/api-keys/{id}");
    app.send("DELETE", &path, &token, None).await.is(204, "");
    app.get("/v1/me", &key).await.is(401, "unauthenticated");
    app.send("DELETE", &path, &token, None)
        .await
        .is(404, "api-key-not-found");
    assert_eq!(
        app.events_of(&account).await,
        [
            "AccountRegistered",
            "RolesChanged",
            "ApiKeyIssued",
            "ApiKeyRevoked"
        ]
    );
}

#[tokio::test]
async fn an_admin_sees_and_revokes_the_keys_of_others() {
    let app = App::start().await;
    let (token, account) = analyst(&app).await;
    let issued = issue(&app, &token, &["analyst"], "a").await;
    let (id, key) = (issued.body["id"].as_str().unwrap(), bearer(&issued));
    let keys = format!("/v1/admin/people/{account}/api-keys");
    app.get(&keys, &token).await.is(403, "forbidden");
    let list = app.get(&keys, ADMIN).await;
    assert_eq!(list.body["items"][0]["id"], id);
    let path = format!("{keys}/{id}");
    app.send("DELETE", &path, &token, None)
        .await
        .is(403, "forbidden");
    app.send("DELETE", &path, ADMIN, None).await.is(204, "");
    app.get("/v1/me", &key).await.is(401, "unauthenticated");
    let told = app.events_of(&account).await;
    assert_eq!(told.last().unwrap(), "ApiKeyRevoked");
    app.send("DELETE", &path, ADMIN, None)
        .await
        .is(404, "api-key-not-found");
}

#[tokio::test]
async fn a_repeated_request_tells_another_key_and_makes_no_second_one() {
    let app = App::start().await;
    let (token, account) = analyst(&app).await;
    let first = issue(&app, &token, &["analyst"], "once").await;
    let again = issue(&app, &token, &["analyst"], "once").await;
    assert_eq!(first.body["id"], again.body["id"]);
    app.get("/v1/me", &bearer(&first))
        .await
        .is(401, "unauthenticated");
    app.get("/v1/me", &bearer(&again)).await.is(200, "");
    let events = app.events_of(&account).await;
    assert_eq!(
        events
            .iter()
            .filter(|event| *event == "ApiKeyIssued")
            .count(),
        1
    );
}

#[tokio::test]
async fn a_key_does_no_more_than_its_account_may_still_do() {
    let app = App::start().await;
    let (token, account) = analyst(&app).await;
    let key = bearer(&issue(&app, &token, &["analyst", "shopper"], "a").await);
    let body = json!({ "roles": ["shopper"], "reason": "left the team" });
    let path = format!("/v1/admin/people/{account}/roles");
    app.send("PUT", &path, ADMIN, Some(body)).await.is(204, "");
    let me = app.get("/v1/me", &key).await;
    assert_eq!(me.body["roles"], json!(["shopper"]));
}

#[tokio::test]
async fn a_key_that_makes_no_sense_is_refused() {
    let app = App::start().await;
    let token = app.sign_up("ada@shop.example", 1).await;
    let make = |body: Value| app.post("/v1/me/api-keys", &token, body);
    for (body, code) in [
        (
            json!({ "name": " ", "roles": ["shopper"], "days": 1 }),
            "invalid-body",
        ),
        (
            json!({ "name": "x", "roles": ["shopper"], "days": 0 }),
            "invalid-body",
        ),
        (
            json!({ "name": "x", "roles": ["shopper"], "days": 367 }),
            "invalid-body",
        ),
        (
            json!({ "name": "x", "roles": [], "days": 1 }),
            "api-key-roles-invalid",
        ),
        (
            json!({ "name": "x", "roles": ["king"], "days": 1 }),
            "invalid-body",
        ),
    ] {
        make(body).await.is(422, code);
    }
    // Nothing is left of them.
    let list = app.get("/v1/me/api-keys", &token).await;
    assert_eq!(list.body["items"], json!([]));
    // Whose token stands in the configuration has nothing that a key could belong to.
    app.post(
        "/v1/me/api-keys",
        ADMIN,
        json!({ "name": "x", "roles": ["admin"], "days": 1 }),
    )
    .await
    .is(409, "not-signed-up");
}

#[tokio::test]
async fn a_key_that_the_log_was_never_told_of_is_swept_away() {
    let app = App::start().await;
    let (token, _) = analyst(&app).await;
    issue(&app, &token, &["analyst"], "a").await.is(201, "");
    sqlx::query(
        "INSERT INTO identity.api_key (id, account, name, secret, roles, created_at, expires_at)
         SELECT gen_random_uuid(), account, 'lost', 'lost', roles, now() - interval '2 days', now() + interval '80 days'
         FROM identity.person",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    let _next = app.restarted_with(MasterKeys::default());
    eventually("only the key that was issued is left", || async {
        let names = sqlx::query_scalar::<_, String>("SELECT name FROM identity.api_key");
        let names = names.fetch_all(&app.pool).await.unwrap();
        (names == ["nightly export"]).then_some(())
    })
    .await;
}
