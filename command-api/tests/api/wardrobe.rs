//! Wardrobes over HTTP: what is liked, owned and worn together, links to it, and two that become one.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, App, MERCHANDISER, OTHER_SHOPPER, SHOPPER, png, shirt};

const NOBODY: &str = "01900000-0000-7000-8000-00000000dead";
const SHOPPER_ID: &str = "01900000-0000-7000-8000-000000000001";
const OTHER_ID: &str = "01900000-0000-7000-8000-000000000002";

impl App {
    async fn ask(&self, token: &str, method: &str, path: &str, body: Option<Value>) -> Answer {
        let path = format!("/v1/wardrobe{path}");
        self.call_at(token, (method, &path), None, None, body).await
    }

    /// What happened to the wardrobe of this account.
    async fn in_wardrobe(&self, account: &str) -> Vec<String> {
        let commits = self.commits().await;
        let of = commits.iter().filter(|commit| {
            commit.aggregate_type == "wardrobe.wardrobe" && commit.aggregate_id == account
        });
        let events = of.flat_map(|commit| &commit.events);
        events.map(|event| event.event_type.clone()).collect()
    }
}

#[tokio::test]
async fn garments_are_liked_and_owned_and_no_more() {
    let app = App::start().await;
    let garment = app.published().await;
    let (liked, owned) = (
        format!("/favourites/{garment}"),
        format!("/owned/{garment}"),
    );
    app.ask(SHOPPER, "DELETE", &liked, None)
        .await
        .is(404, "wardrobe-empty");
    for _ in 0..2 {
        let answer = app.ask(SHOPPER, "PUT", &liked, None).await;
        assert_eq!(answer.id(), SHOPPER_ID);
    }
    for body in [json!({ "size": "M" }), json!({ "size": "M" }), json!({})] {
        app.ask(SHOPPER, "PUT", &owned, Some(body)).await.id();
    }
    for path in [&liked, &liked, &owned, &owned] {
        app.ask(SHOPPER, "DELETE", path, None).await.id();
    }
    assert_eq!(
        app.in_wardrobe(SHOPPER_ID).await,
        [
            "FavouriteAdded",
            "GarmentOwned",
            "GarmentOwned",
            "FavouriteRemoved",
            "GarmentDisowned",
        ]
    );
    let wrong = app.ask(SHOPPER, "PUT", &owned, Some(json!({ "size": "M;" })));
    let wrong = wrong.await;
    wrong.is(422, "invalid-body");
    assert_eq!(wrong.body["errors"][0]["pointer"], "/size");
    app.ask("", "PUT", &liked, None)
        .await
        .is(401, "unauthenticated");
}

#[tokio::test]
async fn what_shoppers_have_never_seen_is_in_no_wardrobe() {
    let app = App::start().await;
    let draft = app.post(MERCHANDISER, "/v1/garments", shirt()).await.id();
    for garment in [draft.as_str(), NOBODY] {
        app.ask(SHOPPER, "PUT", &format!("/favourites/{garment}"), None)
            .await
            .is(404, "garment-not-found");
        app.ask(
            SHOPPER,
            "PUT",
            &format!("/owned/{garment}"),
            Some(json!({})),
        )
        .await
        .is(404, "garment-not-found");
        let body = json!({ "name": "Office", "garments": [garment] });
        let answer = app.ask(SHOPPER, "POST", "/outfits", Some(body)).await;
        answer.is(404, "garment-not-found");
        assert_eq!(answer.body["errors"][0]["pointer"], "/garments/0");
    }
}

#[tokio::test]
async fn an_outfit_is_saved_revised_and_removed() {
    let app = App::start().await;
    let garment = app.published().await;
    let body = |name: &str| Some(json!({ "name": name, "garments": [garment] }));
    let saved = app.ask(SHOPPER, "POST", "/outfits", body("Office")).await;
    assert_eq!(saved.status, 201, "{saved:?}");
    let id = saved.id();
    let path = format!("/outfits/{id}");
    assert_eq!(saved.headers["location"], format!("/v1/wardrobe{path}"));
    let revised = app.ask(SHOPPER, "PUT", &path, body("Warm days")).await;
    assert_eq!(revised.id(), id);
    app.ask(OTHER_SHOPPER, "PUT", &path, body("Mine"))
        .await
        .is(404, "outfit-not-found");
    let twice = json!({ "name": "Office", "garments": [garment, garment] });
    app.ask(SHOPPER, "POST", "/outfits", Some(twice))
        .await
        .is(422, "outfit-garments-invalid");
    app.ask(SHOPPER, "POST", "/outfits", body(" "))
        .await
        .is(422, "invalid-body");
    for _ in 0..2 {
        app.ask(SHOPPER, "DELETE", &path, None).await.id();
    }
    assert_eq!(
        app.in_wardrobe(SHOPPER_ID).await,
        ["OutfitSaved", "OutfitSaved", "OutfitRemoved"]
    );
}

