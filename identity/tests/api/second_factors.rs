//! A second factor: an app that shows codes, and codes on paper.

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha1::Sha1;

use crate::support::{ADMIN, Answer, App, PASSWORD};

const EMAIL: &str = "ada@shop.example";
const SHORT: &str = "qM8#tv1!";

/// What the app shows, as RFC 6238 says it; the clock is the database's. Codes that were taken before count no more.
async fn shown(app: &App, secret: &str) -> String {
    let step: i64 = sqlx::query_scalar(
        "WITH forgotten AS (UPDATE identity.totp SET last_step = 0)
         SELECT extract(epoch FROM now())::bigint / 30",
    )
    .fetch_one(&app.pool)
    .await
    .unwrap();
    let key = BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
    let mut mac = Hmac::<Sha1>::new_from_slice(&key).unwrap();
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let start = usize::from(digest[19] & 0xf);
    let word: [u8; 4] = digest[start..start + 4].try_into().unwrap();
    format!(
        "{:06}",
        (u32::from_be_bytes(word) & 0x7fff_ffff) % 1_000_000
    )
}

/// An app for somebody: its secret, and the codes on paper.
async fn enrolled(app: &App, token: &str) -> (String, Vec<String>) {
    let answer = app.send("POST", "/v1/me/totp", token, None).await;
    answer.is(201, "");
    assert_eq!(answer.headers["cache-control"], "no-store");
    let secret = answer.body["secret"].as_str().unwrap().to_owned();
    let uri = answer.body["uri"].as_str().unwrap();
    assert!(
        uri.contains(&secret) && uri.starts_with("otpauth://totp/localhost%3A8080:ada%40shop"),
        "{uri}"
    );
    let confirmed = confirm(app, token, &shown(app, &secret).await).await;
    confirmed.is(200, "");
    let codes: Vec<String> =
        serde_json::from_value(confirmed.body["recovery_codes"].clone()).unwrap();
    assert_eq!(codes.len(), 10);
    (secret, codes)
}

async fn confirm(app: &App, token: &str, code: &str) -> Answer {
    app.post("/v1/me/totp/confirm", token, json!({ "code": code }))
        .await
}

/// Signs in as far as the password goes; answers the challenge.
async fn half(app: &App, password: &str) -> String {
    let answer = app.sign_in(EMAIL, password).await;
    answer.is(401, "second-factor-wanted");
    assert_eq!(answer.headers["cache-control"], "no-store");
    answer.body["challenge"].as_str().unwrap().to_owned()
}

async fn redeem(app: &App, challenge: &str, name: &str, code: &str) -> Answer {
    let mut body = json!({ "challenge": challenge, "deliver": "token" });
    body[name] = json!(code);
    app.post("/v1/sign-in/second-factor", "", body).await
}

async fn prove(app: &App, token: &str, mut more: Value) -> Answer {
    more["password"] = json!(PASSWORD);
    app.post("/v1/me/proof", token, more).await
}

/// Nobody waits ten minutes for a test.
async fn grow_stale(app: &App) {
    sqlx::query("UPDATE identity.session SET proved_at = proved_at - interval '11 minutes'")
        .execute(&app.pool)
        .await
        .unwrap();
}

#[tokio::test]
async fn signing_in_takes_a_code_once_an_app_is_confirmed() {
    let app = App::start().await;
    let token = app.sign_up(EMAIL, 1).await;
    // An app that was not confirmed counts for nothing.
    let first = app.send("POST", "/v1/me/totp", &token, None).await;
    first.is(201, "");
    confirm(&app, &token, "000000")
        .await
        .is(422, "second-factor-refused");
    app.sign_in(EMAIL, PASSWORD).await.is(200, "");
    let (secret, _) = enrolled(&app, &token).await;
    app.send("POST", "/v1/me/totp", &token, None)
        .await
        .is(409, "totp-enrolled");
    let factors = app.get("/v1/me/second-factors", &token).await;
    assert!(factors.body["totp_since"].is_string());
    assert_eq!(factors.body["recovery_codes_left"], 10);

    let challenge = half(&app, PASSWORD).await;
    let code = shown(&app, &secret).await;
    let in_app = format!("{} {}", &code[..3], &code[3..]);
    let signed_in = redeem(&app, &challenge, "code", &in_app).await;
    signed_in.is(200, "");
    app.get("/v1/me", &signed_in.bearer()).await.is(200, "");
    // Neither the challenge nor the code is good again.
    redeem(&app, &challenge, "code", &code)
        .await
        .is(401, "challenge-refused");
    let challenge = half(&app, PASSWORD).await;
    redeem(&app, &challenge, "code", &code)
        .await
        .is(401, "second-factor-refused");
    // The wrong password says nothing of a second factor.
    app.sign_in(EMAIL, "twelve blue foxes")
        .await
        .is(401, "sign-in-refused");
}

