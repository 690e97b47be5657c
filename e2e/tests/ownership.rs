//! What belongs to somebody looks to everybody else as if it were not there: every operation on one thing, as its owner, as somebody
//! else, and with an id of nothing.
#![expect(clippy::unwrap_used, reason = "a test may fail in its helpers too")]

use std::cmp::Reverse;

use e2e::{Client, Options, System};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::eventually;

/// The garment of the document's examples.
const EXAMPLE: &str = "01900000-0000-7000-8000-000000000001";

/// Of nothing.
const MISSING: &str = "01900000-0000-7000-8000-00000000dead";

/// Whose things are the shop's, or are their owners' by the caller alone: no id of anybody's stands in these addresses.
const SHARED: [&str; 14] = [
    "/v1/admin/",
    "/v1/categories/",
    "/v1/collections/",
    "/v1/exports/",
    "/v1/garment-slugs/",
    "/v1/garments/",
    "/v1/imports/",
    "/v1/looks/",
    "/v1/me/providers/",
    "/v1/pinned-searches/",
    "/v1/schemas/",
    "/v1/sign-in/providers/",
    "/v1/wardrobe/favourites/",
    "/v1/wardrobe/owned/",
];

/// An operation on one thing of somebody's.
struct Operation {
    method: Method,
    path: String,
    example: Option<Value>,
}

impl Operation {
    fn on(&self, id: &str) -> String {
        let path = self.path.replace("{rendition}", "original");
        path.replace("{id}", id)
    }
}

/// Every operation that shoppers have on one thing. An address that nobody has thought about fails here.
fn operations(document: &Value, garment: &str) -> Vec<Operation> {
    // The examples speak of a garment, which is one that is there here, and of a try-on, which is not.
    let real = |example: &Value| {
        let text = example.to_string().replace(EXAMPLE, garment);
        let mut body: Value = serde_json::from_str(&text).unwrap();
        body.as_object_mut().unwrap().remove("try_on");
        body
    };
    let mut found = vec![];
    for (path, operations) in document["paths"].as_object().unwrap() {
        let shared = SHARED.iter().any(|start| path.starts_with(start));
        if !path.contains('{') || shared {
            continue;
        }
        assert!(path.contains("{id}"), "whose is {path}?");
        for (method, operation) in operations.as_object().unwrap() {
            let roles = operation["x-roles"].as_array();
            if roles.is_some_and(|roles| !roles.contains(&json!("shopper"))) {
                continue;
            }
            found.push(Operation {
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
                example: operation
                    .pointer("/requestBody/content/application~1json/example")
                    .map(real),
            });
        }
    }
    // What deletes comes last, and the thing itself after what belongs to it.
    let order = |operation: &Operation| {
        let deletes = operation.method == Method::DELETE;
        (deletes, Reverse(operation.path.len()))
    };
    found.sort_by_key(order);
    found
}

/// Sends it; a live stream is not waited for.
async fn ask(system: &System, token: &str, operation: &Operation, id: &str) -> (StatusCode, Value) {
    let url = format!(
        "http://127.0.0.1:{}{}",
        system.http_port(),
        operation.on(id)
    );
    let request = reqwest::Client::new().request(operation.method.clone(), url);
    let request = request.bearer_auth(token).header("if-match", "*");
    let request = match &operation.example {
        Some(example) => request.json(example),
        None => request,
    };
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let is_problem = answer
        .headers()
        .get("content-type")
        .is_some_and(|value| value == "application/problem+json");
    let body = if is_problem {
        answer.json().await.unwrap()
    } else {
        Value::Null
    };
    (status, body["code"].clone())
}

