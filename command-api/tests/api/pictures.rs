//! Uploads over HTTP.

use axum::body::Body;
use http::Request;

use serde_json::json;

use crate::support::{App, MERCHANDISER, SHOPPER, png};

#[tokio::test]
async fn an_uploaded_picture_is_stored_and_recorded() {
    let app = App::start().await;
    let uploaded = app
        .upload(SHOPPER, "person", "me", png(120, 160, 100))
        .await;
    assert_eq!(uploaded.status, 201, "{uploaded:?}");
    assert_eq!(
        uploaded.headers["location"],
        format!("/v1/pictures/{}", uploaded.id())
    );
    let again = app
        .upload(SHOPPER, "person", "me", png(120, 160, 100))
        .await;
    assert_eq!(
        (again.status, &again.body),
        (uploaded.status, &uploaded.body)
    );
    app.upload(SHOPPER, "person", "me", png(120, 160, 101))
        .await
        .is(422, "idempotency-key-reused");

    let commits = app.commits().await;
    assert_eq!(commits.len(), 1);
    let event: serde_json::Value = serde_json::from_str(commits[0].events[0].data.get()).unwrap();
    assert_eq!(event["purpose"], "person");
    assert_eq!(event["owner"], "01900000-0000-7000-8000-000000000001");
    assert_eq!(event["original"]["format"], "jpeg");
    assert_eq!(event["original"]["width_px"], 120);
}

#[tokio::test]
async fn a_form_may_carry_the_picture() {
    let app = App::start().await;
    let form = |part: &str| {
        let mut body = format!(
            "--x\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n"
        )
        .into_bytes();
        body.extend(png(80, 80, 1));
        body.extend(b"\r\n--x--\r\n");
        Request::post("/v1/pictures?purpose=catalogue")
            .header("authorization", "Bearer merchandiser")
            .header("content-type", "multipart/form-data; boundary=x")
            .body(Body::from(body))
            .unwrap()
    };
    assert_eq!(app.send(form("file")).await.status, 201);
    app.send(form("other")).await.is(400, "malformed-form");
}

#[tokio::test]
async fn a_shopper_uploads_pictures_of_persons_only() {
    let app = App::start().await;
    app.upload(SHOPPER, "catalogue", "k", png(80, 80, 1))
        .await
        .is(403, "forbidden");
    app.upload("guess", "person", "k", png(80, 80, 1))
        .await
        .is(401, "unauthenticated");
    app.upload(SHOPPER, "result", "k", png(80, 80, 1))
        .await
        .is(400, "invalid-query");
}

#[tokio::test]
async fn what_is_no_usable_picture_is_refused_by_name() {
    let app = App::start().await;
    let whole = png(120, 160, 100);
    let long = vec![0; (20 << 20) + 1];
    for (bytes, status, code) in [
        (Vec::new(), 422, "picture-empty"),
        (b"GIF89a".to_vec(), 415, "picture-format-unsupported"),
        (b"<svg/>".to_vec(), 415, "picture-format-unsupported"),
        (whole[..whole.len() / 2].to_vec(), 422, "picture-truncated"),
        (png(20, 20, 1), 422, "picture-too-small"),
        (long, 413, "picture-too-large"),
    ] {
        app.upload(SHOPPER, "person", "k", bytes)
            .await
            .is(status, code);
    }
    let text = Request::post("/v1/pictures?purpose=person&consent=1&subject=myself")
        .header("authorization", "Bearer shopper")
        .header("content-type", "text/plain")
        .body(Body::from("me"))
        .unwrap();
    app.send(text).await.is(415, "picture-wanted");
    assert!(app.commits().await.is_empty());
}

#[tokio::test]
async fn a_keeper_chooses_what_stays_of_a_picture_of_the_catalogue() {
    let app = App::start().await;
    let shirt = app
        .upload(MERCHANDISER, "catalogue", "shirt", png(96, 128, 90))
        .await
        .id();
    let path = format!("/v1/pictures/{shirt}/focal-point");
    let chosen = app
        .put(MERCHANDISER, &path, json!({ "x": 0.5, "y": 0.125 }))
        .await;
    assert_eq!(chosen.status, 200, "{chosen:?}");
    let again = app
        .put(MERCHANDISER, &path, json!({ "x": 0.5, "y": 0.125 }))
        .await;
    assert_eq!(again.status, 200);

    let commits = app.commits().await;
    assert_eq!(commits.len(), 2, "the second choice was none");
    let event: serde_json::Value = serde_json::from_str(commits[1].events[0].data.get()).unwrap();
    assert_eq!(
        (&event["x_permille"], &event["y_permille"]),
        (&json!(500), &json!(125))
    );

    for (body, pointer) in [
        (json!({ "x": 1.5, "y": 0.5 }), "/x"),
        (json!({ "x": 0.5, "y": -0.1 }), "/y"),
    ] {
        let refused = app.put(MERCHANDISER, &path, body).await;
        refused.is(422, "invalid-body");
        assert!(refused.body.to_string().contains(pointer), "{refused:?}");
    }
    app.put(SHOPPER, &path, json!({ "x": 0.5, "y": 0.5 }))
        .await
        .is(403, "forbidden");
}

#[tokio::test]
async fn pictures_of_people_have_no_focal_point() {
    let app = App::start().await;
    let me = app
        .upload(SHOPPER, "person", "me", png(120, 160, 100))
        .await
        .id();
    for id in [me.as_str(), "01900000-0000-7000-8000-00000000ffff"] {
        let path = format!("/v1/pictures/{id}/focal-point");
        app.put(MERCHANDISER, &path, json!({ "x": 0.5, "y": 0.5 }))
            .await
            .is(404, "picture-not-found");
    }
}
