//! What somebody agreed to with a photo, and for how long pictures of them are kept, in the whole system.
#![expect(clippy::unwrap_used, reason = "a test may fail in its helpers too")]

use std::{path::Path, time::Duration};

use e2e::{Client, Options, System};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::{eventually, eventually_within};

/// Pictures are kept for ten seconds here, and a busy machine takes longer for all.
const PATIENCE: Duration = Duration::from_mins(1);

/// Waits until a document says this in that field.
async fn says(client: &Client, path: &str, field: &str, wanted: &str) -> Value {
    let what = format!("{path} says {field}: {wanted}");
    eventually_within(PATIENCE, &what, || async {
        let document = client.get(path).await.ok()?.body;
        (document[field] == wanted).then_some(document)
    })
    .await
}

async fn delete(client: &Client, path: &str) {
    let deleted = client.write(Method::DELETE, path, path, &json!({})).await;
    deleted.unwrap().expect(StatusCode::OK).unwrap();
}

async fn status_of(client: &Client, path: &str) -> (StatusCode, Vec<u8>) {
    let (status, _, bytes) = client.bytes(path).await.unwrap();
    (status, bytes)
}

/// The files of a picture of a person, in whatever size.
fn files_of(system: &System, picture: &str) -> usize {
    let owners = std::fs::read_dir(system.directory().join("blobs").join("sealed")).unwrap();
    let files = owners.flat_map(|owner| std::fs::read_dir(owner.unwrap().path()).unwrap());
    let named = |file: &Path| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(picture)
    };
    files
        .filter(|file| named(&file.as_ref().unwrap().path()))
        .count()
}

/// A try-on that succeeded: its id and the picture that came of it.
async fn tried_on(client: &Client, person: &str, garment: &str) -> (String, String) {
    let accepted = client.try_on(person, garment).await.unwrap();
    let accepted = accepted.expect(StatusCode::ACCEPTED).unwrap();
    let location = accepted.location.clone().unwrap();
    let shown = says(client, &location, "status", "succeeded").await;
    let result = shown["result"]["id"].as_str().unwrap().to_owned();
    (accepted.id().unwrap(), result)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_no_longer_agrees_is_not_tried_on() {
    // Nobody works: the try-ons wait.
    let system = System::start(Options::default()).await.unwrap();
    let (shopper, person, garment) = system.fitting_room().await.unwrap();
    let photo = format!("/v1/pictures/{person}");
    let waiting = shopper.try_on(&person, &garment).await.unwrap();
    let waiting = waiting.expect(StatusCode::ACCEPTED).unwrap();
    delete(&shopper, &format!("{photo}/consent")).await;
    says(
        &shopper,
        waiting.location.as_ref().unwrap(),
        "status",
        "cancelled",
    )
    .await;
    let document = shopper.get(&photo).await.unwrap().body;
    assert!(
        document["consent"]["withdrawn_at"].is_string(),
        "{document}"
    );
    let refused = shopper.try_on(&person, &garment).await.unwrap();
    assert_eq!(refused.body["code"], "consent-wanted");

    let policy = shopper.get("/v1/photo-policy").await.unwrap().body;
    let agreed = json!({ "policy": policy["version"], "subject": "myself" });
    let given = shopper.put(&format!("{photo}/consent"), &agreed).await;
    given.unwrap().expect(StatusCode::OK).unwrap();
    let waiting = shopper.try_on(&person, &garment).await.unwrap();
    let waiting = waiting.expect(StatusCode::ACCEPTED).unwrap();
    says(&shopper, &photo, "status", "processed").await;
    assert!(files_of(&system, &person) > 1);

    delete(&shopper, &photo).await;
    says(
        &shopper,
        waiting.location.as_ref().unwrap(),
        "status",
        "cancelled",
    )
    .await;
    let document = says(&shopper, &photo, "status", "removed").await;
    assert_eq!(document["removal"]["reason"], "by-owner");
    for name in ["original", "400.webp"] {
        let (status, body) = status_of(&shopper, &format!("{photo}/{name}")).await;
        assert_eq!(
            status,
            StatusCode::GONE,
            "{}",
            String::from_utf8_lossy(&body)
        );
    }
    eventually("its files are deleted", || async {
        (files_of(&system, &person) == 0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn photos_and_results_go_in_time_and_what_an_outfit_holds_stays() {
    let kept = |name: &str| (format!("DRAPE_PRIVACY_{name}_KEPT_S"), "10".to_owned());
    let options = Options {
        workers: 1,
        env: vec![kept("PHOTOS"), kept("RESULTS")],
        ..Options::default()
    };
    let system = System::start(options).await.unwrap();
    let (shopper, person, garment) = system.fitting_room().await.unwrap();
    let (try_on, held) = tried_on(&shopper, &person, &garment).await;
    let outfit = json!({ "name": "Office", "garments": [garment], "try_on": try_on });
    let saved = shopper.post("/v1/wardrobe/outfits", &outfit).await.unwrap();
    saved.expect(StatusCode::CREATED).unwrap();
    let again = shopper.upload("person", "image/jpeg", e2e::photo().unwrap());
    let again = again.await.unwrap().expect(StatusCode::CREATED).unwrap();
    let (_, loose) = tried_on(&shopper, &again.id().unwrap(), &garment).await;

    // The one that nothing holds is the younger one.
    let gone = says(
        &shopper,
        &format!("/v1/pictures/{loose}"),
        "status",
        "removed",
    )
    .await;
    assert_eq!(gone["removal"]["reason"], "expired");
    for photo in [&person, &again.id().unwrap()] {
        says(
            &shopper,
            &format!("/v1/pictures/{photo}"),
            "status",
            "removed",
        )
        .await;
    }
    for picture in [&loose, &person] {
        eventually("the files of what is gone are deleted", || async {
            (files_of(&system, picture) == 0).then_some(())
        })
        .await;
    }
    let (status, _) = status_of(&shopper, &format!("/v1/pictures/{held}/original")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(files_of(&system, &held) > 0);
}
