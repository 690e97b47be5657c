//! Try-ons over HTTP.

#![expect(clippy::unwrap_used, reason = "a test may fail in its helpers too")]

use std::{
    num::NonZeroU32,
    sync::{Arc, Mutex},
};

use command_api::{Counting, OpenTryOns, TryOnCounter, TryOnLimit};
use domain::{
    catalog::garment::Garment,
    shared::{AccountId, BlobHash, Category, PictureId},
    tryon::{
        session::{FailureReason, Session, StartTryOn, SucceedTryOn},
        suitability::{Look, ModelPack, RecordLook, Suitability, Verdict},
    },
};
use jetstream_es::{CommandContext, Executor};
use serde_json::json;
use uuid::Uuid;

use crate::support::{App, MERCHANDISER, NOBODY_THERE, OTHER_SHOPPER, SHOPPER, png, shirt};

const NOBODY: &str = "01900000-0000-7000-8000-00000000dead";

impl App {
    /// A try-on of the shopper's that succeeded: its id.
    pub(crate) async fn tried_on(&self, garment: &str) -> String {
        let me = self.upload(SHOPPER, "person", "me", png(96, 128, 7)).await;
        let body = json!({ "person": me.id(), "garment": garment });
        let session = self.post(SHOPPER, "/v1/try-ons", body).await.id();
        self.succeed(&session).await;
        session
    }

    /// A worker does it.
    async fn succeed(&self, session: &str) {
        let worker = Executor::<Session>::new(self.log.clone(), ());
        let started = StartTryOn {
            attempt: 1,
            worker: "w".to_owned(),
        };
        let succeeded = SucceedTryOn {
            attempt: 1,
            result: PictureId::new(Uuid::from_u128(77)),
            duration_ms: 5,
            engine: "e".to_owned(),
            stages: vec![],
        };
        for (key, command) in [("start", started.into()), ("end", succeeded.into())] {
            let context = CommandContext::new(format!("{session}-{key}"));
            worker.execute(session, command, context).await.unwrap();
        }
    }

    /// What happened to this try-on.
    async fn in_session(&self, id: &str) -> Vec<String> {
        let commits = self.commits().await;
        let of = commits
            .iter()
            .filter(|commit| commit.aggregate_type == "tryon.session" && commit.aggregate_id == id);
        let events = of.flat_map(|commit| &commit.events);
        events.map(|event| event.event_type.clone()).collect()
    }
}

#[tokio::test]
async fn a_try_on_is_accepted_once_and_cancelled_by_its_owner_only() {
    let app = App::start().await;
    let garment = app.published().await;
    let person = app
        .upload(SHOPPER, "person", "me", png(96, 128, 7))
        .await
        .id();
    let body = json!({ "person": person, "garment": garment });
    let request = || {
        app.call(
            SHOPPER,
            "POST",
            "/v1/try-ons",
            Some("t"),
            Some(body.clone()),
        )
    };
    let first = request().await;
    assert_eq!(first.status, 202, "{first:?}");
    let id = first.id();
    assert_eq!(first.headers["location"], format!("/v1/try-ons/{id}"));
    assert_eq!(
        first.headers["drape-position"].to_str().unwrap(),
        first.body["position"]
    );
    assert_eq!(first.body["status_url"], format!("/v1/try-ons/{id}"));
    assert_eq!(first.body["events_url"], format!("/v1/try-ons/{id}/events"));

    // The garment goes off sale; the same request is still the same.
    let path = format!("/v1/garments/{garment}/retire");
    app.call(MERCHANDISER, "POST", &path, None, None).await.id();
    let second = request().await;
    assert_eq!((second.status, &second.body), (first.status, &first.body));
    let other = json!({ "person": person, "garment": NOBODY });
    app.call(SHOPPER, "POST", "/v1/try-ons", Some("t"), Some(other))
        .await
        .is(422, "idempotency-key-reused");

    for how in [json!({ "mode": "fast" }), json!({ "seed": 1 })] {
        let mut other = json!({ "person": person, "garment": garment });
        other
            .as_object_mut()
            .unwrap()
            .extend(how.as_object().unwrap().clone());
        app.call(SHOPPER, "POST", "/v1/try-ons", Some("t"), Some(other))
            .await
            .is(422, "idempotency-key-reused");
    }

    let cancel = format!("/v1/try-ons/{id}/cancel");
    app.call(OTHER_SHOPPER, "POST", &cancel, None, None)
        .await
        .is(404, "try-on-not-found");
    app.call("", "POST", &cancel, None, None)
        .await
        .is(401, "unauthenticated");
    for _ in 0..2 {
        let cancelled = app.call(SHOPPER, "POST", &cancel, None, None).await;
        assert_eq!(cancelled.status, 200, "{cancelled:?}");
    }
    app.call(
        SHOPPER,
        "POST",
        &format!("/v1/try-ons/{NOBODY}/cancel"),
        None,
        None,
    )
    .await
    .is(404, "try-on-not-found");
    let of_session = app.commits().await;
    let of_session = of_session
        .iter()
        .filter(|commit| commit.aggregate_type == "tryon.session");
    assert_eq!(of_session.count(), 2);
}

