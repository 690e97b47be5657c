//! `Idempotency-Key`: the first answer comes again, and nothing is done twice.

use axum::body::Body;
use bytes::Bytes;
use futures::StreamExt;
use http::Request;
use serde_json::{Value, json};
use testkit::eventually;

use crate::support::{ADMIN, Answer, App, MERCHANDISER, OTHER_SHOPPER, SHOPPER, png, price, shirt};

#[track_caller]
fn assert_same(first: &Answer, again: &Answer) {
    assert_eq!(again.headers["idempotency-replayed"], "true", "{again:?}");
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    for (name, value) in &first.headers {
        assert_eq!(again.headers.get(name), Some(value), "{name}");
    }
}

async fn post(app: &App, token: &str, path: &str, key: &str, body: Option<Value>) -> Answer {
    app.call(token, "POST", path, Some(key), body).await
}

#[tokio::test]
async fn every_post_gives_its_first_answer_again_whatever_happened_since() {
    let app = App::start().await;
    let added = post(&app, MERCHANDISER, "/v1/garments", "add", Some(shirt())).await;
    assert_eq!(added.status, 201);
    let garment = added.id();
    let path = format!("/v1/garments/{garment}");
    let uploaded = app
        .upload(MERCHANDISER, "catalogue", "up", png(96, 128, 9))
        .await;
    let body = json!({ "picture": uploaded.id() });
    app.put(MERCHANDISER, &format!("{path}/picture"), body)
        .await
        .id();
    let publish = format!("{path}/publish");
    let published = post(&app, MERCHANDISER, &publish, "publish", None).await;
    assert_eq!(published.status, 200);
    let person = app
        .upload(SHOPPER, "person", "me", png(96, 128, 7))
        .await
        .id();
    let wanted = json!({ "person": person, "garment": garment });
    let requested = post(&app, SHOPPER, "/v1/try-ons", "try", Some(wanted.clone())).await;
    assert_eq!(requested.status, 202);
    let retire = format!("{path}/retire");
    let retired = post(&app, MERCHANDISER, &retire, "retire", None).await;
    let late = post(&app, MERCHANDISER, &publish, "late", None).await;
    late.is(409, "garment-retired");

    let commits = app.commits().await.len();
    assert_same(
        &added,
        &post(&app, MERCHANDISER, "/v1/garments", "add", Some(shirt())).await,
    );
    let again = app
        .upload(MERCHANDISER, "catalogue", "up", png(96, 128, 9))
        .await;
    assert_same(&uploaded, &again);
    assert_same(
        &published,
        &post(&app, MERCHANDISER, &publish, "publish", None).await,
    );
    assert_same(
        &requested,
        &post(&app, SHOPPER, "/v1/try-ons", "try", Some(wanted)).await,
    );
    assert_same(
        &retired,
        &post(&app, MERCHANDISER, &retire, "retire", None).await,
    );
    // A refusal is an answer too.
    assert_same(
        &late,
        &post(&app, MERCHANDISER, &publish, "late", None).await,
    );
    assert_eq!(app.commits().await.len(), commits);
}

#[tokio::test]
async fn another_request_with_the_same_key_is_refused_and_other_callers_have_keys_of_their_own() {
    let app = App::start().await;
    let garment = post(&app, MERCHANDISER, "/v1/garments", "k", Some(shirt()))
        .await
        .id();
    let mut other = shirt();
    other["name"] = json!("Wool shirt");
    let reused = post(&app, MERCHANDISER, "/v1/garments", "k", Some(other)).await;
    reused.is(422, "idempotency-key-reused");
    let path = format!("/v1/garments/{garment}/price");
    let put = |token, minor| app.call(token, "PUT", &path, Some("k"), Some(price(minor)));
    assert_eq!(put(MERCHANDISER, 100).await.status, 200);
    put(MERCHANDISER, 200)
        .await
        .is(422, "idempotency-key-reused");
    assert_eq!(put(ADMIN, 300).await.status, 200);

    let first = app
        .upload(SHOPPER, "person", "k", png(96, 128, 1))
        .await
        .id();
    let reused = app.upload(SHOPPER, "person", "k", png(96, 128, 2)).await;
    reused.is(422, "idempotency-key-reused");
    let theirs = app
        .upload(OTHER_SHOPPER, "person", "k", png(96, 128, 2))
        .await
        .id();
    assert_ne!(first, theirs);
}

