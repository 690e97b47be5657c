//! Somebody signs up, tries a garment on, shares how it looks, and asks to be forgotten: afterwards nothing of them is left in
//! any store, and the system goes on.
#![expect(clippy::unwrap_used, reason = "a test may fail in its helpers too")]

use std::{path::Path, process::Command, time::Duration};

use e2e::{Client, Options, PASSWORD, System, views_as_the_log_says};
use reqwest::{Method, StatusCode};
use serde_json::json;
use testkit::eventually;

const EMAIL: &str = "canary-61b5@shop.example";
/// What they call an outfit.
const NAME: &str = "canary 61b5 at the office";

/// Somebody who has signed up, with the link from the mail.
async fn sign_up(system: &System) -> Client {
    let token = system.sign_up(EMAIL).await.unwrap();
    // The mail is its receiver's, and no store of ours.
    let mails = system.directory().join("mail");
    std::fs::remove_dir_all(&mails).unwrap();
    std::fs::create_dir(&mails).unwrap();
    system.bearer(&token).unwrap()
}

/// A try-on that succeeded: where its result is found.
async fn tried_on(client: &Client, person: &str, garment: &str) -> (String, String) {
    let accepted = client.try_on(person, garment).await.unwrap();
    let accepted = accepted.expect(StatusCode::ACCEPTED).unwrap();
    let location = accepted.location.clone().unwrap();
    let mut events = client
        .events(&format!("{location}/events"), None)
        .await
        .unwrap();
    let ends = ["TryOnSucceeded", "TryOnFailed"];
    let seen = events.until_any(&ends).await.unwrap();
    assert_eq!(seen.last().unwrap().event, "TryOnSucceeded");
    let shown = client.get(&location).await.unwrap();
    let result = shown.body["result"]["id"].as_str().unwrap().to_owned();
    (accepted.id().unwrap(), result)
}

/// The bytes of a picture, as soon as the views show it.
async fn original_of(client: &Client, picture: &str) -> Vec<u8> {
    let path = format!("/v1/pictures/{picture}/original");
    eventually("the picture is shown", || async {
        let (status, _, bytes) = client.bytes(&path).await.ok()?;
        (status == StatusCode::OK).then_some(bytes)
    })
    .await
}

/// Whether any file below a folder holds these bytes.
fn holds(folder: &Path, needle: &[u8]) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return false;
    };
    entries.map(|entry| entry.unwrap().path()).any(|path| {
        if path.is_dir() {
            return holds(&path, needle);
        }
        let bytes = std::fs::read(&path).unwrap_or_default();
        bytes.windows(needle.len()).any(|window| window == needle)
    })
}

/// Everything in PostgreSQL.
fn dump(system: &System) -> String {
    let dump = Command::new(system.postgres.program("pg_dump"))
        .arg(system.database_url())
        .output()
        .unwrap();
    assert!(
        dump.status.success(),
        "{}",
        String::from_utf8_lossy(&dump.stderr)
    );
    String::from_utf8_lossy(&dump.stdout).into_owned()
}