#[tokio::test]
async fn a_mode_is_said_to_the_worker_where_it_is_not_the_usual_one() {
    let app = App::start().await;
    let garment = app.published().await;
    let person = app.upload(SHOPPER, "person", "me", png(96, 128, 7)).await;
    let mut body = json!({ "person": person.id(), "garment": garment });
    for (mode, said) in [
        (None, None),
        (Some("balanced"), None),
        (Some("fast"), Some("fast")),
    ] {
        if let Some(mode) = mode {
            body["mode"] = json!(mode);
        }
        let id = app.post(SHOPPER, "/v1/try-ons", body.clone()).await.id();
        let commits = app.commits().await;
        let mut commits = commits.iter();
        let requested = commits.find(|commit| commit.aggregate_id == id).unwrap();
        let event = serde_json::to_value(&requested.events[0].data).unwrap();
        assert_eq!(event["mode"].as_str(), said);
    }
    for (field, value) in [
        ("mode", json!("quality")),
        ("seed", json!(-1)),
        ("seed", json!(4_294_967_296_u64)),
    ] {
        let mut body = body.clone();
        body[field] = value;
        app.post(SHOPPER, "/v1/try-ons", body)
            .await
            .is(422, "invalid-body");
    }
    body["seed"] = json!(4_294_967_295_u32);
    let id = app.post(SHOPPER, "/v1/try-ons", body).await.id();
    let commits = app.commits().await;
    let requested = commits.iter().find(|commit| commit.aggregate_id == id);
    let event = serde_json::to_value(&requested.unwrap().events[0].data).unwrap();
    assert_eq!(event["seed"], json!(4_294_967_295_u32));
}

#[tokio::test]
async fn a_try_on_needs_ones_own_person_and_a_garment_on_sale() {
    let app = App::start().await;
    let garment = app.published().await;
    let draft = app.post(MERCHANDISER, "/v1/garments", shirt()).await.id();
    let mine = app
        .upload(SHOPPER, "person", "me", png(96, 128, 7))
        .await
        .id();
    let theirs = app
        .upload(OTHER_SHOPPER, "person", "me", png(96, 128, 7))
        .await
        .id();
    let jacket = app
        .upload(MERCHANDISER, "catalogue", "c", png(96, 128, 8))
        .await
        .id();
    for (person, garment, status, code) in [
        (NOBODY, garment.as_str(), 404, "picture-not-found"),
        (&theirs, &garment, 404, "picture-not-found"),
        (&jacket, &garment, 422, "picture-not-of-person"),
        (&mine, NOBODY, 404, "garment-not-found"),
        (&mine, &draft, 422, "garment-not-published"),
        (&mine, "shirt", 422, "invalid-body"),
    ] {
        let body = json!({ "person": person, "garment": garment });
        for path in ["/v1/try-ons", "/v1/try-ons/check"] {
            app.post(SHOPPER, path, body.clone()).await.is(status, code);
        }
    }
}

