//! Access tokens, what renews them, and their keys.

use domain::identity::signing_keys::SigningKeys;
use identity::MasterKeys;
use jetstream_es::SubjectFilter;
use serde_json::{Value, json};
use testkit::eventually;

use crate::support::{ADMIN, Answer, App, PASSWORD};

const ADA: &str = "ada@shop.example";

async fn sign_in(app: &App) -> Answer {
    let body = json!({ "email": ADA, "password": PASSWORD, "deliver": "access" });
    app.post("/v1/sign-in", "", body).await
}

async fn refresh(app: &App, token: &str) -> Answer {
    app.post("/v1/access-tokens", "", json!({ "refresh_token": token }))
        .await
}

fn access(answer: &Answer) -> String {
    answer.is(200, "");
    format!("Bearer {}", answer.body["access_token"].as_str().unwrap())
}

fn renewer(answer: &Answer) -> String {
    answer.is(200, "");
    answer.body["refresh_token"].as_str().unwrap().to_owned()
}

async fn keys(app: &App) -> Vec<String> {
    let answer = app.get("/.well-known/jwks.json", "").await;
    answer.is(200, "");
    let keys = answer.body["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}

async fn run(app: &App, statement: &'static str) {
    sqlx::query(statement).execute(&app.pool).await.unwrap();
}

#[tokio::test]
async fn an_access_token_opens_what_its_session_opens() {
    let app = App::start().await;
    app.sign_up(ADA, 1).await;
    let signed_in = sign_in(&app).await;
    let bearer = access(&signed_in);
    assert_eq!(signed_in.headers["cache-control"], "no-store");
    assert!(!signed_in.headers.contains_key("set-cookie"));
    assert_eq!(signed_in.body["token"], Value::Null);
    let me = app.get("/v1/me", &bearer).await;
    assert_eq!(me.body["email"], ADA);
    assert_eq!(me.body["account"], signed_in.body["account"]);
    // Its session is in the list, and when that is ended the token is dead at once, and what renews it too.
    let list = app.get("/v1/me/sessions", &bearer).await;
    assert_eq!(list.body["items"][0]["is_current"], true);
    let session = signed_in.body["session"].as_str().unwrap();
    let path = format!("/v1/me/sessions/{session}");
    app.send("DELETE", &path, &bearer, None).await.is(204, "");
    app.get("/v1/me", &bearer).await.is(401, "unauthenticated");
    refresh(&app, &renewer(&signed_in))
        .await
        .is(401, "refresh-refused");
}

#[tokio::test]
async fn a_refresh_token_is_redeemed_once_for_the_next() {
    let app = App::start().await;
    app.sign_up(ADA, 1).await;
    let first = sign_in(&app).await;
    let second = refresh(&app, &renewer(&first)).await;
    assert_eq!(second.headers["cache-control"], "no-store");
    app.get("/v1/me", &access(&second)).await.is(200, "");
    // What came before still lasts for its ten minutes.
    app.get("/v1/me", &access(&first)).await.is(200, "");
    let third = refresh(&app, &renewer(&second)).await;
    app.get("/v1/me", &access(&third)).await.is(200, "");
    for unknown in ["drr_00000000000000000000000000000000", "drs_0", ""] {
        refresh(&app, unknown).await.is(401, "refresh-refused");
    }
}

#[tokio::test]
async fn a_lost_answer_is_given_again() {
    let app = App::start().await;
    app.sign_up(ADA, 1).await;
    let first = sign_in(&app).await;
    let lost = refresh(&app, &renewer(&first)).await;
    let again = refresh(&app, &renewer(&first)).await;
    app.get("/v1/me", &access(&again)).await.is(200, "");
    // Nothing of the lost answer opens anything, whoever has it.
    app.get("/v1/me", &access(&lost))
        .await
        .is(401, "unauthenticated");
    refresh(&app, &renewer(&lost))
        .await
        .is(401, "refresh-refused");
    app.get("/v1/me", &access(&again)).await.is(200, "");
}

#[tokio::test]
async fn a_refresh_token_that_was_stolen_ends_the_session() {
    let app = App::start().await;
    app.sign_up(ADA, 1).await;
    // Its owner goes on with the access token, or with the next refresh token: either way the thief is found out.
    for with_access in [true, false] {
        let first = sign_in(&app).await;
        let second = refresh(&app, &renewer(&first)).await;
        let last = if with_access {
            app.get("/v1/me", &access(&second)).await.is(200, "");
            second
        } else {
            refresh(&app, &renewer(&second)).await
        };
        refresh(&app, &renewer(&first))
            .await
            .is(401, "refresh-reused");
        app.get("/v1/me", &access(&last))
            .await
            .is(401, "unauthenticated");
        refresh(&app, &renewer(&last))
            .await
            .is(401, "refresh-refused");
    }
    // Other sessions go on.
    app.sign_in(ADA, PASSWORD).await.is(200, "");
}

#[tokio::test]
async fn of_many_that_redeem_a_token_at_once_one_answer_counts() {
    let app = App::start().await;
    app.sign_up(ADA, 1).await;
    let first = renewer(&sign_in(&app).await);
    let redeeming = || refresh(&app, &first);
    let answers = tokio::join!(redeeming(), redeeming(), redeeming(), redeeming());
    let mut good = 0;
    for answer in [&answers.0, &answers.1, &answers.2, &answers.3] {
        let opened = app.get("/v1/me", &access(answer)).await;
        good += usize::from(opened.status == 200);
    }
    assert_eq!(good, 1, "{answers:?}");
}

#[tokio::test]
async fn a_session_that_nobody_renews_ends() {
    let app = App::start().await;
    app.sign_up(ADA, 1).await;
    let first = sign_in(&app).await;
    app.let_pass("session", 13 * 24 * 60).await;
    let second = refresh(&app, &renewer(&first)).await;
    app.let_pass("session", 13 * 24 * 60).await;
    let third = refresh(&app, &renewer(&second)).await;
    app.let_pass("session", 15 * 24 * 60).await;
    refresh(&app, &renewer(&third))
        .await
        .is(401, "refresh-refused");
    app.get("/v1/me", &access(&third))
        .await
        .is(401, "unauthenticated");
}

#[tokio::test]
async fn whoever_is_kept_out_gets_no_more_tokens() {
    let app = App::start().await;
    app.sign_up(ADA, 1).await;
    let signed_in = sign_in(&app).await;
    run(&app, "UPDATE identity.person SET suspended_at = now()").await;
    app.get("/v1/me", &access(&signed_in))
        .await
        .is(401, "unauthenticated");
    refresh(&app, &renewer(&signed_in))
        .await
        .is(401, "refresh-refused");
}

#[tokio::test]
async fn the_next_key_is_shown_before_it_signs_and_the_last_one_still_checks() {
    let app = App::start().await;
    app.sign_up(ADA, 1).await;
    let old = sign_in(&app).await;
    let first = keys(&app).await;
    assert_eq!(first.len(), 1);
    let month = "UPDATE identity.signing_key SET created_at = created_at - interval '31 days', signs_from = signs_from - interval '31 days'";
    run(&app, month).await;
    let (next, _) = app.restarted_with(MasterKeys::default());
    let shown = "SELECT count(*) FROM identity.signing_key WHERE signs_from > now()";
    eventually("there is a next key", || async {
        let count: i64 = sqlx::query_scalar(shown).fetch_one(&app.pool).await.ok()?;
        (count == 1).then_some(())
    })
    .await;
    drop(next);
    // It signs when its hour has come. Whoever signs with it is believed by a gateway that has not heard of it.
    run(
        &app,
        "UPDATE identity.signing_key SET signs_from = now() WHERE signs_from > now()",
    )
    .await;
    let other = app.beside();
    let new = sign_in(&other).await;
    app.get("/v1/me", &access(&old)).await.is(200, "");
    other.get("/v1/me", &access(&old)).await.is(200, "");
    let bearer = access(&new);
    eventually("the other's key is looked for", || async {
        let answer = app.get("/v1/me", &bearer).await;
        (answer.status == 200).then_some(())
    })
    .await;
    let now = keys(&other).await;
    assert_eq!(now.len(), 2);
    assert_eq!(now[1], first[0]);
}

#[tokio::test]
async fn keys_that_somebody_else_has_are_replaced_at_once() {
    let app = App::start().await;
    let shopper = app.sign_up(ADA, 1).await;
    let signed_in = sign_in(&app).await;
    let before = keys(&app).await;
    let path = "/v1/admin/signing-keys";
    app.send("POST", path, "", None)
        .await
        .is(401, "unauthenticated");
    app.send("POST", path, &shopper, None)
        .await
        .is(403, "forbidden");
    let why = format!("{path}?reason=a%20laptop%20was%20lost");
    let replaced = app.send("POST", &why, ADMIN, None).await;
    replaced.is(201, "");
    let after = keys(&app).await;
    assert_eq!(after, [replaced.body["kid"].as_str().unwrap()]);
    assert_ne!(before, after);
    app.get("/v1/me", &access(&signed_in))
        .await
        .is(401, "unauthenticated");
    let told = eventually("the log is told", || async {
        let filter = SubjectFilter::aggregate("identity.signing_keys", SigningKeys::ID.to_string());
        let commits = app.log.read(0, &filter, 10).await.unwrap().commits;
        commits.into_iter().next()
    });
    let told = told.await;
    assert_eq!(told.events[0].event_type, "SigningKeysReplaced");
    let data: Value = serde_json::from_str(told.events[0].data.get()).unwrap();
    assert_eq!(data["decided"]["reason"], "a laptop was lost");
    // Nobody has to sign in again.
    let renewed = refresh(&app, &renewer(&signed_in)).await;
    app.get("/v1/me", &access(&renewed)).await.is(200, "");
}

#[tokio::test]
async fn keys_lie_sealed_under_the_newest_master_key() {
    let (old, new) = ("a".repeat(64), "b".repeat(64));
    let masters = MasterKeys::parse(&format!("old:{old}")).unwrap();
    let app = App::start_with(|options| options.master_keys = masters).await;
    app.sign_up(ADA, 1).await;
    let signed_in = sign_in(&app).await;
    let sealed = "SELECT master, length(sealed) FROM identity.signing_key";
    let row: (Option<String>, i32) = sqlx::query_as(sealed).fetch_one(&app.pool).await.unwrap();
    assert_eq!(row.0.as_deref(), Some("old"));
    assert!(row.1 > 32, "{row:?}");
    let both = MasterKeys::parse(&format!("new:{new}, old:{old}")).unwrap();
    let (_running, _) = app.restarted_with(both);
    eventually("the key is sealed under the newest", || async {
        let row: (Option<String>, i32) = sqlx::query_as(sealed).fetch_one(&app.pool).await.ok()?;
        (row.0.as_deref() == Some("new")).then_some(())
    })
    .await;
    app.get("/v1/me", &access(&signed_in)).await.is(200, "");
}