/// What they take along, unpacked by a program that is not ours.
async fn taken_along(client: &Client) -> tempfile::TempDir {
    let (status, media_type, archive) = client.bytes("/v1/me/export").await.unwrap();
    assert_eq!(
        (status, media_type.as_str()),
        (StatusCode::OK, "application/zip")
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("archive.zip");
    std::fs::write(&file, archive).unwrap();
    let unpacked = Command::new("python3")
        .args(["-m", "zipfile", "-e"])
        .args([&file, folder.path()])
        .status();
    assert!(unpacked.unwrap().success());
    std::fs::remove_file(file).unwrap();
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_somebody_who_asked_to_be_forgotten() {
    let options = Options {
        workers: 1,
        ..Options::default()
    };
    let system = System::start(options).await.unwrap();
    let (_, _, garment) = system.fitting_room().await.unwrap();
    let ada = sign_up(&system).await;
    let me = ada.get("/v1/me").await.unwrap();
    let account = me.body["account"].as_str().unwrap().to_owned();
    let photo = e2e::photo().unwrap();
    let uploaded = ada.upload("person", "image/jpeg", photo).await.unwrap();
    let person = uploaded.expect(StatusCode::CREATED).unwrap().id().unwrap();
    let original = original_of(&ada, &person).await;
    let (try_on, result) = tried_on(&ada, &person, &garment).await;
    let png = original_of(&ada, &result).await;
    let outfit = json!({ "name": NAME, "garments": [garment], "try_on": try_on });
    let saved = ada.post("/v1/wardrobe/outfits", &outfit).await.unwrap();
    let outfit = saved.expect(StatusCode::CREATED).unwrap().id().unwrap();
    let share = format!("/v1/wardrobe/outfits/{outfit}/share");
    let shared = ada
        .write(Method::PUT, &share, "s", &json!({ "picture": true }))
        .await
        .unwrap();
    let link = shared.body["look_url"].as_str().unwrap().to_owned();
    let anybody = system.anonymous().unwrap();
    let look = anybody
        .get_at(&link, shared.position.as_ref().unwrap())
        .await
        .unwrap();
    let look = look.expect(StatusCode::OK).unwrap();
    assert_eq!(look.body["name"], NAME);
    // Sealed from the first moment: a piece from the middle of each picture is in no file.
    let pieces: Vec<&[u8]> = [&original, &png]
        .map(|bytes| &bytes[bytes.len() / 2..][..48])
        .into();
    let blobs = system.directory().join("blobs");
    assert!(!pieces.iter().any(|piece| holds(&blobs, piece)));
    assert!(dump(&system).contains(EMAIL));
    // So are names: they are neither in the log nor in a view.
    assert!(!dump(&system).contains(NAME));
    assert!(!holds(&system.nats.store_directory(), NAME.as_bytes()));

    // What an admin decided about them stays, about an account without a name.
    let admin = system.caller("admin").unwrap();
    let suspension = format!("/v1/admin/people/{account}/suspension");
    for method in [Method::PUT, Method::DELETE] {
        let key = format!("decide-{method}");
        let decided = admin.write(method, &suspension, &key, &json!({})).await;
        let decided = decided.unwrap().expect(StatusCode::NO_CONTENT);
        decided.unwrap();
    }

    let taken = taken_along(&ada).await;
    let read = |name: &str| std::fs::read(taken.path().join(name)).unwrap();
    assert_eq!(read(&format!("pictures/person-{person}.jpg")), original);
    assert_eq!(read(&format!("pictures/result-{result}.png")), png);
    let text = |name: &str| String::from_utf8(read(name)).unwrap();
    assert!(text("account.json").contains(EMAIL));
    assert!(text("wardrobe.json").contains(NAME));
    assert!(text("try-ons.json").contains(&try_on));
    assert!(text("pictures.json").contains("given_at"));
    assert!(!holds(taken.path(), PASSWORD.as_bytes()));
    assert!(!holds(taken.path(), b"$argon2id$"));

    let asked = ada
        .write(Method::DELETE, "/v1/me", "forget", &json!({}))
        .await
        .unwrap();
    asked.expect(StatusCode::ACCEPTED).unwrap();
    eventually("the address is gone", || {
        let gone = (!dump(&system).contains(EMAIL)).then_some(());
        async move { gone }
    })
    .await;
    let refused = ada.get("/v1/wardrobe").await.unwrap();
    refused.expect(StatusCode::UNAUTHORIZED).unwrap();
    eventually("the link has ended", || async {
        let gone = anybody.get(&link).await.ok()?;
        (gone.status == StatusCode::NOT_FOUND).then_some(())
    })
    .await;
    let audit = format!("/v1/admin/audit?account={account}");
    let decided = admin.get(&audit).await.unwrap().body;
    assert_eq!(decided["items"].as_array().unwrap().len(), 2, "{decided}");
    // Not even an admin sees what is not there.
    for picture in [&person, &result] {
        let gone = admin
            .get(&format!("/v1/pictures/{picture}/original"))
            .await
            .unwrap();
        assert_eq!(gone.body["code"], "picture-not-found", "{gone:?}");
    }
    let theirs = std::fs::read_dir(blobs.join("sealed").join(&account));
    assert_eq!(theirs.map_or(0, Iterator::count), 0);
    for needle in [EMAIL.as_bytes(), PASSWORD.as_bytes(), NAME.as_bytes()] {
        assert!(!holds(&system.nats.store_directory(), needle));
        assert!(!holds(system.directory(), needle));
    }
    // And the log still makes the same views.
    views_as_the_log_says(&system, Duration::from_secs(20)).await;
}
