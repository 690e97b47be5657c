//! Signing in and out, and what is open.

use http::header::{RETRY_AFTER, SET_COOKIE};
use serde_json::json;

use crate::support::{App, PASSWORD};

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_look_alike() {
    let app = App::start().await;
    app.sign_up("ada@shop.example", 1).await;
    let wrong = app.sign_in("ada@shop.example", "twelve blue foxes").await;
    let unknown = app.sign_in("bea@shop.example", PASSWORD).await;
    wrong.is(401, "sign-in-refused");
    assert_eq!((wrong.status, wrong.body), (unknown.status, unknown.body));
    app.sign_in("Ada@Shop.example", PASSWORD).await.is(200, "");
}

#[tokio::test]
async fn a_session_that_was_ended_elsewhere_is_dead_at_once() {
    let app = App::start().await;
    let first = app.sign_up("ada@shop.example", 1).await;
    let second = app.sign_in("ada@shop.example", PASSWORD).await.bearer();
    let list = app.get("/v1/me/sessions", &second).await;
    let sessions = list.body["items"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    assert_eq!(sessions[0]["is_current"], true);
    assert_eq!(sessions[0]["network"], "203.0.113.0/24");
    let other = sessions[1]["id"].as_str().unwrap();
    let path = format!("/v1/me/sessions/{other}");
    app.send("DELETE", &path, &second, None).await.is(204, "");
    app.get("/v1/me", &first).await.is(401, "unauthenticated");
    app.get("/v1/me", &second).await.is(200, "");
    // Somebody else's looks like one that does not exist.
    let bea = app.sign_up("bea@shop.example", 2).await;
    let mine = sessions[0]["id"].as_str().unwrap();
    let path = format!("/v1/me/sessions/{mine}");
    app.send("DELETE", &path, &bea, None)
        .await
        .is(404, "session-not-found");
}

#[tokio::test]
async fn signing_out_ends_the_session_and_forgets_the_cookie() {
    let app = App::start().await;
    let token = app.sign_up("ada@shop.example", 1).await;
    let answer = app.send("POST", "/v1/sign-out", &token, None).await;
    answer.is(204, "");
    let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
    assert!(
        cookie.starts_with("__Host-drape=; Path=/; Max-Age=0;"),
        "{cookie}"
    );
    app.get("/v1/me", &token).await.is(401, "unauthenticated");
    // A browser that still sends the cookie is a stranger, and no error.
    let stale = token.replace("Bearer ", "__Host-drape=");
    let headers = [("cookie", stale.as_str())];
    app.send_from(113, "POST", "/v1/sign-out", &headers, None)
        .await
        .is(204, "");
}

#[tokio::test]
async fn a_session_that_nobody_uses_ends() {
    let app = App::start().await;
    let token = app.sign_up("ada@shop.example", 1).await;
    app.let_pass("session", 13 * 24 * 60).await;
    // Used within a fortnight: it lasts another one.
    app.get("/v1/me", &token).await.is(200, "");
    app.let_pass("session", 13 * 24 * 60).await;
    app.get("/v1/me", &token).await.is(200, "");
    app.let_pass("session", 15 * 24 * 60).await;
    app.get("/v1/me", &token).await.is(401, "unauthenticated");
}

#[tokio::test]
async fn guessing_is_slowed_down_and_the_owner_still_comes_in() {
    let app = App::start().await;
    app.sign_up("ada@shop.example", 1).await;
    let guess = |network: u8, password: &str| {
        let body = json!({ "email": "ada@shop.example", "password": password, "deliver": "token" });
        app.send_from(network, "POST", "/v1/sign-in", &[], Some(body))
    };
    // From one network: ten, and then wait.
    for _ in 0..10 {
        guess(1, "twelve blue foxes")
            .await
            .is(401, "sign-in-refused");
    }
    let refused = guess(1, "twelve blue foxes").await;
    refused.is(429, "too-many-attempts");
    assert!(refused.headers.contains_key(RETRY_AFTER));
    // From all networks: a hundred. Whoever comes from where the owner was is not counted.
    let mut refusals = 0;
    for network in 2..=110 {
        let answer = guess(network, "twelve blue foxes").await;
        refusals += usize::from(answer.status == 429);
    }
    assert!(refusals > 5, "{refusals}");
    guess(113, PASSWORD).await.is(200, "");
}

#[tokio::test]
async fn a_password_is_hashed_anew_when_the_cost_has_changed() {
    let app = App::start().await;
    app.sign_up("ada@shop.example", 1).await;
    sqlx::query("UPDATE identity.person SET password = $1")
        .bind(cheap_hash())
        .execute(&app.pool)
        .await
        .unwrap();
    app.sign_in("ada@shop.example", PASSWORD).await.is(200, "");
    let phc: String = sqlx::query_scalar("SELECT password FROM identity.person")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    assert!(phc.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{phc}");
    app.sign_in("ada@shop.example", PASSWORD).await.is(200, "");
}

/// The password at half the cost, as another configuration would have left it.
fn cheap_hash() -> String {
    use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};

    let params = Params::new(32, 1, 1, None).unwrap();
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash = argon2.hash_password_with_salt(PASSWORD.as_bytes(), b"sixteen bytes ok");
    hash.unwrap().to_string()
}

#[tokio::test]
async fn a_changed_password_ends_all_other_sessions() {
    let app = App::start().await;
    let first = app.sign_up("ada@shop.example", 1).await;
    let second = app.sign_in("ada@shop.example", PASSWORD).await.bearer();
    let new = "twelve blue foxes sleep there";
    let change = |current: &str| {
        let body = json!({ "current_password": current, "new_password": new });
        app.send("PUT", "/v1/me/password", &second, Some(body))
    };
    change("wrong").await.is(422, "password-wrong");
    change(PASSWORD).await.is(204, "");
    app.get("/v1/me", &first).await.is(401, "unauthenticated");
    app.get("/v1/me", &second).await.is(200, "");
    app.sign_in("ada@shop.example", PASSWORD)
        .await
        .is(401, "sign-in-refused");
    app.sign_in("ada@shop.example", new).await.is(200, "");
}

#[tokio::test]
async fn the_database_holds_no_secret_that_opens_anything() {
    let app = App::start().await;
    let token = app.sign_up("ada@shop.example", 1).await;
    let secret = token.strip_prefix("Bearer drs_").unwrap();
    let rows: Vec<String> = sqlx::query_scalar(
        "SELECT row_to_json(session)::text FROM identity.session
         UNION ALL SELECT row_to_json(person)::text FROM identity.person",
    )
    .fetch_all(&app.pool)
    .await
    .unwrap();
    assert_eq!(rows.len(), 2);
    for row in rows {
        assert!(!row.contains(secret) && !row.contains(PASSWORD), "{row}");
    }
}
