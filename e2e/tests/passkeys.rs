//! A passkey in a real browser, with a virtual authenticator.
#![expect(clippy::unwrap_used, reason = "a test may fail in its helpers too")]

use std::{path::Path, time::Duration};

use e2e::{Options, System};
use serde_json::{Value, json};
use tokio::process::Command;

/// What the browser says of it all.
async fn in_browser(system: &System, token: &str) -> Value {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ops/api");
    let installed = tools.join("node_modules/playwright-core").exists();
    assert!(installed, "run `ops/install --test` first");
    let using = Command::new("node")
        .arg("use_passkeys.mjs")
        .arg(format!("http://localhost:{}", system.http_port()))
        .arg(token)
        .current_dir(&tools)
        .kill_on_drop(true)
        .output();
    let used = tokio::time::timeout(Duration::from_mins(2), using);
    let used = used.await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&used.stderr).into_owned();
    assert!(used.status.success(), "{said}");
    serde_json::from_slice(&used.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_signs_its_owner_in_and_nothing_else_does() {
    let system = System::start(Options::default()).await.unwrap();
    let token = system.sign_up("ada@shop.example").await.unwrap();
    let me = system.bearer(&token).unwrap().get("/v1/me").await.unwrap();
    let account = me.body["account"].clone();
    let said = in_browser(&system, &token).await;
    let is = |what: &str, status: u16, code: &str| {
        let answer = &said[what];
        let found = (answer["status"].as_u64(), answer["body"]["code"].as_str());
        let wanted = Some(code).filter(|code| !code.is_empty());
        assert_eq!(found, (Some(status.into()), wanted), "{what}: {answer}");
    };
    // Discoverable, and unlocked by its owner: it is both factors.
    let asked = &said["options"]["authenticatorSelection"];
    assert_eq!(asked["residentKey"], "required", "{asked}");
    assert_eq!(asked["userVerification"], "required", "{asked}");
    assert_eq!(said["discoverable"], json!([true]));
    is("registered", 201, "");
    is("signedIn", 200, "");
    is("signedInAgain", 200, "");
    assert_eq!(said["signedIn"]["body"]["account"], account);
    let session = said["signedIn"]["body"]["token"].as_str().unwrap();
    let me = system.bearer(session).unwrap().get("/v1/me").await.unwrap();
    assert_eq!(me.body["email"], "ada@shop.example");
    // A challenge is good once.
    is("registeredAgain", 422, "passkey-refused");
    is("replayed", 401, "passkey-refused");
    // Another signature, another page, and a copy that has counted less far.
    is("forged", 401, "passkey-refused");
    is("elsewhere", 401, "passkey-refused");
    is("copied", 401, "passkey-refused");
    is("renamed", 204, "");
    is("list", 200, "");
    let items = said["list"]["body"]["items"].as_array().unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["name"], "the old machine");
    assert!(items[0]["last_used_at"].is_string());
    is("removed", 204, "");
    is("afterwards", 401, "passkey-refused");
}