#[tokio::test]
async fn a_garment_that_cannot_be_tried_on_is_refused_at_once_as_a_worker_would() {
    let app = App::start().await;
    let garment = app.published().await;
    let executor = Executor::<Garment>::new(app.log.clone(), ());
    let shown = executor.load(&garment).await.unwrap().aggregate;
    let me = app.upload(SHOPPER, "person", "me", png(96, 128, 7)).await;
    let body = json!({ "person": me.id(), "garment": garment });
    let request = async |key: &str| {
        let body = Some(body.clone());
        app.call(SHOPPER, "POST", "/v1/try-ons", Some(key), body)
            .await
    };
    let hash = |digits: &str| BlobHash::parse(&digits.repeat(32)).unwrap();
    let look = async |picture: PictureId, category: Category, verdict: Verdict| {
        let key = format!("look-{picture}-{category}-{}", verdict == Verdict::Ready);
        let look = Look {
            picture,
            blob: hash("0a"),
            category,
            engine: "e 1".to_owned(),
            pack: ModelPack {
                name: "drape".to_owned(),
                version: format!("{category} {verdict:?}"),
                sha256: hash("0b"),
            },
            verdict,
            cutout: None,
        };
        let worker = Executor::<Suitability>::new(app.log.clone(), ());
        let context = CommandContext::new(key);
        let command = RecordLook { look }.into();
        worker.execute(&garment, command, context).await.unwrap();
    };
    let cut_off = || Verdict::Unsupported {
        reason: FailureReason {
            code: "garment-touches-border".to_owned(),
            detail: "Leave a margin around it.".to_owned(),
        },
    };
    let (picture, category) = (shown.picture().unwrap(), shown.details().unwrap().category);
    // Nobody has looked yet; then somebody did, at another picture, and for another category.
    assert_eq!(request("unknown").await.status, 202);
    look(PictureId::new(Uuid::from_u128(99)), category, cut_off()).await;
    assert_eq!(request("other-picture").await.status, 202);
    look(picture, Category::Dresses, cut_off()).await;
    assert_eq!(request("other-category").await.status, 202);
    look(picture, category, cut_off()).await;
    let refused = request("refused").await;
    refused.is(422, "garment-touches-border");
    assert_eq!(refused.body["detail"], "Leave a margin around it.");
    assert_eq!(refused.body["errors"][0]["pointer"], "/garment");
    // What was accepted is still accepted; what is looked at again and is fine, too.
    assert_eq!(request("unknown").await.status, 202);
    look(picture, category, Verdict::Ready).await;
    assert_eq!(request("ready").await.status, 202);
}

#[tokio::test]
async fn whether_a_try_on_would_succeed_is_said_before_it_is_requested() {
    let app = App::start().await;
    let garment = app.published().await;
    for (red, finding) in [(7, None), (NOBODY_THERE, Some("no-person"))] {
        let key = format!("me-{red}");
        let photo = app.upload(SHOPPER, "person", &key, png(96, 128, red)).await;
        let body = json!({ "person": photo.id(), "garment": garment });
        let checked = app.post(SHOPPER, "/v1/try-ons/check", body).await;
        checked.is(200, "");
        assert_eq!(checked.body["is_suitable"], finding.is_none());
        let findings = checked.body["findings"].as_array().unwrap();
        let codes: Vec<_> = findings
            .iter()
            .map(|found| found["code"].as_str())
            .collect();
        assert_eq!(codes, finding.map(Some).into_iter().collect::<Vec<_>>());
        assert!(findings.iter().all(|found| found["subject"] == "person"));
    }
    // Nothing of it is in the log.
    let commits = app.commits().await;
    let mut types = commits.iter().map(|commit| commit.aggregate_type.as_str());
    assert!(!types.any(|of| of == "tryon.session"));
}

#[tokio::test]
async fn a_result_is_rated_by_whoever_asked_for_it() {
    let app = App::start().await;
    let garment = app.published().await;
    let me = app.upload(SHOPPER, "person", "me", png(96, 128, 7)).await;
    let body = json!({ "person": me.id(), "garment": garment });
    let id = app.post(SHOPPER, "/v1/try-ons", body).await.id();
    let path = format!("/v1/try-ons/{id}/feedback");
    let bad = json!({ "rating": "bad", "reasons": ["edges", "colour", "edges"] });
    app.post(SHOPPER, &path, bad.clone())
        .await
        .is(409, "try-on-not-succeeded");
    app.succeed(&id).await;
    app.post(OTHER_SHOPPER, &path, bad.clone())
        .await
        .is(404, "try-on-not-found");
    app.post("", &path, bad.clone())
        .await
        .is(401, "unauthenticated");
    for wrong in [
        json!({ "rating": "fine" }),
        json!({ "rating": "bad", "reasons": ["sleeves"] }),
        json!({ "rating": "bad", "text": "my arms" }),
        json!({ "reasons": ["colour"] }),
    ] {
        app.post(SHOPPER, &path, wrong)
            .await
            .is(422, "invalid-body");
    }
    let first = app.post(SHOPPER, &path, bad.clone()).await;
    let second = app.post(SHOPPER, &path, bad).await;
    assert_eq!(first.id(), id);
    assert_eq!(second.body["position"], first.body["position"]);
    let good = app.post(SHOPPER, &path, json!({ "rating": "good" })).await;
    assert_ne!(good.body["position"], first.body["position"]);
    assert_eq!(
        app.in_session(&id).await,
        [
            "TryOnRequested",
            "TryOnStarted",
            "TryOnSucceeded",
            "TryOnRated",
            "TryOnRated"
        ]
    );
}

