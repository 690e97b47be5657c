//! Signing in with another provider: a real one, in a process of its own.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail in its helpers too"
)]

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use e2e::{Options, System};
use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::{Value, json};
use testkit::{eventually_within, free_port};

const SECRET: &str = "a secret of the shop and the provider";
const SITE: &str = "https://shop.example";

struct Provider {
    child: Child,
    port: u16,
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Provider {
    async fn start() -> Self {
        let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ops/api");
        let installed = tools.join("node_modules/oidc-provider").exists();
        assert!(installed, "run `ops/install --test` first");
        let port = free_port().unwrap();
        let child = Command::new("node")
            .args(["oidc_provider.mjs", &port.to_string(), "shop", SECRET])
            .arg(format!("{SITE}/sign-in/meadow"))
            .current_dir(&tools)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let provider = Self { child, port };
        let known = format!("{}/.well-known/openid-configuration", provider.issuer());
        eventually_within(Duration::from_secs(40), "the provider answers", || {
            let asked = browser().get(&known).send();
            async move { asked.await.ok()?.error_for_status().ok() }
        })
        .await;
        provider
    }

    fn issuer(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Who comes next.
    async fn next(&self, claims: Value) {
        let next = format!("{}/next", self.issuer());
        let said = browser().post(next).json(&claims).send().await.unwrap();
        assert_eq!(said.status(), StatusCode::NO_CONTENT);
    }
}

/// A client that follows nothing by itself.
fn browser() -> reqwest::Client {
    // Whoever is first chooses it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let none = reqwest::redirect::Policy::none();
    reqwest::Client::builder().redirect(none).build().unwrap()
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let set = headers.get_all("set-cookie").into_iter();
    let pairs = set.map(|value| {
        value
            .to_str()
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .to_owned()
    });
    pairs.collect()
}

/// Follows the provider's pages until they lead back to the shop: `code` and `state`.
async fn at_provider(url: &str) -> (String, String) {
    let mut url = reqwest::Url::parse(url).unwrap();
    let mut jar: Vec<String> = vec![];
    for _ in 0..10 {
        let request = browser().get(url.clone()).header("cookie", jar.join("; "));
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_redirection(), "{url}: {answer:?}");
        jar.extend(cookies(answer.headers()));
        url = url
            .join(answer.headers()["location"].to_str().unwrap())
            .unwrap();
        if url.as_str().starts_with(SITE) {
            let value = |wanted: &str| {
                let mut pairs = url.query_pairs();
                let found = pairs.find(|(name, _)| name == wanted);
                found.unwrap_or_else(|| panic!("{url}")).1.into_owned()
            };
            return (value("code"), value("state"));
        }
    }
    panic!("the provider leads nowhere")
}

struct Shop {
    system: System,
    provider: Provider,
    _secret: tempfile::NamedTempFile,
}

impl Shop {
    async fn start() -> Self {
        let provider = Provider::start().await;
        let secret = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(secret.path(), SECRET).unwrap();
        let issuer = provider.issuer();
        let configured = format!("meadow {issuer} shop {}", secret.path().display());
        let env = [
            ("DRAPE_AUTH_PROVIDERS", configured.as_str()),
            ("DRAPE_MAIL_SITE_URL", SITE),
        ];
        let env = env.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let options = Options {
            env: env.into(),
            ..Options::default()
        };
        Self {
            system: System::start(options).await.unwrap(),
            provider,
            _secret: secret,
        }
    }

