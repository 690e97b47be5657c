//! Being forgotten.

use std::{path::Path, time::Duration};

use blob_store::{BlobError, Owned};
use bytes::Bytes;
use identity::MasterKeys;
use testkit::eventually;
use uuid::Uuid;

use crate::support::{App, PASSWORD};

const EMAIL: &str = "canary-7f3a@shop.example";
const PHOTO: &[u8] = b"a photo with a canary in it: 7f3a-93cc-canary";

/// What the photo is stored as.
fn photo_of(subject: Uuid) -> Owned {
    let item = Uuid::from_u128(7);
    Owned { subject, item }
}

async fn app(delay: Duration) -> App {
    App::start_with(|options| {
        options.erasure_delay = delay;
        options.master_keys = MasterKeys::parse(&format!("a:{}", "5a".repeat(32))).unwrap();
    })
    .await
}

async fn account_of(app: &App, token: &str) -> Uuid {
    let me = app.get("/v1/me", token).await;
    me.body["account"].as_str().unwrap().parse().unwrap()
}

/// Whether these bytes stand in any file below a folder.
fn is_in(folder: &Path, needle: &[u8]) -> bool {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries.into_iter().any(|path| {
        if path.is_dir() {
            return is_in(&path, needle);
        }
        let bytes = std::fs::read(&path).unwrap_or_default();
        bytes.windows(needle.len()).any(|window| window == needle)
    })
}

/// Every row of the schema, as text.
async fn rows(app: &App) -> String {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'identity'",
    )
    .fetch_all(&app.pool)
    .await
    .unwrap();
    let mut all = String::new();
    for table in tables {
        let statement =
            format!("SELECT coalesce(string_agg(t::text, E'\\n'), '') FROM identity.{table} AS t");
        let text: String = sqlx::query_scalar(sqlx::AssertSqlSafe(statement))
            .fetch_one(&app.pool)
            .await
            .unwrap();
        all += &text;
    }
    all
}

/// Whatever else somebody may sign in with.
async fn more_than_a_password(app: &App, account: Uuid) {
    for statement in [
        "INSERT INTO identity.totp (account, sealed) VALUES ($1, 'sealed')",
        "INSERT INTO identity.recovery_code (account, code) VALUES ($1, 'canary-paper')",
        "INSERT INTO identity.half_sign_in (id, account, secret, expires_at)
         VALUES (gen_random_uuid(), $1, 'canary-half', now() + interval '1 hour')",
        "INSERT INTO identity.passkey (id, account, credential, name, transports, key, state)
         VALUES (gen_random_uuid(), $1, 'credential', 'canary-phone', 0, 'key', 'state')",
        "INSERT INTO identity.provider_link (issuer, subject, account)
         VALUES ('https://id.example', 'canary-subject', $1)",
        "INSERT INTO identity.provider_sign_in (state, binding, provider, nonce, verifier, account, expires_at)
         VALUES ('state', 'binding', 'meadow', 'canary-nonce', 'verifier', $1, now() + interval '1 hour')",
    ] {
        let insert = sqlx::query(statement).bind(account);
        insert.execute(&app.pool).await.unwrap();
    }
}

#[tokio::test]
async fn after_a_while_nothing_is_left_that_says_who_it_was() {
    let app = app(Duration::ZERO).await;
    let token = app.sign_up(EMAIL, 1).await;
    let account = account_of(&app, &token).await;
    let blobs = app.blobs.of(Some(photo_of(account)));
    let photo = blobs.put(Bytes::from_static(PHOTO)).await.unwrap();
    assert_eq!(blobs.get(photo).await.unwrap(), PHOTO);
    // Already now no file holds it as it is.
    assert!(!is_in(app.blob_folder.path(), PHOTO));
    more_than_a_password(&app, account).await;
    let known = rows(&app).await;
    for canary in [
        EMAIL,
        "canary-phone",
        "canary-subject",
        "canary-paper",
        "canary-half",
        "canary-nonce",
    ] {
        assert!(known.contains(canary), "{canary}");
    }

    let asked = app.send("DELETE", "/v1/me", &token, None).await;
    asked.is(202, "");
    eventually("the account is erased", || async {
        let events = app.events_of(&account.to_string()).await;
        let receipts = sqlx::query_scalar::<_, i64>("SELECT blobs FROM identity.erasure");
        let receipt = receipts.fetch_optional(&app.pool).await.unwrap();
        (events.last()? == "AccountErased" && receipt? == 1).then_some(())
    })
    .await;
    app.get("/v1/me", &token).await.is(401, "unauthenticated");
    app.sign_in(EMAIL, PASSWORD)
        .await
        .is(401, "sign-in-refused");
    assert!(!rows(&app).await.contains("canary"));
    assert!(!is_in(&app.nats_store(), b"canary-7f3a"));
    assert_eq!(
        std::fs::read_dir(
            app.blob_folder
                .path()
                .join("sealed")
                .join(account.to_string())
        )
        .map_or(0, Iterator::count),
        0
    );
    // Nor does it come back, even for whoever was in the middle of something.
    let late = blobs.put(Bytes::from_static(b"late")).await;
    assert!(matches!(late, Err(BlobError::Erased(_))), "{late:?}");
    // The address is free again, for another account.
    let token = app.sign_up(EMAIL, 2).await;
    assert_ne!(account_of(&app, &token).await, account);
}

