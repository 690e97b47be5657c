//! What somebody agrees to with a photo, over HTTP.

use axum::body::Body;
use http::Request;
use serde_json::json;

use crate::support::{App, MERCHANDISER, OTHER_SHOPPER, SHOPPER, png};

#[tokio::test]
async fn a_photo_of_a_person_comes_with_consent_to_the_words_in_force() {
    let app = App::start().await;
    for (stated, code) in [
        ("", "consent-wanted"),
        ("&consent=1", "consent-wanted"),
        ("&subject=myself", "consent-wanted"),
        ("&consent=0&subject=myself", "consent-outdated"),
    ] {
        let request = Request::post(format!("/v1/pictures?purpose=person{stated}"))
            .header("authorization", format!("Bearer {SHOPPER}"))
            .header("content-type", "image/png")
            .body(Body::from(png(96, 128, 7)))
            .unwrap();
        app.send(request).await.is(422, code);
    }
    assert!(app.commits().await.is_empty());
    let photo = app.upload(SHOPPER, "person", "me", png(96, 128, 7)).await;
    assert_eq!(photo.status, 201, "{photo:?}");
    let commits = app.commits().await;
    let [_, given] = commits[0].events.as_slice() else {
        panic!("an upload and a consent are expected");
    };
    let given: serde_json::Value = serde_json::from_str(given.data.get()).unwrap();
    let agreed = json!({
        "type": "PhotoConsentGiven", "purpose": "try-on", "policy": "1", "subject": "myself",
    });
    assert_eq!(given, agreed);
}

#[tokio::test]
async fn a_photo_is_tried_on_only_while_its_owner_agrees() {
    let app = App::start().await;
    let garment = app.published().await;
    let photo = app.upload(SHOPPER, "person", "me", png(96, 128, 7)).await;
    let path = format!("/v1/pictures/{}/consent", photo.id());
    let request = json!({ "person": photo.id(), "garment": garment });
    let withdrawn = app.call(SHOPPER, "DELETE", &path, None, None).await;
    assert_eq!(withdrawn.status, 200, "{withdrawn:?}");
    app.post(SHOPPER, "/v1/try-ons", request.clone())
        .await
        .is(422, "consent-wanted");
    let outdated = json!({ "policy": "0", "subject": "permitted" });
    app.put(SHOPPER, &path, outdated)
        .await
        .is(422, "consent-outdated");
    let agreed = json!({ "policy": "1", "subject": "permitted" });
    let given = app.put(SHOPPER, &path, agreed).await;
    assert_eq!(given.status, 200, "{given:?}");
    let accepted = app.post(SHOPPER, "/v1/try-ons", request).await;
    assert_eq!(accepted.status, 202, "{accepted:?}");
}

#[tokio::test]
async fn a_picture_of_a_person_is_removed_by_its_owner_and_by_nobody_else() {
    let app = App::start().await;
    let garment = app.published().await;
    let photo = app.upload(SHOPPER, "person", "me", png(96, 128, 7)).await;
    let of_the_shop = app
        .upload(MERCHANDISER, "catalogue", "shop", png(96, 128, 8))
        .await;
    let path = format!("/v1/pictures/{}", photo.id());
    let consent = format!("{path}/consent");
    let agreed = json!({ "policy": "1", "subject": "myself" });
    for (caller, picture) in [
        (OTHER_SHOPPER, path.clone()),
        (MERCHANDISER, path.clone()),
        (MERCHANDISER, format!("/v1/pictures/{}", of_the_shop.id())),
        (OTHER_SHOPPER, consent.clone()),
    ] {
        app.call(caller, "DELETE", &picture, None, None)
            .await
            .is(404, "picture-not-found");
    }
    app.put(OTHER_SHOPPER, &consent, agreed.clone())
        .await
        .is(404, "picture-not-found");
    for _ in 0..2 {
        let removed = app.call(SHOPPER, "DELETE", &path, None, None).await;
        assert_eq!(removed.status, 200, "{removed:?}");
    }
    app.put(SHOPPER, &consent, agreed)
        .await
        .is(409, "picture-removed");
    let request = json!({ "person": photo.id(), "garment": garment });
    app.post(SHOPPER, "/v1/try-ons", request)
        .await
        .is(422, "picture-removed");
}
