//! A guest becomes somebody: through the whole system, with a real mail server that is not there at first.
#![expect(clippy::unwrap_used, reason = "a test may fail in its helpers too")]

use std::{
    path::Path,
    process::{Child, Command, Stdio},
};

use e2e::{Client, Options, System};
use reqwest::StatusCode;
use serde_json::{Value, json};
use testkit::{eventually_within, free_port};

const PASSWORD: &str = "seven grey herons wade home";

/// A mail server for one test: it takes everything and keeps it.
struct MailServer {
    child: Child,
    folder: tempfile::TempDir,
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl MailServer {
    fn start(port: u16) -> Self {
        let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.drape/mailbox/bin/python");
        assert!(python.exists(), "run `ops/install --test` first");
        let folder = tempfile::tempdir().unwrap();
        let mailbox = folder.path().join("mailbox");
        let child = Command::new(python)
            .args(["-m", "aiosmtpd", "--nosetuid", "--listen"])
            .arg(format!("127.0.0.1:{port}"))
            .args(["--class", "aiosmtpd.handlers.Mailbox"])
            .arg(&mailbox)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, folder }
    }

    /// The text of the only mail.
    async fn mail(&self) -> String {
        let arrived = self.folder.path().join("mailbox/new");
        let read = || {
            let mut files = std::fs::read_dir(&arrived).ok()?;
            std::fs::read_to_string(files.next()?.ok()?.path()).ok()
        };
        let patience = std::time::Duration::from_secs(40);
        eventually_within(patience, "the mail arrives", || {
            let found = read();
            async move { found }
        })
        .await
    }
}

/// A sign-in of some sort: its answer.
async fn enter(client: &Client, path: &str, body: Value) -> Value {
    let answer = client.post(path, &body).await.unwrap();
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.body
}

fn client(system: &System, signed_in: &Value, token: &str) -> Client {
    system.bearer(signed_in[token].as_str().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_guest_liked_is_there_after_signing_up_and_after_signing_in_elsewhere() {
    let port = free_port().unwrap();
    let options = Options {
        env: vec![
            (
                "DRAPE_MAIL_SMTP_URL".to_owned(),
                format!("smtp://127.0.0.1:{port}"),
            ),
            ("DRAPE_SSE_HEARTBEAT_MS".to_owned(), "300".to_owned()),
        ],
        ..Options::default()
    };
    let system = System::start(options).await.unwrap();
    let shop = system.caller("merchandiser").unwrap();
    let photo = e2e::photo().unwrap();
    let garment = shop.publish_garment("linen-shirt", "tops", photo.clone());
    let garment = garment.await.unwrap();
    let other = shop.publish_garment("wool-coat", "tops", photo);
    let other = other.await.unwrap();
    let nobody = system.anonymous().unwrap();
    let deliver = json!({ "deliver": "token" });

    let signed_in = enter(&nobody, "/v1/guests", deliver.clone()).await;
    let guest = client(&system, &signed_in, "token");
    like(&guest, &garment).await;
    // The mail server is not there: the mail waits for it.
    let asked = json!({ "email": "ada@shop.example", "password": PASSWORD });
    let accepted = guest.post("/v1/sign-up", &asked).await.unwrap();
    accepted.expect(StatusCode::ACCEPTED).unwrap();
    let server = MailServer::start(port);
    let mail = server.mail().await;
    let code: String = mail
        .split("code is ")
        .nth(1)
        .unwrap()
        .chars()
        .take(9)
        .collect();
    let proof = json!({ "email": "ada@shop.example", "code": code, "deliver": "token" });
    let signed_in = enter(&nobody, "/v1/sign-up/confirm", proof).await;
    let ada = client(&system, &signed_in, "token");
    assert_eq!(liked(&ada).await, [garment.as_str()]);

    // On another machine: a guest again, who likes something and then signs in.
    let signed_in = enter(&nobody, "/v1/guests", deliver).await;
    let guest = client(&system, &signed_in, "token");
    like(&guest, &other).await;
    let secret = json!({ "email": "ADA@shop.example", "password": PASSWORD, "deliver": "token" });
    let signed_in = enter(&guest, "/v1/sign-in", secret).await;
    let ada = client(&system, &signed_in, "token");
    let merge = json!({ "token": signed_in["guest_token"] });
    let merged = ada.post("/v1/wardrobe/merge", &merge).await.unwrap();
    let at = merged.expect(StatusCode::OK).unwrap().position.unwrap();
    ada.get_at("/v1/wardrobe", &at).await.unwrap();
    let mut wanted = [garment, other];
    wanted.sort();
    assert_eq!(liked(&ada).await, wanted);

    // Signed out is out, and what was being watched ends.
    let topics = "/v1/events/stream?topics=wardrobe";
    let mut stream = ada.events(topics, None).await.unwrap();
    let out = ada.post("/v1/sign-out", &json!({})).await.unwrap();
    out.expect(StatusCode::NO_CONTENT).unwrap();
    while stream.next().await.unwrap().is_some() {}
    let refused = ada.get("/v1/wardrobe").await.unwrap();
    refused.expect(StatusCode::UNAUTHORIZED).unwrap();
}

async fn like(client: &Client, garment: &str) {
    let path = format!("/v1/wardrobe/favourites/{garment}");
    let put = client.put(&path, &json!({})).await.unwrap();
    let at = put.position.unwrap();
    let shown = client.get_at("/v1/wardrobe", &at).await.unwrap();
    shown.expect(StatusCode::OK).unwrap();
}

async fn liked(client: &Client) -> Vec<String> {
    let wardrobe = client.get("/v1/wardrobe").await.unwrap();
    let favourites = wardrobe.body["favourites"].as_array().unwrap();
    let id = |favourite: &Value| favourite["garment"].as_str().unwrap_or_default().to_owned();
    let mut ids: Vec<String> = favourites.iter().map(id).collect();
    ids.sort();
    ids
}