/// A thing of each kind, by the start of its address.
async fn things(ada: &Client, garment: &str) -> Vec<(&'static str, String)> {
    let created = |answer: anyhow::Result<e2e::Answer>| {
        let answer = answer.unwrap().expect(StatusCode::CREATED).unwrap();
        answer.id().unwrap()
    };
    let photo = e2e::photo().unwrap();
    let person = created(ada.upload("person", "image/jpeg", photo).await);
    let shown = format!("/v1/pictures/{person}/display");
    eventually("the picture is shown", || async {
        let (status, _, _) = ada.bytes(&shown).await.ok()?;
        (status == StatusCode::OK).then_some(())
    })
    .await;
    let asked = ada.try_on(&person, garment).await.unwrap();
    let try_on = asked.expect(StatusCode::ACCEPTED).unwrap().id().unwrap();
    let outfit = json!({ "name": "Office", "garments": [garment] });
    let outfit = created(ada.post("/v1/wardrobe/outfits", &outfit).await);
    let key = json!({ "name": "till", "roles": ["shopper"], "days": 1 });
    let key = created(ada.post("/v1/me/api-keys", &key).await);
    let sessions = ada.get("/v1/me/sessions").await.unwrap();
    let sessions = sessions.body["items"].as_array().unwrap().iter();
    let mut others = sessions.filter(|session| session["is_current"] == false);
    let session = others.next().unwrap()["id"].as_str().unwrap().to_owned();
    vec![
        ("/v1/pictures/", person),
        ("/v1/try-ons/", try_on),
        ("/v1/wardrobe/outfits/", outfit),
        ("/v1/me/api-keys/", key),
        ("/v1/me/sessions/", session),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_anothers_is_as_if_it_were_not_there() {
    let system = System::start(Options::default()).await.unwrap();
    let (_, _, garment) = system.fitting_room().await.unwrap();
    let other = system.sign_up("bea@shop.example").await.unwrap();
    // A sign-up looks for the only mail.
    let mails = system.directory().join("mail");
    std::fs::remove_dir_all(&mails).unwrap();
    std::fs::create_dir(&mails).unwrap();
    let token = system.sign_up("ada@shop.example").await.unwrap();
    let again = json!({ "email": "ada@shop.example", "password": e2e::PASSWORD });
    let nobody = system.anonymous().unwrap();
    let signed_in = nobody.post("/v1/sign-in", &again).await.unwrap();
    signed_in.expect(StatusCode::OK).unwrap();
    let ada = system.bearer(&token).unwrap();
    let things = things(&ada, &garment).await;
    let document = nobody.get("/openapi.json").await.unwrap().body;
    let operations = operations(&document, &garment);
    assert!(operations.len() > 16, "{} operations", operations.len());
    for operation in &operations {
        let what = format!("{} {}", operation.method, operation.path);
        let missing = ask(&system, &other, operation, MISSING).await;
        // What is not there may be removed: it is gone either way.
        let is_removal = operation.method == Method::DELETE && missing.0 == StatusCode::OK;
        let is_refused = missing.0 == StatusCode::NOT_FOUND;
        assert!(is_refused || is_removal, "{what}: {missing:?}");
        let mut theirs = things.iter();
        let theirs = theirs.find(|(start, _)| operation.path.starts_with(start));
        // What takes a ceremony to make is tried by its own tests.
        let Some((_, id)) = theirs else {
            assert!(operation.path.starts_with("/v1/me/passkeys/"), "{what}");
            continue;
        };
        let to_others = ask(&system, &other, operation, id).await;
        assert_eq!(to_others, missing, "{what}");
    }
    for operation in &operations {
        let mut own = things.iter();
        let Some((_, id)) = own.find(|(start, _)| operation.path.starts_with(start)) else {
            continue;
        };
        let (status, code) = ask(&system, &token, operation, id).await;
        let what = format!("{} {}: {status} {code}", operation.method, operation.path);
        let refused = [
            StatusCode::NOT_FOUND,
            StatusCode::FORBIDDEN,
            StatusCode::UNAUTHORIZED,
        ];
        assert!(!refused.contains(&status), "{what}");
        assert!(!status.is_server_error(), "{what}");
    }
}
