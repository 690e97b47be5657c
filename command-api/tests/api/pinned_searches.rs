//! What searches show first, said over HTTP.

use serde_json::{Value, json};

use crate::support::{ADMIN, App, MERCHANDISER, SHOPPER};

const FIRST: &str = "01900000-0000-7000-8000-00000000000a";
const SECOND: &str = "01900000-0000-7000-8000-00000000000b";

fn pins(garments: &[&str]) -> Value {
    json!({ "garments": garments })
}

#[tokio::test]
async fn garments_are_pinned_to_words_at_the_version_that_is_meant() {
    let app = App::start().await;
    let pin = |path: &'static str, meant: Option<&'static str>, body: Value| {
        let app = &app;
        async move {
            app.call_at(MERCHANDISER, ("PUT", path), meant, None, Some(body))
                .await
        }
    };
    let path = "/v1/pinned-searches/linen%20shirt";
    pin(path, None, pins(&[FIRST]))
        .await
        .is(428, "if-match-missing");
    pin(path, Some("\"1\""), pins(&[FIRST]))
        .await
        .is(412, "version-outdated");
    let pinned = pin(path, Some("\"0\""), pins(&[SECOND, FIRST])).await;
    assert_eq!(
        (pinned.status.as_u16(), &pinned.body["version"]),
        (200, &json!(1)),
        "{pinned:?}"
    );
    assert_eq!(pinned.headers["etag"], "\"1\"");
    // The same words, typed otherwise; and the same pins are no news.
    let again = "/v1/pinned-searches/%20Linen-SHIRT!";
    let same = pin(again, Some("\"1\""), pins(&[SECOND, FIRST])).await;
    assert_eq!(same.body, pinned.body);
    let taken_back = pin(again, Some("*"), pins(&[])).await;
    assert_eq!(taken_back.body["version"], 2);
    let said: Vec<String> = app
        .commits()
        .await
        .iter()
        .flat_map(|commit| &commit.events)
        .map(|event| event.data.get().to_owned())
        .collect();
    assert_eq!(
        said,
        [
            format!(
                r#"{{"type":"SearchPinned","words":"linen shirt","garments":["{SECOND}","{FIRST}"]}}"#
            ),
            r#"{"type":"SearchPinned","words":"linen shirt","garments":[]}"#.to_owned(),
        ]
    );
}

#[tokio::test]
async fn nothing_can_be_pinned_to_words_that_nobody_pinned_anything_to() {
    let app = App::start().await;
    let path = ("PUT", "/v1/pinned-searches/socks");
    let said = app.call_at(MERCHANDISER, path, Some("*"), None, Some(pins(&[])));
    assert_eq!(said.await.body["version"], 1);
    let again = app.call_at(MERCHANDISER, path, Some("\"1\""), None, Some(pins(&[])));
    assert_eq!(again.await.body["version"], 1);
}

#[tokio::test]
async fn pins_are_for_keepers_and_mistakes_are_named() {
    let app = App::start().await;
    let path = "/v1/pinned-searches/linen";
    app.put("", path, pins(&[]))
        .await
        .is(401, "unauthenticated");
    app.put(SHOPPER, path, pins(&[])).await.is(403, "forbidden");
    let wrong = app.put(ADMIN, path, pins(&["a-shirt"])).await;
    wrong.is(422, "invalid-body");
    assert_eq!(wrong.body["errors"][0]["pointer"], "/garments/0");
    app.put(ADMIN, path, pins(&[FIRST, FIRST]))
        .await
        .is(422, "search-garments-invalid");
    for nothing in ["%20", "%3F%21"] {
        let path = format!("/v1/pinned-searches/{nothing}");
        let answer = app.put(ADMIN, &path, pins(&[FIRST])).await;
        assert!(answer.status.is_client_error(), "{nothing}: {answer:?}");
    }
    assert_eq!(app.commits().await.len(), 0);
}
