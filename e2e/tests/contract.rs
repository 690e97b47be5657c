//! What holds for every address of the API, whatever it does.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail in its helpers too"
)]

use std::{collections::BTreeSet, time::Duration};

use e2e::{Options, System, garment};
use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::Value;

const ID: &str = "01900000-0000-7000-8000-000000000001";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
/// More than any JSON may have, and more than any picture.
const LONG_JSON: usize = 300 << 10;
const LONG_PICTURE: usize = 21 << 20;

struct Operation {
    method: Method,
    path: String,
    signed_in: bool,
    /// Whom it is for; everybody who is signed in, where it names none.
    roles: BTreeSet<String>,
    bodies: BTreeSet<String>,
    /// The statuses that it may answer with.
    answers: BTreeSet<String>,
    /// The document's example of a JSON body.
    example: Option<Value>,
}

struct Api {
    system: System,
    http: reqwest::Client,
    operations: Vec<Operation>,
}

impl Api {
    async fn start() -> Self {
        let system = System::start(Options::default()).await.unwrap();
        let document = system
            .anonymous()
            .unwrap()
            .get("/openapi.json")
            .await
            .unwrap()
            .body;
        let http = reqwest::Client::builder()
            .timeout(Duration::from_mins(1))
            .build()
            .unwrap();
        Self {
            system,
            http,
            operations: operations(&document),
        }
    }

    fn ask(&self, method: &Method, path: &str, role: Option<&str>) -> reqwest::RequestBuilder {
        let url = format!("http://127.0.0.1:{}{path}", self.system.http_port());
        // Whatever is there is meant: what is wrong here is something else.
        let request = self.http.request(method.clone(), url);
        let request = request.header("if-match", "*");
        match role {
            Some(role) => request.bearer_auth(format!("{role}-token")),
            None => request,
        }
    }

    /// Sends it, and demands a problem with this status and code.
    async fn refused(
        &self,
        request: reqwest::RequestBuilder,
        status: u16,
        code: &str,
    ) -> HeaderMap {
        let request = request.header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"));
        let request = request.build().unwrap();
        let what = format!(
            "{} {}: {status} {code}",
            request.method(),
            request.url().path()
        );
        let answer = self
            .http
            .execute(request)
            .await
            .unwrap_or_else(|error| panic!("{what}: {error:?}"));
        let (got, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = answer.bytes().await.unwrap();
        let body: Value = serde_json::from_slice(&body)
            .unwrap_or_else(|error| panic!("{what}: {error}: {body:?}"));
        assert_eq!(
            (got, body["code"].as_str()),
            (status, Some(code)),
            "{what}: {body}"
        );
        assert_eq!(
            headers["content-type"], "application/problem+json",
            "{what}"
        );
        assert_eq!(body["type"], format!("/problems/{code}"), "{what}");
        assert_eq!(body["status"], status, "{what}");
        assert_eq!(body["trace_id"], TRACE, "{what}");
        assert!(
            body["title"]
                .as_str()
                .is_some_and(|title| !title.is_empty()),
            "{what}"
        );
        for name in ["x-request-id", "ratelimit", "ratelimit-policy"] {
            assert!(headers.contains_key(name), "{what}: no {name}");
        }
        headers
    }
}

fn operations(document: &Value) -> Vec<Operation> {
    let mut found = vec![];
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let bodies = operation["requestBody"]["content"].as_object();
            let schemes = operation["security"].as_array().unwrap();
            let purpose = if path == "/v1/pictures" {
                "?purpose=catalogue"
            } else {
                ""
            };
            found.push(Operation {
                method: method.to_uppercase().parse().unwrap(),
                path: filled(path) + purpose,
                signed_in: !schemes.is_empty()
                    && schemes
                        .iter()
                        .all(|scheme| scheme.as_object().is_some_and(|names| !names.is_empty())),
                roles: operation["x-roles"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|role| role.as_str().unwrap().to_owned())
                    .collect(),
                example: operation
                    .pointer("/requestBody/content/application~1json/example")
                    .cloned(),
                answers: operation["responses"]
                    .as_object()
                    .into_iter()
                    .flat_map(|answers| answers.keys().cloned())
                    .collect(),
                bodies: bodies
                    .into_iter()
                    .flat_map(|bodies| bodies.keys().cloned())
                    .collect(),
            });
        }
    }
    assert!(found.len() > 30, "{} operations", found.len());
    found
}

