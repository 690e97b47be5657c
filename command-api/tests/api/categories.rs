//! Names of categories over HTTP.

use serde_json::json;

use crate::support::{App, MERCHANDISER, SHOPPER};

#[tokio::test]
async fn a_category_is_named_at_the_version_that_is_meant_and_loses_its_name() {
    let app = App::start().await;
    let path = "/v1/categories/women%2Ftops";
    let name = |name: &str, meant: Option<&'static str>| {
        let body = Some(json!({ "name": name, "names": { "de": "Oberteile" } }));
        let app = &app;
        async move {
            app.call_at(MERCHANDISER, ("PUT", path), meant, None, body)
                .await
        }
    };
    name("Tops", None).await.is(428, "if-match-missing");
    name("Tops", Some("\"1\""))
        .await
        .is(412, "version-outdated");
    let named = name("Tops", Some("\"0\"")).await;
    assert_eq!(
        (named.status.as_u16(), &named.body["version"]),
        (200, &json!(1)),
        "{named:?}"
    );
    // Whoever thought that it had no name yet is told.
    name("Shirts", Some("\"0\""))
        .await
        .is(412, "version-outdated");
    assert_eq!(name("Shirts", Some("\"1\"")).await.body["version"], 2);
    assert_eq!(name("Shirts", Some("*")).await.body["version"], 2);
    let said: Vec<String> = app
        .commits()
        .await
        .iter()
        .flat_map(|commit| &commit.events)
        .map(|event| event.data.get().to_owned())
        .collect();
    assert_eq!(
        said[0],
        r#"{"type":"CategoryNamed","path":"women/tops","name":"Tops","names":{"de":"Oberteile"}}"#
    );
    let remove = |path: &'static str| {
        let app = &app;
        async move {
            app.call_at(MERCHANDISER, ("DELETE", path), Some("*"), None, None)
                .await
        }
    };
    assert_eq!(remove(path).await.body["version"], 3);
    assert_eq!(remove(path).await.body["version"], 3);
    remove("/v1/categories/men")
        .await
        .is(404, "category-not-found");
}

#[tokio::test]
async fn mistakes_about_categories_are_named_with_their_place() {
    let app = App::start().await;
    let path = "/v1/categories/women";
    for (body, pointer) in [
        (json!({ "name": " " }), "/name"),
        (
            json!({ "name": "Women", "names": { "german": "Damen" } }),
            "/names/german",
        ),
        (
            json!({ "name": "Women", "names": { "de": "" } }),
            "/names/de",
        ),
    ] {
        let answer = app.put(MERCHANDISER, path, body).await;
        answer.is(422, "invalid-body");
        assert_eq!(answer.body["errors"][0]["pointer"], pointer, "{answer:?}");
    }
    for wrong in [
        "/v1/categories/Women",
        "/v1/categories/a%2F%2Fb",
        "/v1/categories/a%2Fb%2Fc%2Fd%2Fe%2Ff%2Fg",
    ] {
        let answer = app
            .put(MERCHANDISER, wrong, json!({ "name": "Women" }))
            .await;
        assert!(answer.status.is_client_error(), "{wrong}: {answer:?}");
    }
    app.put(SHOPPER, path, json!({ "name": "Women" }))
        .await
        .is(403, "forbidden");
    assert!(app.commits().await.is_empty());
}
