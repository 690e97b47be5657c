//! Changes that are meant for one version of a garment, and earlier versions that come back.

use std::sync::Arc;

use serde_json::json;

use crate::support::{Answer, App, MERCHANDISER, SHOPPER, png, price, shirt};

const NOBODY: &str = "01900000-0000-7000-8000-00000000dead";

impl App {
    /// Sells garment `id` for `minor`, if it is at the version that is meant.
    async fn sell(&self, id: &str, meant: Option<&str>, key: Option<&str>, minor: u32) -> Answer {
        let path = format!("/v1/garments/{id}/price");
        let body = Some(price(minor));
        self.call_at(MERCHANDISER, ("PUT", &path), meant, key, body)
            .await
    }
}

#[tokio::test]
async fn a_change_is_carried_out_only_at_the_version_that_it_is_meant_for() {
    let app = App::start().await;
    let added = app.post(MERCHANDISER, "/v1/garments", shirt()).await;
    let id = added.id();
    assert_eq!(added.headers["etag"], "\"1\"");
    assert_eq!(added.body["version"], 1);
    app.sell(&id, None, None, 1)
        .await
        .is(428, "if-match-missing");
    app.sell(&id, Some("1"), None, 1)
        .await
        .is(400, "invalid-if-match");
    // As a read answers it.
    let changed = app.sell(&id, Some("\"1-0123456789ab\""), None, 1).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!(changed.headers["etag"], "\"2\"");
    let outdated = app.sell(&id, Some("\"1\""), None, 2).await;
    outdated.is(412, "version-outdated");
    assert_eq!(outdated.body["version"], 2);
    assert_eq!(outdated.headers["etag"], "\"2\"");
    // A version that nobody has written yet is none to change either.
    app.sell(&id, Some("\"9\""), None, 2)
        .await
        .is(412, "version-outdated");
    app.sell(NOBODY, Some("\"1\""), None, 2)
        .await
        .is(404, "garment-not-found");
    assert_eq!(app.sell(&id, Some("*"), None, 3).await.body["version"], 3);
    assert_eq!(app.commits().await.len(), 3);
}

#[tokio::test]
async fn every_change_of_a_garment_wants_if_match() {
    let app = App::start().await;
    let id = app.post(MERCHANDISER, "/v1/garments", shirt()).await.id();
    for (method, step) in [
        ("PUT", ""),
        ("PUT", "/price"),
        ("PUT", "/picture"),
        ("POST", "/publish"),
        ("POST", "/retire"),
        ("POST", "/restore"),
    ] {
        let path = format!("/v1/garments/{id}{step}");
        let body = Some(json!({}));
        let answer = app
            .call_at(MERCHANDISER, (method, &path), None, None, body)
            .await;
        answer.is(428, "if-match-missing");
    }
    assert_eq!(app.commits().await.len(), 1);
}

#[tokio::test]
async fn a_repeated_change_is_answered_though_its_version_has_passed() {
    let app = App::start().await;
    let id = app.post(MERCHANDISER, "/v1/garments", shirt()).await.id();
    let first = app.sell(&id, Some("\"1\""), Some("once"), 7).await;
    // The next process has no first answers: the log tells.
    let app = app.restarted();
    let again = app.sell(&id, Some("\"1\""), Some("once"), 7).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (200, 200));
    assert_eq!(first.body, again.body);
    assert_eq!(app.commits().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_who_change_one_version_one_does() {
    let app = Arc::new(App::start().await);
    let id = app.post(MERCHANDISER, "/v1/garments", shirt()).await.id();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 1..=100 {
        let (app, id) = (app.clone(), id.clone());
        writers.spawn(async move { app.sell(&id, Some("\"1\""), None, writer).await });
    }
    let (mut done, mut outdated) = (0, 0);
    while let Some(answer) = writers.join_next().await {
        let answer = answer.unwrap();
        if answer.status == 200 {
            done += 1;
        } else {
            answer.is(412, "version-outdated");
            assert_eq!(answer.body["version"], 2);
            outdated += 1;
        }
    }
    assert_eq!((done, outdated), (1, 99));
    assert_eq!(app.commits().await.len(), 2);
}

#[tokio::test]
async fn an_earlier_version_comes_back_in_one_commit() {
    let app = App::start().await;
    let id = app.post(MERCHANDISER, "/v1/garments", shirt()).await.id();
    let path = format!("/v1/garments/{id}");
    let mut revised = shirt();
    revised["name"] = json!("Heavy linen shirt");
    revised.as_object_mut().unwrap().remove("price");
    app.put(MERCHANDISER, &path, revised).await;
    app.put(MERCHANDISER, &format!("{path}/price"), price(1))
        .await;
    let picture = app
        .upload(MERCHANDISER, "catalogue", "front", png(80, 100, 9))
        .await;
    let attach = json!({ "picture": picture.id() });
    app.put(MERCHANDISER, &format!("{path}/picture"), attach)
        .await;
    let before = app.commits().await.len();

    let restore = format!("{path}/restore");
    let first = json!({ "version": 1 });
    let restored = app.post(MERCHANDISER, &restore, first.clone()).await;
    assert_eq!(restored.status, 200, "{restored:?}");
    assert_eq!(restored.body["version"], 6);
    let commits = app.commits().await;
    assert_eq!(commits.len(), before + 1);
    let said = &commits.last().unwrap().events;
    let types: Vec<_> = said.iter().map(|event| event.event_type.as_str()).collect();
    assert_eq!(types, ["GarmentRevised", "PriceChanged"]);
    let words: serde_json::Value = serde_json::from_str(said[0].data.get()).unwrap();
    assert_eq!(words["details"]["name"], shirt()["name"]);
    // It says that already: nothing is left to do.
    let again = app.post(MERCHANDISER, &restore, first.clone()).await;
    assert_eq!(again.body, restored.body);

    // Version 5 would be half of the commit above.
    for unknown in [0, 5, 99] {
        let body = json!({ "version": unknown });
        let answer = app.post(MERCHANDISER, &restore, body).await;
        answer.is(422, "garment-version-unknown");
        assert_eq!(answer.body["errors"][0]["pointer"], "/version");
    }
    let nobody = format!("/v1/garments/{NOBODY}/restore");
    app.post(MERCHANDISER, &nobody, first.clone())
        .await
        .is(404, "garment-not-found");
    app.post(SHOPPER, &restore, first)
        .await
        .is(403, "forbidden");
}