/// A view that shows what it is told to.
struct Shown(Mutex<OpenTryOns>);

impl TryOnCounter for Shown {
    fn open_of(&self, _account: AccountId) -> Counting<'_> {
        let shown = *self.0.lock().unwrap();
        Box::pin(async move { Some(shown) })
    }
}

#[tokio::test]
async fn one_person_has_so_many_try_ons_open_and_a_repeat_is_still_a_repeat() {
    let view = Arc::new(Shown(Mutex::new(OpenTryOns { count: 0, seen: 0 })));
    let counter: Arc<dyn TryOnCounter> = Arc::<Shown>::clone(&view);
    let limit = TryOnLimit::new(NonZeroU32::new(3).unwrap(), counter);
    let app = App::start_with(Some(limit)).await;
    let garment = app.published().await;
    let person = app.upload(SHOPPER, "person", "me", png(96, 128, 7)).await;
    let body = json!({ "person": person.id(), "garment": garment });
    let ask = async |key: &str| {
        app.call(
            SHOPPER,
            "POST",
            "/v1/try-ons",
            Some(key),
            Some(body.clone()),
        )
        .await
    };
    let keys: Vec<String> = (0..50).map(|number| format!("t-{number}")).collect();
    let answers = futures::future::join_all(keys.iter().map(|key| ask(key))).await;
    let is_accepted = |index: &usize| answers[*index].status == 202;
    let (accepted, refused): (Vec<usize>, Vec<usize>) = (0..50).partition(is_accepted);
    assert_eq!(accepted.len(), 3);
    for index in &refused {
        answers[*index].is(429, "too-many-try-ons");
        assert_eq!(answers[*index].headers["retry-after"], "2");
    }
    for index in &accepted {
        let again = ask(&keys[*index]).await;
        assert_eq!(
            (again.status, &again.body),
            (answers[*index].status, &answers[*index].body)
        );
    }
    // All three have ended, and the view has seen it: what was refused comes again under its key.
    *view.0.lock().unwrap() = OpenTryOns {
        count: 0,
        seen: 1_000,
    };
    ask(&keys[refused[0]]).await.is(202, "");
}

#[tokio::test]
async fn a_garment_is_put_over_what_a_result_shows() {
    let app = App::start().await;
    let garment = app.published().await;
    let first = app.tried_on(&garment).await;
    let over = json!({ "over": first, "garment": garment });
    // The log has no such picture: this result was never written.
    let second = app.post(SHOPPER, "/v1/try-ons", over.clone()).await.id();
    let sessions = Executor::<Session>::new(app.log.clone(), ());
    let [below, above] = [&first, &second].map(|id| sessions.load(id));
    let (below, above) = (
        below.await.unwrap().aggregate,
        above.await.unwrap().aggregate,
    );
    let (photo, request) = (below.request().unwrap().person, above.request().unwrap());
    assert_eq!(request.person, PictureId::new(Uuid::from_u128(77)));
    assert_eq!(request.photo(), photo);
    assert_eq!(request.over.unwrap().try_on.to_string(), first);

    // A third over the second: it is still about the same photo.
    let third = json!({ "over": second, "garment": garment });
    app.post(SHOPPER, "/v1/try-ons", third.clone())
        .await
        .is(422, "try-on-without-result");
    app.succeed(&second).await;
    let third = app.post(SHOPPER, "/v1/try-ons", third).await.id();
    let third = sessions.load(&third).await.unwrap().aggregate;
    assert_eq!(third.request().unwrap().photo(), photo);

    app.post(OTHER_SHOPPER, "/v1/try-ons", over)
        .await
        .is(404, "try-on-not-found");
    for body in [
        json!({ "garment": garment }),
        json!({ "garment": garment, "over": first, "person": photo }),
    ] {
        app.post(SHOPPER, "/v1/try-ons", body)
            .await
            .is(422, "invalid-body");
    }

    // What the photo is not agreed to be used for any more, its results are not either.
    let path = format!("/v1/pictures/{photo}/consent");
    let taken = app.call(SHOPPER, "DELETE", &path, None, None).await;
    assert_eq!(taken.status, 200, "{taken:?}");
    app.post(
        SHOPPER,
        "/v1/try-ons",
        json!({ "over": first, "garment": garment }),
    )
    .await
    .is(422, "consent-wanted");
}