#[tokio::test]
async fn an_outfit_is_shown_by_ones_own_try_on_that_succeeded() {
    let app = App::start().await;
    let garment = app.published().await;
    let session = app.tried_on(&garment).await;
    let body =
        |try_on: &str| Some(json!({ "name": "Office", "garments": [garment], "try_on": try_on }));
    app.ask(OTHER_SHOPPER, "POST", "/outfits", body(&session))
        .await
        .is(404, "try-on-not-found");
    app.ask(SHOPPER, "POST", "/outfits", body(NOBODY))
        .await
        .is(404, "try-on-not-found");
    app.ask(SHOPPER, "POST", "/outfits", body(&session))
        .await
        .id();
    let commits = app.commits().await;
    let said: Value = serde_json::from_str(commits.last().unwrap().events[0].data.get()).unwrap();
    assert_eq!(said["try_on"]["session"], session);
    assert_eq!(said["try_on"]["picture"], Uuid::from_u128(77).to_string());

    let me = app
        .upload(SHOPPER, "person", "me-too", png(96, 128, 8))
        .await;
    let request = json!({ "person": me.id(), "garment": garment });
    let waiting = app.post(SHOPPER, "/v1/try-ons", request).await.id();
    app.ask(SHOPPER, "POST", "/outfits", body(&waiting))
        .await
        .is(422, "try-on-not-succeeded");
}

#[tokio::test]
async fn a_link_is_told_once_and_its_secret_is_nowhere_in_the_log() {
    let app = App::start().await;
    let garment = app.published().await;
    let body = json!({ "name": "Office", "garments": [garment] });
    let id = app.ask(SHOPPER, "POST", "/outfits", Some(body)).await.id();
    let share = format!("/outfits/{id}/share");
    let put = |body| app.ask(SHOPPER, "PUT", &share, Some(body));
    put(json!({ "picture": true }))
        .await
        .is(409, "outfit-picture-missing");
    let (first, second) = (put(json!({})).await, put(json!({ "picture": false })).await);
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!(first.headers["cache-control"], "no-store");
    let token = |answer: &Answer| {
        let url = answer.body["look_url"].as_str().unwrap();
        url.strip_prefix("/v1/looks/").unwrap().to_owned()
    };
    let tokens = [token(&first), token(&second)];
    assert_ne!(tokens[0], tokens[1]);
    for commit in app.commits().await {
        for event in &commit.events {
            let data = event.data.get();
            assert!(!tokens.iter().any(|token| data.contains(token)), "{data}");
        }
    }
    app.ask(OTHER_SHOPPER, "PUT", &share, Some(json!({})))
        .await
        .is(404, "outfit-not-found");
    app.ask(OTHER_SHOPPER, "DELETE", &share, None)
        .await
        .is(404, "outfit-not-found");
    for _ in 0..2 {
        app.ask(SHOPPER, "DELETE", &share, None).await.id();
    }

    let path = format!("/v1/wardrobe{share}");
    let once = || app.call(SHOPPER, "PUT", &path, Some("once"), Some(json!({})));
    assert_eq!(once().await.body, once().await.body);
    // The next process has no first answers, and the log does not know the secret.
    let app = app.restarted();
    app.call(SHOPPER, "PUT", &path, Some("once"), Some(json!({})))
        .await
        .is(409, "link-told-before");
}

#[tokio::test]
async fn what_somebody_collected_before_they_signed_in_becomes_theirs() {
    let app = App::start().await;
    let garment = app.published().await;
    let session = app.tried_on(&garment).await;
    let liked = format!("/favourites/{garment}");
    let outfit = json!({ "name": "Office", "garments": [garment], "try_on": session });
    app.ask(SHOPPER, "PUT", &liked, None).await.id();
    let saved = app
        .ask(SHOPPER, "POST", "/outfits", Some(outfit.clone()))
        .await
        .id();
    let merge = |token: &str| {
        let body = json!({ "token": token });
        app.ask(OTHER_SHOPPER, "POST", "/merge", Some(body))
    };
    merge("guessed").await.is(422, "token-unknown");
    merge(OTHER_SHOPPER).await.is(422, "merge-with-itself");
    merge(MERCHANDISER).await.is(422, "merge-not-of-shopper");
    assert_eq!(merge(SHOPPER).await.id(), OTHER_ID);
    assert_eq!(
        app.in_wardrobe(OTHER_ID).await,
        ["FavouriteAdded", "OutfitSaved", "WardrobeMerged"]
    );
    assert_eq!(
        app.in_wardrobe(SHOPPER_ID).await.last().unwrap(),
        "WardrobeHandedOver"
    );
    // Nothing is left to take over, and what is removed does not come back.
    app.ask(OTHER_SHOPPER, "DELETE", &liked, None).await.id();
    merge(SHOPPER).await.id();
    assert_eq!(app.in_wardrobe(OTHER_ID).await.len(), 4);
    // The try-on came along with the account that asked for it.
    let path = format!("/outfits/{saved}");
    let mut renamed = outfit;
    renamed["name"] = json!("Warm days");
    app.ask(OTHER_SHOPPER, "PUT", &path, Some(renamed))
        .await
        .id();
    // Somebody who goes on without signing in may sign in again.
    app.ask(SHOPPER, "PUT", &liked, None).await.id();
    merge(SHOPPER).await.id();
    assert_eq!(
        app.in_wardrobe(OTHER_ID).await[5..],
        ["FavouriteAdded", "WardrobeMerged"]
    );
}