    async fn send(
        &self,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> (u16, HeaderMap, Value) {
        let url = format!("http://127.0.0.1:{}{path}", self.system.http_port());
        let mut request = browser().post(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = answer.json().await.unwrap_or(Value::Null);
        (status, headers, body)
    }

    /// Begins at `path`, goes through the provider, comes back with the cookie that was set.
    async fn sign_in(&self, path: &str, bearer: Option<&str>) -> (u16, Value) {
        let bearer = bearer.map(|token| format!("Bearer {token}"));
        let headers: Vec<(&str, &str)> = bearer
            .iter()
            .map(|bearer| ("authorization", bearer.as_str()))
            .collect();
        let (status, sent, body) = self.send(path, None, &headers).await;
        assert_eq!(status, 200, "{body}");
        let (code, state) = at_provider(body["url"].as_str().unwrap()).await;
        self.come_back(&code, &state, &cookies(&sent)[0]).await
    }

    async fn come_back(&self, code: &str, state: &str, cookie: &str) -> (u16, Value) {
        let body = json!({ "code": code, "state": state, "deliver": "token" });
        let path = "/v1/sign-in/providers/meadow/callback";
        let (status, _, body) = self.send(path, Some(body), &[("cookie", cookie)]).await;
        (status, body)
    }
}

const BEGIN: &str = "/v1/sign-in/providers/meadow";

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_opens_an_account_and_signs_its_owner_in_again() {
    let shop = Shop::start().await;
    let ada = json!({ "sub": "ada-7", "email": "ada@shop.example", "email_verified": true });
    shop.provider.next(ada).await;
    let (status, first) = shop.sign_in(BEGIN, None).await;
    assert_eq!(status, 200, "{first}");
    // The address may change there: who it is does not.
    let moved = json!({ "sub": "ada-7", "email": "ada@other.example", "email_verified": false });
    shop.provider.next(moved).await;
    let (status, again) = shop.sign_in(BEGIN, None).await;
    assert_eq!((status, &again["account"]), (200, &first["account"]));
    let me = shop
        .system
        .bearer(again["token"].as_str().unwrap())
        .unwrap();
    assert_eq!(
        me.get("/v1/me").await.unwrap().body["email"],
        "ada@shop.example"
    );
    let links = me.get("/v1/me/providers").await.unwrap();
    assert_eq!(links.body["items"][0]["id"], "meadow");
    // An address that the provider has not seen to be theirs opens nothing.
    let eve = json!({ "sub": "eve-1", "email": "eve@shop.example", "email_verified": false });
    shop.provider.next(eve).await;
    let (status, refused) = shop.sign_in(BEGIN, None).await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("email-unverified"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_linked_by_its_owner_and_never_by_its_address() {
    let shop = Shop::start().await;
    let token = shop.system.sign_up("bea@shop.example").await.unwrap();
    let bea = json!({ "sub": "bea-3", "email": "Bea@shop.example", "email_verified": true });
    shop.provider.next(bea).await;
    let (status, refused) = shop.sign_in(BEGIN, None).await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("already-signed-up"))
    );
    let (status, linked) = shop.sign_in("/v1/me/providers/meadow", Some(&token)).await;
    assert_eq!(status, 200, "{linked}");
    let (status, signed_in) = shop.sign_in(BEGIN, None).await;
    assert_eq!((status, &signed_in["account"]), (200, &linked["account"]));
    let me = shop.system.bearer(&token).unwrap();
    let path = "/v1/me/providers/meadow";
    let ended = me.write(Method::DELETE, path, "unlink", &json!({})).await;
    let ended = ended.unwrap();
    ended.expect(StatusCode::NO_CONTENT).unwrap();
    let (status, refused) = shop.sign_in(BEGIN, None).await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("already-signed-up"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_back_is_good_once_and_in_the_browser_that_was_sent() {
    let shop = Shop::start().await;
    let ada = json!({ "sub": "ada-7", "email": "ada@shop.example", "email_verified": true });
    shop.provider.next(ada).await;
    let (_, sent, body) = shop.send(BEGIN, None, &[]).await;
    let (code, state) = at_provider(body["url"].as_str().unwrap()).await;
    let cookie = cookies(&sent).remove(0);
    let whole = sent["set-cookie"].to_str().unwrap();
    for wanted in [
        "__Host-drape-provider=",
        "Secure",
        "HttpOnly",
        "SameSite=Lax",
    ] {
        assert!(whole.contains(wanted), "{whole}");
    }
    let (_, elsewhere, _) = shop.send(BEGIN, None, &[]).await;
    let other = cookies(&elsewhere).remove(0);
    for (state, cookie) in [(&state, &other), (&"x".to_owned(), &cookie)] {
        let (status, refused) = shop.come_back(&code, state, cookie).await;
        assert_eq!(
            (status, &refused["code"]),
            (401, &json!("provider-refused"))
        );
    }
    let (status, signed_in) = shop.come_back(&code, &state, &cookie).await;
    assert_eq!(status, 200, "{signed_in}");
    let (status, refused) = shop.come_back(&code, &state, &cookie).await;
    assert_eq!(
        (status, &refused["code"]),
        (401, &json!("provider-refused"))
    );
    let (status, _, unknown) = shop.send("/v1/sign-in/providers/nobody", None, &[]).await;
    assert_eq!(
        (status, &unknown["code"]),
        (404, &json!("provider-not-found"))
    );
}
