//! Collections over HTTP: added, revised, filled, pinned, removed, each at the version that is meant.

use serde_json::{Value, json};

use crate::support::{ADMIN, App, MERCHANDISER, SHOPPER};

const GARMENT: &str = "01900000-0000-7000-8000-00000000000a";
const OTHER: &str = "01900000-0000-7000-8000-00000000000b";
const NOBODY: &str = "01900000-0000-7000-8000-00000000dead";

fn details(name: &str) -> Value {
    json!({ "name": name, "slug": "linen", "description": "For warm days.",
        "texts": { "de": { "name": "Leinen", "description": "" } } })
}

fn by_hand(garments: &[&str]) -> Value {
    json!({ "kind": "by_hand", "garments": garments })
}

fn by_rule(rule: &Value) -> Value {
    json!({ "kind": "by_rule", "rule": rule })
}

fn collection() -> Value {
    json!({ "details": details("Linen"), "members": by_hand(&[GARMENT]) })
}

#[tokio::test]
async fn a_collection_is_added_revised_filled_pinned_and_removed() {
    let app = App::start().await;
    let added = app
        .post(MERCHANDISER, "/v1/collections", collection())
        .await;
    assert_eq!(added.status, 201, "{added:?}");
    let path = format!("/v1/collections/{}", added.id());
    assert_eq!(added.headers["location"], path.as_str());
    let rule = by_rule(&json!({
        "categories": ["tops"], "category_paths": ["women/tops"], "brands": ["Meadow"], "colours": ["beige"],
        "materials": ["Linen"], "seasons": ["Summer 2026"], "attributes": { "fit": ["slim"] },
        "price": { "from_minor": 0, "to_minor": 9990, "currency": "EUR" },
        "published_since": "2026-03-01T00:00:00Z", "sort": "popular",
    }));
    for (version, place, body) in [
        (1, "", details("Linen days")),
        (2, "/members", rule),
        (3, "/pinned", json!({ "garments": [OTHER, GARMENT] })),
    ] {
        let (path, before) = (format!("{path}{place}"), format!("\"{version}\""));
        let call = |token, meant| {
            let body = Some(body.clone());
            let path = path.clone();
            let app = &app;
            async move { app.call_at(token, ("PUT", &path), meant, None, body).await }
        };
        call(ADMIN, None).await.is(428, "if-match-missing");
        call(ADMIN, Some("\"9\"")).await.is(412, "version-outdated");
        call(SHOPPER, Some(before.as_str()))
            .await
            .is(403, "forbidden");
        let changed = call(ADMIN, Some(before.as_str())).await;
        assert_eq!(changed.body["version"], version + 1, "{changed:?}");
        // The same again is no news.
        let again = call(ADMIN, Some("*")).await;
        assert_eq!(again.body["version"], version + 1, "{again:?}");
    }
    let remove = |meant| {
        let path = path.clone();
        let app = &app;
        async move {
            app.call_at(ADMIN, ("DELETE", &path), meant, None, None)
                .await
        }
    };
    remove(None).await.is(428, "if-match-missing");
    remove(Some("\"3\"")).await.is(412, "version-outdated");
    assert_eq!(remove(Some("\"4\"")).await.body["version"], 5);
    assert_eq!(remove(Some("*")).await.body["version"], 5);
    app.put(ADMIN, &path, details("Back"))
        .await
        .is(404, "collection-not-found");
    let happened: Vec<String> = app
        .commits()
        .await
        .iter()
        .flat_map(|commit| &commit.events)
        .map(|event| event.event_type.clone())
        .collect();
    assert_eq!(
        happened,
        [
            "CollectionAdded",
            "CollectionRevised",
            "CollectionMembersChosen",
            "CollectionGarmentsPinned",
            "CollectionRemoved",
        ]
    );
}

#[tokio::test]
async fn a_repeated_addition_is_one_collection() {
    let app = App::start().await;
    let add = |app: App| async move {
        let body = Some(collection());
        let added = app.call(MERCHANDISER, "POST", "/v1/collections", Some("once"), body);
        let id = added.await.id();
        (app, id)
    };
    let (app, first) = add(app).await;
    let (app, second) = add(app.restarted()).await;
    assert_eq!(first, second);
    assert_eq!(app.commits().await.len(), 1);
}

#[tokio::test]
async fn mistakes_about_collections_are_named_with_their_place() {
    let app = App::start().await;
    let add = |details: Value, members: Value| json!({ "details": details, "members": members });
    let mut nameless = details(" ");
    nameless["slug"] = json!("No slug");
    let answer = app
        .post(
            MERCHANDISER,
            "/v1/collections",
            add(nameless, by_hand(&["g"])),
        )
        .await;
    answer.is(422, "invalid-body");
    let pointers: Vec<&str> = answer.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(
        pointers,
        ["/details/name", "/details/slug", "/members/garments/0"]
    );
    let rule = |rule: Value| add(details("Linen"), by_rule(&rule));
    for (body, pointer) in [
        (
            rule(json!({ "sort": "newest", "brands": [" "] })),
            "/members/rule/brands/0",
        ),
        (
            rule(json!({ "sort": "newest", "categories": ["hats"] })),
            "/members/rule/categories/0",
        ),
        (
            rule(json!({ "sort": "newest", "attributes": { "Fit": ["slim"] } })),
            "/members/rule/attributes/Fit",
        ),
        (
            rule(json!({ "sort": "newest", "published_since": "now" })),
            "/members/rule/published_since",
        ),
    ] {
        let answer = app.post(MERCHANDISER, "/v1/collections", body).await;
        answer.is(422, "invalid-body");
        assert_eq!(answer.body["errors"][0]["pointer"], pointer, "{answer:?}");
    }
    for body in [
        rule(json!({ "brands": [] })),
        rule(json!({ "sort": "best" })),
        rule(json!({ "sort": "newest", "nonsense": 1 })),
        add(
            details("Linen"),
            json!({ "kind": "by_hand", "garments": [], "rule": {} }),
        ),
        add(details("Linen"), json!({ "kind": "by_luck" })),
    ] {
        let answer = app.post(MERCHANDISER, "/v1/collections", body).await;
        answer.is(422, "invalid-body");
    }
    let upside_down = json!({ "from_minor": 2, "to_minor": 1, "currency": "EUR" });
    for (body, code) in [
        (
            rule(json!({ "sort": "newest", "price": upside_down })),
            "collection-rule-invalid",
        ),
        (
            rule(json!({ "sort": "newest", "brands": vec!["a"; 51] })),
            "collection-rule-invalid",
        ),
        (
            add(details("Linen"), by_hand(&[GARMENT, GARMENT])),
            "collection-garments-invalid",
        ),
    ] {
        app.post(MERCHANDISER, "/v1/collections", body)
            .await
            .is(422, code);
    }
    let nobody = format!("/v1/collections/{NOBODY}");
    for meant in ["*", "\"1\""] {
        let (place, body) = (format!("{nobody}/pinned"), json!({ "garments": [] }));
        let answer = app.call_at(ADMIN, ("PUT", &place), Some(meant), None, Some(body));
        answer.await.is(404, "collection-not-found");
    }
    assert!(app.commits().await.is_empty());
}
