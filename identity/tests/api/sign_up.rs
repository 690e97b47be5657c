//! Signing up, as somebody and as a guest.

use http::header::SET_COOKIE;
use serde_json::json;

use crate::support::{App, PASSWORD};

#[tokio::test]
async fn an_address_is_confirmed_by_code_and_its_owner_is_signed_in() {
    let app = App::start().await;
    let asked = json!({ "email": "Ada@Shop.example", "password": PASSWORD });
    app.post("/v1/sign-up", "", asked).await.is(202, "");
    let mail = app.mails(1).await.pop().unwrap();
    assert!(mail.text.contains("To: Ada@Shop.example"), "{mail:?}");
    // Nobody is in before the code was shown.
    app.sign_in("ada@shop.example", PASSWORD)
        .await
        .is(401, "sign-in-refused");
    let confirmed = json!({ "email": "ada@shop.example", "code": mail.code(), "deliver": "token" });
    let signed_in = app.post("/v1/sign-up/confirm", "", confirmed.clone()).await;
    signed_in.is(200, "");
    assert_eq!(signed_in.headers["cache-control"], "no-store");
    let me = app.get("/v1/me", &signed_in.bearer()).await;
    assert_eq!(me.body["email"], "Ada@Shop.example");
    assert_eq!(me.body["roles"], json!(["shopper"]));
    assert_eq!(me.body["is_guest"], false);
    let account = me.body["account"].as_str().unwrap();
    assert_eq!(app.events_of(account).await, ["AccountRegistered"]);
    // Its code works once.
    app.post("/v1/sign-up/confirm", "", confirmed)
        .await
        .is(422, "proof-refused");
}

#[tokio::test]
async fn a_link_is_as_good_as_a_code_and_both_end_after_a_while() {
    let app = App::start().await;
    let asked = json!({ "email": "ada@shop.example", "password": PASSWORD });
    app.post("/v1/sign-up", "", asked.clone()).await.is(202, "");
    let first = app.mails(1).await.pop().unwrap();
    app.let_pass("challenge", 16).await;
    let late = json!({ "token": first.link() });
    app.post("/v1/sign-up/confirm", "", late)
        .await
        .is(422, "proof-refused");
    app.post("/v1/sign-up", "", asked).await.is(202, "");
    let second = app.mails(2).await.pop().unwrap();
    let answer = app
        .post("/v1/sign-up/confirm", "", json!({ "token": second.link() }))
        .await;
    answer.is(200, "");
    // Without a word about it, a browser gets a cookie that no script reads, and nothing else.
    let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("__Host-drape=drs_"), "{cookie}");
    assert!(
        cookie.ends_with("; Secure; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    assert_eq!(answer.body.get("token"), None);
    let cookie = cookie.split(';').next().unwrap();
    let me = app
        .send_from(1, "GET", "/v1/me", &[("cookie", cookie)], None)
        .await;
    assert_eq!(me.body["email"], "ada@shop.example");
}

#[tokio::test]
async fn a_code_may_be_tried_five_times() {
    let app = App::start().await;
    let asked = json!({ "email": "ada@shop.example", "password": PASSWORD });
    app.post("/v1/sign-up", "", asked).await.is(202, "");
    let mail = app.mails(1).await.pop().unwrap();
    let right = mail.code();
    let wrong = if right == "0000 0000" {
        "1111 1111"
    } else {
        "0000 0000"
    };
    let confirm = |code: &str| {
        let body = json!({ "email": "ada@shop.example", "code": code });
        app.post("/v1/sign-up/confirm", "", body)
    };
    for _ in 0..5 {
        confirm(wrong).await.is(422, "proof-refused");
    }
    confirm(&right).await.is(422, "proof-refused");
}

#[tokio::test]
async fn nobody_learns_from_an_answer_whether_there_is_somebody() {
    let app = App::start().await;
    app.sign_up("ada@shop.example", 1).await;
    let ask = |email: &str| {
        let body = json!({ "email": email, "password": "twelve blue foxes sleep there" });
        app.post("/v1/sign-up", "", body)
    };
    let (known, unknown) = (ask("ADA@shop.example").await, ask("bea@shop.example").await);
    assert_eq!((known.status, &known.body), (unknown.status, &unknown.body));
    let mails = app.mails(3).await;
    let told = |words: &str| {
        mails
            .iter()
            .filter(|mail| mail.text.contains(words))
            .count()
    };
    assert_eq!(told("You have an account already"), 1);
    // Nor has anything changed for whoever has the account.
    app.sign_in("ada@shop.example", PASSWORD).await.is(200, "");
}

#[tokio::test]
async fn a_password_is_long_and_not_easily_guessed() {
    let app = App::start().await;
    for (password, code) in [
        ("short", "password-weak"),
        ("passwordpassword1", "password-weak"),
        ("ada@shop.example.ada", "password-weak"),
        ("", "invalid-body"),
    ] {
        let asked = json!({ "email": "ada@shop.example", "password": password });
        let answer = app.post("/v1/sign-up", "", asked).await;
        answer.is(422, code);
        assert!(!answer.body.to_string().contains(PASSWORD));
    }
    let asked = json!({ "email": "ada", "password": PASSWORD });
    let answer = app.post("/v1/sign-up", "", asked).await;
    answer.is(422, "invalid-body");
    assert_eq!(answer.body["errors"][0]["pointer"], "/email");
}

#[tokio::test]
async fn a_guest_who_signs_up_keeps_the_account() {
    let app = App::start().await;
    let guest = app
        .post("/v1/guests", "", json!({ "deliver": "token" }))
        .await;
    guest.is(200, "");
    let before = app.get("/v1/me", &guest.bearer()).await;
    assert_eq!(before.body["is_guest"], true);
    let asked = json!({ "email": "ada@shop.example", "password": PASSWORD });
    app.post("/v1/sign-up", &guest.bearer(), asked)
        .await
        .is(202, "");
    let mail = app.mails(1).await.pop().unwrap();
    let confirmed = json!({ "token": mail.link(), "deliver": "token" });
    let signed_in = app.post("/v1/sign-up/confirm", "", confirmed).await;
    assert_eq!(signed_in.body["account"], before.body["account"]);
    let me = app.get("/v1/me", &guest.bearer()).await;
    assert_eq!(me.body["email"], "ada@shop.example");
    let account = before.body["account"].as_str().unwrap();
    assert_eq!(app.events_of(account).await, ["AccountRegistered"]);
}

#[tokio::test]
async fn a_guest_who_signs_in_can_hand_over_what_the_guest_had() {
    let app = App::start().await;
    app.sign_up("ada@shop.example", 1).await;
    let guest = app
        .post("/v1/guests", "", json!({ "deliver": "token" }))
        .await;
    let body = json!({ "email": "ada@shop.example", "password": PASSWORD, "deliver": "token" });
    let signed_in = app.post("/v1/sign-in", &guest.bearer(), body).await;
    signed_in.is(200, "");
    let hand_over = format!("Bearer {}", signed_in.body["guest_token"].as_str().unwrap());
    let me = app.get("/v1/me", &hand_over).await;
    assert_eq!(me.body["account"], guest.body["account"]);
    // The guest's own token has ended.
    app.get("/v1/me", &guest.bearer())
        .await
        .is(401, "unauthenticated");
}