#[tokio::test]
async fn a_request_that_comes_again_while_it_is_under_way_is_told_to_wait() {
    let app = App::start().await;
    let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Bytes, std::io::Error>>(1);
    let chunks =
        futures::stream::unfold(receiver, async |mut rest| Some((rest.recv().await?, rest)));
    let slow = Request::post("/v1/garments")
        .header("authorization", format!("Bearer {MERCHANDISER}"))
        .header("content-type", "application/json")
        .header("idempotency-key", "slow")
        .body(Body::from_stream(chunks.fuse()))
        .unwrap();
    let under_way = app.send(slow);
    let meanwhile = async {
        let told = eventually("the first request to be under way", || async {
            let again = post(&app, MERCHANDISER, "/v1/garments", "slow", Some(json!({}))).await;
            (again.status == 409).then_some(again)
        })
        .await;
        told.is(409, "request-in-flight");
        assert_eq!(told.headers["retry-after"], "1");
        sender.send(Ok(shirt().to_string().into())).await.unwrap();
        drop(sender);
    };
    let (first, ()) = tokio::join!(under_way, meanwhile);
    assert_eq!(first.status, 201, "{first:?}");
    let again = post(&app, MERCHANDISER, "/v1/garments", "slow", Some(shirt())).await;
    assert_same(&first, &again);
}

#[tokio::test]
async fn a_form_sent_again_by_a_browser_has_another_boundary_and_is_the_same() {
    let app = App::start().await;
    let picture = png(96, 128, 5);
    let send = |boundary: &str, picture: &[u8]| {
        let mut form = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\
             Content-Type: image/png\r\n\r\n"
        )
        .into_bytes();
        form.extend_from_slice(picture);
        form.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        let request = Request::post("/v1/pictures?purpose=person&consent=1&subject=myself")
            .header("authorization", format!("Bearer {SHOPPER}"))
            .header(
                "content-type",
                format!("multipart/form-data; boundary={boundary}"),
            )
            .header("idempotency-key", "form")
            .body(Body::from(form))
            .unwrap();
        app.send(request)
    };
    let first = send("----first", &picture).await;
    assert_eq!(first.status, 201, "{first:?}");
    assert_same(&first, &send("----second-and-longer", &picture).await);
    let reused = send("----third", &png(96, 128, 6)).await;
    reused.is(422, "idempotency-key-reused");
}

#[tokio::test]
async fn a_lost_answer_is_made_again_from_the_log() {
    let app = App::start().await;
    let added = post(&app, MERCHANDISER, "/v1/garments", "add", Some(shirt())).await;
    let path = format!("/v1/garments/{}/price", added.id());
    let put = async |app: &App, minor| {
        let body = Some(price(minor));
        app.call(MERCHANDISER, "PUT", &path, Some("p"), body).await
    };
    assert_eq!(put(&app, 100).await.status, 200);
    let commits = app.commits().await.len();

    // The next process has no answers, and no memory of the commands but the log's.
    let app = app.restarted();
    let again = post(&app, MERCHANDISER, "/v1/garments", "add", Some(shirt())).await;
    assert_eq!((again.status, again.id()), (added.status, added.id()));
    assert_eq!(again.headers["location"], added.headers["location"]);
    assert!(!again.headers.contains_key("idempotency-replayed"));
    assert_eq!(put(&app, 100).await.status, 200);
    // That it was another request, the log knows too.
    let app = app.restarted();
    put(&app, 200).await.is(422, "idempotency-key-reused");
    assert_eq!(app.commits().await.len(), commits);
}

#[tokio::test]
async fn what_was_never_begun_may_be_sent_again_corrected() {
    let app = App::start().await;
    let faulty = post(&app, MERCHANDISER, "/v1/garments", "k", Some(json!({}))).await;
    faulty.is(422, "invalid-body");
    let forbidden = post(&app, SHOPPER, "/v1/garments", "k", Some(shirt())).await;
    forbidden.is(403, "forbidden");
    let corrected = post(&app, MERCHANDISER, "/v1/garments", "k", Some(shirt())).await;
    assert_eq!(corrected.status, 201, "{corrected:?}");
}
