//! A forgotten password.

use serde_json::json;

use crate::support::{App, PASSWORD};

const NEW: &str = "twelve blue foxes sleep there";

#[tokio::test]
async fn a_new_password_is_set_with_what_stood_in_the_mail() {
    let app = App::start().await;
    let before = app.sign_up("ada@shop.example", 1).await;
    let asked = json!({ "email": "ada@shop.example", "language": "en" });
    app.post("/v1/recovery", "", asked).await.is(202, "");
    let mail = app.mails(2).await.pop().unwrap();
    let confirm = |password: &str| {
        let body = json!({
            "email": "ada@shop.example", "code": mail.code(), "new_password": password, "deliver": "token",
        });
        app.post("/v1/recovery/confirm", "", body)
    };
    // A password that is not taken costs nothing.
    confirm("short").await.is(422, "password-weak");
    let signed_in = confirm(NEW).await;
    signed_in.is(200, "");
    app.get("/v1/me", &signed_in.bearer()).await.is(200, "");
    app.get("/v1/me", &before).await.is(401, "unauthenticated");
    app.sign_in("ada@shop.example", PASSWORD)
        .await
        .is(401, "sign-in-refused");
    app.sign_in("ada@shop.example", NEW).await.is(200, "");
    confirm(NEW).await.is(422, "proof-refused");
}

#[tokio::test]
async fn an_unknown_address_gets_the_same_answer_and_no_mail() {
    let app = App::start().await;
    app.sign_up("ada@shop.example", 1).await;
    let ask = |email: &str| app.post("/v1/recovery", "", json!({ "email": email }));
    let unknown = ask("bea@shop.example").await;
    let known = ask("ada@shop.example").await;
    assert_eq!((known.status, &known.body), (unknown.status, &unknown.body));
    // The mails go out in their order: when the second is there, the first was looked at.
    let mails = app.mails(2).await;
    assert!(mails[1].text.contains("To: ada@shop.example"), "{mails:?}");
}

#[tokio::test]
async fn without_anybody_to_give_mail_to_that_is_said() {
    let app = App::start_with(|options| options.mail.post = identity::Post::None).await;
    let asked = json!({ "email": "ada@shop.example", "password": PASSWORD });
    app.post("/v1/sign-up", "", asked)
        .await
        .is(503, "mail-missing");
}