#[tokio::test]
async fn a_challenge_has_five_attempts_and_five_minutes() {
    let app = App::start().await;
    let token = app.sign_up(EMAIL, 1).await;
    let (secret, _) = enrolled(&app, &token).await;
    let challenge = half(&app, PASSWORD).await;
    for _ in 0..5 {
        redeem(&app, &challenge, "code", "000000")
            .await
            .is(401, "second-factor-refused");
    }
    let code = shown(&app, &secret).await;
    redeem(&app, &challenge, "code", &code)
        .await
        .is(401, "challenge-refused");
    let late = half(&app, PASSWORD).await;
    app.let_pass("half_sign_in", 6).await;
    redeem(&app, &late, "code", &code)
        .await
        .is(401, "challenge-refused");
}

#[tokio::test]
async fn a_recovery_code_is_good_once_and_new_ones_replace_the_old() {
    let app = App::start().await;
    let token = app.sign_up(EMAIL, 1).await;
    let (_, codes) = enrolled(&app, &token).await;
    let challenge = half(&app, PASSWORD).await;
    let typed = codes[0].replace('-', "").to_uppercase();
    redeem(&app, &challenge, "recovery_code", &typed)
        .await
        .is(200, "");
    let challenge = half(&app, PASSWORD).await;
    redeem(&app, &challenge, "recovery_code", &codes[0])
        .await
        .is(401, "second-factor-refused");
    let factors = app.get("/v1/me/second-factors", &token).await;
    assert_eq!(factors.body["recovery_codes_left"], 9);
    let renewed = app
        .send("POST", "/v1/me/recovery-codes", &token, None)
        .await;
    renewed.is(201, "");
    redeem(&app, &challenge, "recovery_code", &codes[1])
        .await
        .is(401, "second-factor-refused");
    let new = renewed.body["recovery_codes"][0].as_str().unwrap();
    redeem(&app, &challenge, "recovery_code", new)
        .await
        .is(200, "");
}

#[tokio::test]
async fn what_somebody_signs_in_with_changes_only_after_a_fresh_proof() {
    let app = App::start().await;
    let token = app.sign_up(EMAIL, 1).await;
    grow_stale(&app).await;
    let enrol = || app.send("POST", "/v1/me/totp", &token, None);
    enrol().await.is(403, "proof-wanted");
    let wrong = json!({ "password": "twelve blue foxes" });
    app.post("/v1/me/proof", &token, wrong)
        .await
        .is(422, "password-wrong");
    enrol().await.is(403, "proof-wanted");
    prove(&app, &token, json!({})).await.is(204, "");
    let (secret, codes) = enrolled(&app, &token).await;
    grow_stale(&app).await;
    let remove = || app.send("DELETE", "/v1/me/totp", &token, None);
    remove().await.is(403, "proof-wanted");
    app.send("POST", "/v1/me/recovery-codes", &token, None)
        .await
        .is(403, "proof-wanted");
    let change = json!({ "current_password": PASSWORD, "new_password": SHORT });
    app.send("PUT", "/v1/me/password", &token, Some(change))
        .await
        .is(403, "proof-wanted");
    // With an app the password alone proves nothing.
    prove(&app, &token, json!({}))
        .await
        .is(422, "second-factor-refused");
    prove(&app, &token, json!({ "recovery_code": codes[0] }))
        .await
        .is(204, "");
    grow_stale(&app).await;
    let code = shown(&app, &secret).await;
    prove(&app, &token, json!({ "code": code }))
        .await
        .is(204, "");
    remove().await.is(204, "");
    remove().await.is(404, "totp-not-found");
    app.sign_in(EMAIL, PASSWORD).await.is(200, "");
    // A program and a guest have nothing of this kind.
    app.send("POST", "/v1/me/totp", ADMIN, None)
        .await
        .is(409, "not-signed-up");
}