#[tokio::test]
async fn who_changes_their_mind_stays() {
    let app = app(Duration::from_hours(1)).await;
    let token = app.sign_up(EMAIL, 1).await;
    let asked = app.send("DELETE", "/v1/me", &token, None).await;
    asked.is(202, "");
    let again = app.send("DELETE", "/v1/me", &token, None).await;
    assert_eq!(asked.body, again.body);
    let me = app.get("/v1/me", &token).await;
    assert_eq!(me.body["erased_at"], asked.body["erased_at"]);
    app.send("DELETE", "/v1/me/erasure", &token, None)
        .await
        .is(204, "");
    app.send("DELETE", "/v1/me/erasure", &token, None)
        .await
        .is(404, "erasure-not-found");
    let me = app.get("/v1/me", &token).await;
    assert_eq!(me.body.get("erased_at"), None);
}

#[tokio::test]
async fn a_new_master_key_takes_over_what_the_old_one_sealed() {
    let app = app(Duration::from_hours(1)).await;
    let token = app.sign_up(EMAIL, 1).await;
    let account = account_of(&app, &token).await;
    let photo = app
        .blobs
        .of(Some(photo_of(account)))
        .put(Bytes::from_static(PHOTO))
        .await
        .unwrap();
    let both = format!("b:{},a:{}", "b7".repeat(32), "5a".repeat(32));
    let (_turning, blobs) = app.restarted_with(MasterKeys::parse(&both).unwrap());
    eventually("the key is sealed under the new one", || async {
        let master = sqlx::query_scalar::<_, String>("SELECT master FROM identity.subject_key");
        let master = master.fetch_one(&app.pool).await.unwrap();
        (master == "b").then_some(())
    })
    .await;
    assert_eq!(
        blobs.of(Some(photo_of(account))).get(photo).await.unwrap(),
        PHOTO
    );
    // Without its master key a key is worth nothing.
    let (_stolen, blobs) =
        app.restarted_with(MasterKeys::parse(&format!("a:{}", "5a".repeat(32))).unwrap());
    let read = blobs.of(Some(photo_of(account))).get(photo).await;
    assert!(matches!(read, Err(BlobError::Keys(_))), "{read:?}");
}

/// Keeps the row of somebody from being deleted.
const STUCK: &str = "CREATE FUNCTION identity.stuck() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN IF OLD.email_key = 'stuck@shop.example' THEN RAISE EXCEPTION 'stuck'; END IF; RETURN OLD; END $$";

#[tokio::test]
async fn whoever_cannot_be_erased_does_not_hold_up_others() {
    let app = app(Duration::ZERO).await;
    let stuck = app.sign_up("stuck@shop.example", 1).await;
    let other = app.sign_up(EMAIL, 2).await;
    for statement in [
        STUCK,
        "CREATE TRIGGER stuck BEFORE DELETE ON identity.person FOR EACH ROW EXECUTE FUNCTION identity.stuck()",
    ] {
        sqlx::query(statement).execute(&app.pool).await.unwrap();
    }
    for token in [&stuck, &other] {
        let asked = app.send("DELETE", "/v1/me", token, None).await;
        asked.is(202, "");
    }
    let left = || async {
        sqlx::query_scalar::<_, String>("SELECT email FROM identity.person")
            .fetch_all(&app.pool)
            .await
            .unwrap()
    };
    eventually("the other is erased", || async {
        (left().await == ["stuck@shop.example"]).then_some(())
    })
    .await;
    sqlx::query("DROP TRIGGER stuck ON identity.person")
        .execute(&app.pool)
        .await
        .unwrap();
    eventually("and so is the first", || async {
        left().await.is_empty().then_some(())
    })
    .await;
}