/// The address with something in the place of its parameters.
fn filled(path: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').collect();
    let is_numbered = parts.contains(&"dead-letters");
    for part in &mut parts {
        *part = match *part {
            "{id}" if is_numbered => "1",
            "{view}" => "garment_card",
            "{rendition}" => "original",
            "{type}" => "PriceChanged",
            "{provider}" => "meadow",
            "{version}" => "1",
            part if part.starts_with('{') => ID,
            part => part,
        };
    }
    parts.join("/")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_address_or_method_is_a_problem_everywhere() {
    let api = Api::start().await;
    for operation in &api.operations {
        let nowhere = format!("/v1/nowhere{}", operation.path);
        let request = api.ask(&operation.method, &nowhere, Some("admin"));
        api.refused(request, 404, "address-not-found").await;
        let request = api.ask(&Method::PATCH, &operation.path, Some("admin"));
        let headers = api.refused(request, 405, "method-not-allowed").await;
        let allowed = headers["allow"].to_str().unwrap();
        assert!(
            allowed.contains(operation.method.as_str()),
            "{} {allowed}",
            operation.path
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_long_is_refused_as_the_document_says() {
    let api = Api::start().await;
    let long = "x".repeat(9_000);
    for operation in &api.operations {
        let behind = if operation.path.contains('?') {
            '&'
        } else {
            '?'
        };
        let address = format!("{}{behind}long={long}", operation.path);
        let addressed = api.ask(&operation.method, &address, None);
        let headed = api.ask(&operation.method, &operation.path, None);
        for (request, code) in [
            (addressed, "address-too-long"),
            (headed.header("x-long", &long), "headers-too-large"),
        ] {
            let answer = request.send().await.unwrap();
            let status = answer.status().as_str().to_owned();
            let problem: Value = answer.json().await.unwrap();
            let what = format!("{} {}: {problem}", operation.method, operation.path);
            assert_eq!(problem["code"], code, "{what}");
            assert!(operation.answers.contains(&status), "{what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_site_makes_a_browser_send_is_refused_as_the_document_says() {
    let api = Api::start().await;
    let changes = |operation: &&Operation| operation.method != Method::GET;
    for operation in api.operations.iter().filter(changes) {
        let request = api.ask(&operation.method, &operation.path, None);
        let request = request.header("origin", "https://elsewhere.example");
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let problem: Value = answer.json().await.unwrap();
        let what = format!("{} {}: {problem}", operation.method, operation.path);
        // Before anybody's quota is looked at.
        assert_eq!(status, StatusCode::FORBIDDEN, "{what}");
        assert_eq!(problem["code"], "cross-site", "{what}");
        assert!(operation.answers.contains("403"), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_and_a_wrong_id_are_refused_everywhere() {
    let api = Api::start().await;
    for operation in &api.operations {
        let guessed = api
            .ask(&operation.method, &operation.path, None)
            .bearer_auth("guessed");
        if operation.signed_in {
            let headers = api
                .refused(
                    api.ask(&operation.method, &operation.path, None),
                    401,
                    "unauthenticated",
                )
                .await;
            assert_eq!(headers["www-authenticate"], "Bearer");
            api.refused(guessed, 401, "unauthenticated").await;
        }
        if operation.path.contains(ID)
            && operation.bodies.is_empty()
            && operation.path.ends_with(ID)
        {
            // Neither a UUID nor a slug.
            let wrong = operation.path.replace(ID, "no_id");
            let request = api.ask(&operation.method, &wrong, Some("admin"));
            api.refused(request, 400, "invalid-path").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_may_do_what_the_document_says_and_no_more() {
    let api = Api::start().await;
    let mut refused = 0;
    for operation in api
        .operations
        .iter()
        .filter(|operation| operation.signed_in)
    {
        // A picture of the caller's own: the shop's are for those who keep the catalogue.
        let path = operation.path.replace(
            "purpose=catalogue",
            "purpose=person&subject=myself&consent=1",
        );
        for role in ["shopper", "merchandiser", "analyst", "admin"] {
            let request = api.ask(&operation.method, &path, Some(role));
            let request = match &operation.example {
                Some(example) => request.json(example),
                None => request,
            };
            let what = format!("{role}: {} {}", operation.method, operation.path);
            let may = operation.roles.is_empty() || operation.roles.contains(role);
            if !may {
                refused += 1;
                api.refused(request, 403, "forbidden").await;
                continue;
            }
            let status = request.send().await.unwrap().status();
            assert!(
                status != StatusCode::UNAUTHORIZED && status != StatusCode::FORBIDDEN,
                "{what}: {status}"
            );
        }
    }
    assert!(refused > 60, "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_body_is_a_problem_everywhere() {
    let api = Api::start().await;
    let mut json = 0;
    for operation in api
        .operations
        .iter()
        .filter(|operation| !operation.bodies.is_empty())
    {
        let send = |media_type: &str, body: String| {
            let request = api.ask(&operation.method, &operation.path, Some("admin"));
            request.header("content-type", media_type).body(body)
        };
        let text = str::to_owned;
        let wrong = if operation.bodies.contains("application/json") {
            json += 1;
            vec![
                ("text/plain", text("{}"), 415, "json-wanted"),
                ("application/json", text("{"), 400, "malformed-json"),
                (
                    "application/json",
                    " ".repeat(LONG_JSON),
                    413,
                    "body-too-large",
                ),
                (
                    "application/json",
                    text("{\"unheard_of\":1}"),
                    422,
                    "invalid-body",
                ),
            ]
        } else if operation.bodies.contains("image/jpeg") {
            let form = "multipart/form-data; boundary=b";
            vec![
                ("text/plain", text("x"), 415, "picture-wanted"),
                (
                    "image/jpeg",
                    "x".repeat(LONG_PICTURE),
                    413,
                    "picture-too-large",
                ),
                ("image/jpeg", text("x"), 415, "picture-format-unsupported"),
                (form, text("x"), 400, "malformed-form"),
            ]
        } else if operation.bodies.contains("text/csv") {
            vec![("text/csv", text("x"), 415, "import-format-unknown")]
        } else {
            vec![("text/plain", text("x"), 415, "form-wanted")]
        };
        for (media_type, body, status, code) in wrong {
            api.refused(send(media_type, body), status, code).await;
        }
        let request =
            send("application/json", "{}".to_owned()).header("idempotency-key", "two words");
        api.refused(request, 400, "invalid-idempotency-key").await;
    }
    assert!(json >= 6, "{json} operations take JSON");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_served_as_it_is_committed() {
    let api = Api::start().await;
    let served = api
        .system
        .anonymous()
        .unwrap()
        .get("/openapi.json")
        .await
        .unwrap()
        .body;
    let committed: Value = serde_json::from_str(include_str!("../../openapi.json")).unwrap();
    assert!(served == committed, "run `cargo xtask openapi`");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_link_to_each_other_and_documents_are_sent_once() {
    let api = Api::start().await;
    let shop = api.system.caller("merchandiser").unwrap();
    let mut at = None;
    for number in 0..5 {
        let added = shop
            .post("/v1/garments", &garment(&format!("thing-{number}"), "tops"))
            .await
            .unwrap();
        at = added.expect(StatusCode::CREATED).unwrap().position;
    }
    let at = at.unwrap();
    let mut page = Some("/v1/garments?limit=2&status=all".to_owned());
    let mut seen = BTreeSet::new();
    let mut pages = 0;
    while let Some(path) = page {
        let request = api
            .ask(&Method::GET, &path, Some("merchandiser"))
            .header("drape-min-position", &at);
        let answer = request.send().await.unwrap();
        let links = answer.headers()["link"].to_str().unwrap().to_owned();
        assert!(
            links.contains("</v1/garments?limit=2&status=all>; rel=\"first\""),
            "{links}"
        );
        let tag = answer.headers()["etag"].clone();
        let next = links
            .strip_prefix('<')
            .filter(|_| links.contains("rel=\"next\""));
        page = next.map(|next| next.split('>').next().unwrap().to_owned());
        let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(page.is_some(), body["next_cursor"].is_string());
        for item in body["items"].as_array().unwrap() {
            assert!(
                seen.insert(item["id"].as_str().unwrap().to_owned()),
                "twice: {item}"
            );
        }
        pages += 1;
        let again = api
            .ask(&Method::GET, &path, Some("merchandiser"))
            .header("if-none-match", tag);
        let again = again
            .header("accept-encoding", "gzip")
            .send()
            .await
            .unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(again.bytes().await.unwrap().len(), 0);
    }
    assert_eq!((seen.len(), pages), (5, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_asks_too_much_is_told_to_wait() {
    let options = Options {
        env: vec![(
            "DRAPE_HTTP_RATE_LIMITS".to_owned(),
            "read=3/3600".to_owned(),
        )],
        ..Options::default()
    };
    let system = System::start(options).await.unwrap();
    let shopper = system.caller("shopper").unwrap();
    for _ in 0..3 {
        shopper
            .get("/v1/garments")
            .await
            .unwrap()
            .expect(StatusCode::OK)
            .unwrap();
    }
    let refused = shopper
        .get("/v1/garments")
        .await
        .unwrap()
        .expect(StatusCode::TOO_MANY_REQUESTS)
        .unwrap();
    assert_eq!(refused.body["code"], "rate-limited");
    let wait: u32 = refused.retry_after.unwrap().parse().unwrap();
    assert!((1_100..=1_201).contains(&wait), "{wait}");
    // Others are not held up.
    let other = system.caller("other-shopper").unwrap();
    other
        .get("/v1/garments")
        .await
        .unwrap()
        .expect(StatusCode::OK)
        .unwrap();
}
