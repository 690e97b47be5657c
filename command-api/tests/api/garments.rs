//! Garments over HTTP.

use axum::body::Body;
use http::Request;
use serde_json::json;

use crate::support::{ADMIN, App, MERCHANDISER, SHOPPER, png, price, shirt};

const NOBODY: &str = "01900000-0000-7000-8000-00000000dead";

#[tokio::test]
async fn a_garment_goes_from_draft_to_retired() {
    let app = App::start().await;
    let added = app.post(MERCHANDISER, "/v1/garments", shirt()).await;
    assert_eq!(added.status, 201, "{added:?}");
    let id = added.id();
    assert_eq!(added.headers["location"], format!("/v1/garments/{id}"));
    assert_eq!(
        added.headers["drape-position"].to_str().unwrap(),
        added.body["position"]
    );

    let path = format!("/v1/garments/{id}");
    let too_early = app
        .call(MERCHANDISER, "POST", &format!("{path}/publish"), None, None)
        .await;
    too_early.is(409, "garment-picture-missing");

    let mut revised = shirt();
    revised["name"] = json!("Heavy linen shirt");
    revised.as_object_mut().unwrap().remove("price");
    assert_eq!(app.put(MERCHANDISER, &path, revised).await.status, 200);
    let changed = app.put(ADMIN, &format!("{path}/price"), price(3_990)).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let picture = app
        .upload(MERCHANDISER, "catalogue", "front", png(80, 100, 9))
        .await
        .id();
    let attached = app
        .put(
            MERCHANDISER,
            &format!("{path}/picture"),
            json!({ "picture": picture }),
        )
        .await;
    assert_eq!(attached.status, 200, "{attached:?}");
    for step in ["publish", "publish", "retire", "retire"] {
        let answer = app
            .call(MERCHANDISER, "POST", &format!("{path}/{step}"), None, None)
            .await;
        assert_eq!(answer.status, 200, "{step}: {answer:?}");
    }
    app.put(MERCHANDISER, &format!("{path}/price"), price(1))
        .await
        .is(409, "garment-retired");

    let commits = app.commits().await;
    let types: Vec<_> = commits
        .iter()
        .flat_map(|commit| &commit.events)
        .map(|event| event.event_type.as_str())
        .collect();
    insta::assert_json_snapshot!(types, @r#"
    [
      "GarmentAdded",
      "GarmentRevised",
      "PriceChanged",
      "PictureUploaded",
      "PictureAttached",
      "GarmentPublished",
      "GarmentRetired"
    ]
    "#);
    assert_eq!(
        commits[0].actor.as_deref(),
        Some("01900000-0000-7000-8000-000000000003")
    );
}

#[tokio::test]
async fn a_repeated_request_is_carried_out_once() {
    let app = App::start().await;
    let add = || {
        app.call(
            MERCHANDISER,
            "POST",
            "/v1/garments",
            Some("k1"),
            Some(shirt()),
        )
    };
    let (first, second) = (add().await, add().await);
    assert_eq!(first.status, 201, "{first:?}");
    assert_eq!((second.status, &second.body), (first.status, &first.body));
    for (name, value) in &first.headers {
        assert_eq!(second.headers.get(name), Some(value), "{name}");
    }
    let by_admin = || app.call(ADMIN, "POST", "/v1/garments", Some("k1"), Some(shirt()));
    let (one, other) = tokio::join!(by_admin(), by_admin());
    let (third, fourth) = if one.status == 201 {
        (one, other)
    } else {
        (other, one)
    };
    assert_eq!(third.status, 201, "{third:?}");
    // At the same time it waits; later it is the same.
    if fourth.status == 409 {
        fourth.is(409, "request-in-flight");
    } else {
        assert_eq!(third.body, fourth.body);
    }
    assert_eq!(by_admin().await.body, third.body);
    assert_ne!(
        third.id(),
        first.id(),
        "another caller's key is another command"
    );

    let path = format!("/v1/garments/{}/price", first.id());
    for minor in [100, 200] {
        app.put(MERCHANDISER, &path, price(minor)).await.id();
    }
    let put = || app.call(MERCHANDISER, "PUT", &path, Some("p"), Some(price(300)));
    let (first, second) = (put().await, put().await);
    assert_eq!(first.body, second.body);
    assert_eq!(app.commits().await.len(), 2 + 3);
}

#[tokio::test]
async fn a_key_that_stood_for_another_garment_is_refused() {
    let app = App::start().await;
    let add = |body| app.call(MERCHANDISER, "POST", "/v1/garments", Some("k1"), Some(body));
    let first = add(shirt()).await;
    let mut other = shirt();
    other["name"] = json!("Another shirt");
    add(other).await.is(422, "idempotency-key-reused");

    // What happened to the garment since does not matter.
    let path = format!("/v1/garments/{}/price", first.id());
    app.put(MERCHANDISER, &path, price(100)).await.id();
    let repeated = add(shirt()).await;
    assert_eq!((repeated.status, repeated.id()), (first.status, first.id()));
    assert_eq!(app.commits().await.len(), 2);
}

#[tokio::test]
async fn only_who_keeps_the_catalogue_may_change_it() {
    let app = App::start().await;
    let id = app.post(MERCHANDISER, "/v1/garments", shirt()).await.id();
    for (method, path, body) in [
        ("POST", "/v1/garments".to_owned(), Some(shirt())),
        ("PUT", format!("/v1/garments/{id}/price"), Some(price(1))),
        ("POST", format!("/v1/garments/{id}/publish"), None),
        ("POST", format!("/v1/garments/{id}/retire"), None),
    ] {
        let stranger = app.call("", method, &path, None, body.clone()).await;
        stranger.is(401, "unauthenticated");
        assert_eq!(stranger.headers["www-authenticate"], "Bearer");
        app.call("guess", method, &path, None, body.clone())
            .await
            .is(401, "unauthenticated");
        app.call(SHOPPER, method, &path, None, body)
            .await
            .is(403, "forbidden");
    }
    assert_eq!(app.commits().await.len(), 1);
}

#[tokio::test]
async fn every_mistake_in_a_body_is_named_with_its_place() {
    let app = App::start().await;
    let mut body = shirt();
    body["name"] = json!(" ");
    body["slug"] = json!("Linen Shirt");
    body["category"] = json!("hats");
    body["colour"]["hex"] = json!("sand");
    body["sizes"] = json!(["S", "M;"]);
    let answer = app.post(MERCHANDISER, "/v1/garments", body).await;
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    insta::assert_json_snapshot!(answer.body, @r#"
    {
      "code": "invalid-body",
      "errors": [
        {
          "detail": "the text must not be empty",
          "pointer": "/name"
        },
        {
          "detail": "a slug has 1 to 80 lower-case letters, digits and single hyphens between them",
          "pointer": "/slug"
        },
        {
          "detail": "a category is one of tops, bottoms, dresses, outerwear",
          "pointer": "/category"
        },
        {
          "detail": "a colour's value is #rrggbb in hexadecimal",
          "pointer": "/colour/hex"
        },
        {
          "detail": "a size has 1 to 16 letters, digits, spaces and / . + -",
          "pointer": "/sizes/1"
        }
      ],
      "status": 422,
      "title": "The request's body has mistakes",
      "type": "/problems/invalid-body"
    }
    "#);
    let mut body = shirt();
    body["sizes"] = json!(["S", "S"]);
    app.post(MERCHANDISER, "/v1/garments", body)
        .await
        .is(422, "garment-sizes-invalid");
    let mut body = shirt();
    body["price"]["minor"] = json!(4990.5);
    let answer = app.post(MERCHANDISER, "/v1/garments", body).await;
    answer.is(422, "invalid-body");
    assert_eq!(answer.body["errors"][0]["pointer"], "/price/minor");
    let mut body = shirt();
    body["fabric"] = json!("linen");
    app.post(MERCHANDISER, "/v1/garments", body)
        .await
        .is(422, "invalid-body");
}

#[tokio::test]
async fn what_is_no_sound_request_is_refused() {
    let app = App::start().await;
    for (media_type, body, status, code) in [
        ("application/json", "{\"name\":", 400, "malformed-json"),
        ("text/plain", "{}", 415, "json-wanted"),
    ] {
        let request = Request::post("/v1/garments")
            .header("authorization", "Bearer merchandiser")
            .header("content-type", media_type)
            .body(Body::from(body))
            .unwrap();
        app.send(request).await.is(status, code);
    }
    app.put(MERCHANDISER, "/v1/garments/nonsense/price", price(1))
        .await
        .is(400, "invalid-path");
    app.call(
        MERCHANDISER,
        "POST",
        "/v1/garments",
        Some("two words"),
        Some(shirt()),
    )
    .await
    .is(400, "invalid-idempotency-key");
    app.put(
        MERCHANDISER,
        &format!("/v1/garments/{NOBODY}/price"),
        price(1),
    )
    .await
    .is(404, "garment-not-found");
    app.call(
        MERCHANDISER,
        "POST",
        &format!("/v1/garments/{NOBODY}/retire"),
        None,
        None,
    )
    .await
    .is(404, "garment-not-found");
    app.call(MERCHANDISER, "DELETE", "/v1/garments", None, None)
        .await
        .is(405, "method-not-allowed");
    assert!(app.commits().await.is_empty());
}

#[tokio::test]
async fn a_garment_is_shown_by_a_picture_of_the_catalogue_only() {
    let app = App::start().await;
    let id = app.post(MERCHANDISER, "/v1/garments", shirt()).await.id();
    let person = app
        .upload(SHOPPER, "person", "me", png(80, 100, 9))
        .await
        .id();
    for picture in [person.as_str(), NOBODY] {
        app.put(
            MERCHANDISER,
            &format!("/v1/garments/{id}/picture"),
            json!({ "picture": picture }),
        )
        .await
        .is(422, "picture-not-usable");
    }
}