#[tokio::test]
async fn a_password_may_be_shorter_as_long_as_there_is_an_app() {
    let app = App::start().await;
    let token = app.sign_up(EMAIL, 1).await;
    let change = |current: &str, new: &str| {
        let body = json!({ "current_password": current, "new_password": new });
        app.send("PUT", "/v1/me/password", &token, Some(body))
    };
    change(PASSWORD, SHORT).await.is(422, "password-weak");
    let (secret, _) = enrolled(&app, &token).await;
    change(PASSWORD, SHORT).await.is(204, "");
    app.send("DELETE", "/v1/me/totp", &token, None)
        .await
        .is(409, "password-short");
    change(SHORT, PASSWORD).await.is(204, "");
    let challenge = half(&app, PASSWORD).await;
    let code = shown(&app, &secret).await;
    redeem(&app, &challenge, "code", &code).await.is(200, "");
    app.send("DELETE", "/v1/me/totp", &token, None)
        .await
        .is(204, "");
}

#[tokio::test]
async fn a_mail_alone_signs_nobody_in_who_has_an_app() {
    let app = App::start().await;
    let token = app.sign_up(EMAIL, 1).await;
    let (secret, _) = enrolled(&app, &token).await;
    app.post("/v1/recovery", "", json!({ "email": EMAIL }))
        .await
        .is(202, "");
    let mail = app.mails(2).await.pop().unwrap();
    let body = json!({ "token": mail.link(), "new_password": SHORT, "deliver": "token" });
    let answer = app.post("/v1/recovery/confirm", "", body).await;
    answer.is(401, "second-factor-wanted");
    app.get("/v1/me", &token).await.is(401, "unauthenticated");
    let challenge = answer.body["challenge"].as_str().unwrap();
    let code = shown(&app, &secret).await;
    redeem(&app, challenge, "code", &code).await.is(200, "");
    half(&app, SHORT).await;
}

#[tokio::test]
async fn an_admin_takes_a_lost_factor_away_and_a_short_password_with_it() {
    let app = App::start().await;
    let token = app.sign_up(EMAIL, 1).await;
    enrolled(&app, &token).await;
    let change = json!({ "current_password": PASSWORD, "new_password": SHORT });
    app.send("PUT", "/v1/me/password", &token, Some(change))
        .await
        .is(204, "");
    let me = app.get("/v1/me", &token).await;
    let account = me.body["account"].as_str().unwrap();
    let path = format!("/v1/admin/people/{account}/second-factor");
    app.send("DELETE", &path, &token, None)
        .await
        .is(403, "forbidden");
    app.send("DELETE", &path, ADMIN, None).await.is(204, "");
    app.get("/v1/me", &token).await.is(401, "unauthenticated");
    app.sign_in(EMAIL, SHORT).await.is(401, "sign-in-refused");
    app.post("/v1/recovery", "", json!({ "email": EMAIL }))
        .await
        .is(202, "");
    let mail = app.mails(2).await.pop().unwrap();
    let body = json!({ "token": mail.link(), "new_password": PASSWORD, "deliver": "token" });
    app.post("/v1/recovery/confirm", "", body).await.is(200, "");
    let nobody = "/v1/admin/people/01900000-0000-7000-8000-00000000dead/second-factor";
    app.send("DELETE", nobody, ADMIN, None)
        .await
        .is(404, "account-not-found");
}

#[tokio::test]
async fn the_database_holds_no_second_factor_that_could_be_shown() {
    let app = App::start_with(|options| {
        let keys = format!("a:{}", "5a".repeat(32));
        options.master_keys = identity::MasterKeys::parse(&keys).unwrap();
    })
    .await;
    let token = app.sign_up(EMAIL, 1).await;
    let (secret, codes) = enrolled(&app, &token).await;
    let key = hex::encode(BASE32_NOPAD.decode(secret.as_bytes()).unwrap());
    let rows: Vec<String> = sqlx::query_scalar(
        "SELECT totp::text FROM identity.totp UNION ALL SELECT recovery_code::text FROM identity.recovery_code",
    )
    .fetch_all(&app.pool)
    .await
    .unwrap();
    assert_eq!(rows.len(), 11);
    for row in rows {
        assert!(!row.contains(&key) && !row.contains(&secret), "{row}");
        assert!(!codes.iter().any(|code| row.contains(code)), "{row}");
    }
}
