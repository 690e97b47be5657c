//! Access tokens at another service: one in another language, with another library, that knows nothing but the shop's address.
#![expect(clippy::unwrap_used, reason = "a test may fail in its helpers too")]

use std::{path::Path, time::Duration};

use e2e::{Options, System};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::process::Command;

const SITE: &str = "https://shop.example";

/// What the other service reads off a token, or what it says is wrong with it.
async fn elsewhere(system: &System, token: &str) -> Result<Value, String> {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ops/api");
    let installed = tools.join("node_modules/jose").exists();
    assert!(installed, "run `ops/install --test` first");
    let keys = format!(
        "http://127.0.0.1:{}/.well-known/jwks.json",
        system.http_port()
    );
    let checking = Command::new("node")
        .args(["check_access_token.mjs", SITE, &keys, token])
        .current_dir(&tools)
        .kill_on_drop(true)
        .output();
    let checked = tokio::time::timeout(Duration::from_secs(40), checking);
    let checked = checked.await.unwrap().unwrap();
    if checked.status.success() {
        return Ok(serde_json::from_slice(&checked.stdout).unwrap());
    }
    Err(String::from_utf8_lossy(&checked.stderr).trim().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn other_services_know_by_themselves_whose_token_it_is() {
    let env = [("DRAPE_MAIL_SITE_URL".to_owned(), SITE.to_owned())];
    let options = Options {
        env: env.into(),
        ..Options::default()
    };
    let system = System::start(options).await.unwrap();
    let token = system.sign_up("ada@shop.example").await.unwrap();
    let me = system.bearer(&token).unwrap().get("/v1/me").await.unwrap();
    let signed_in = sign_in(&system).await;
    let access = signed_in["access_token"].as_str().unwrap();
    let read = elsewhere(&system, access).await.unwrap();
    let payload = &read["payload"];
    assert_eq!(payload["sub"], me.body["account"]);
    assert_eq!(payload["sid"], signed_in["session"]);
    assert_eq!(payload["roles"], json!(["shopper"]));
    // Nothing that says who it is to people.
    assert!(!read.to_string().contains("ada"), "{read}");
    let again = system.bearer(access).unwrap().get("/v1/me").await.unwrap();
    assert_eq!(again.body, me.body);
    // One letter of the signature, and one of what is signed.
    let (signed, signature) = access.rsplit_once('.').unwrap();
    let turned = |text: &str| -> String {
        let first = if text.starts_with('A') { "B" } else { "A" };
        format!("{first}{}", &text[1..])
    };
    let forged = format!("{signed}.{}", turned(signature));
    let refused = elsewhere(&system, &forged).await.unwrap_err();
    assert_eq!(refused, "ERR_JWS_SIGNATURE_VERIFICATION_FAILED");
    let client = system.bearer(&forged).unwrap();
    let refused = client.get("/v1/me").await.unwrap();
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
}

async fn sign_in(system: &System) -> Value {
    let body =
        json!({ "email": "ada@shop.example", "password": e2e::PASSWORD, "deliver": "access" });
    let nobody = system.anonymous().unwrap();
    let answer = nobody.post("/v1/sign-in", &body).await.unwrap();
    assert_eq!(answer.status, StatusCode::OK);
    answer.body
}
