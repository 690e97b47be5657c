//! Accounts over HTTP.

use serde_json::json;

use crate::support::{ADMIN, App, MERCHANDISER};

#[tokio::test]
async fn an_admin_opens_accounts() {
    let app = App::start().await;
    let body = json!({ "roles": ["shopper"] });
    let open = || app.call(ADMIN, "POST", "/v1/accounts", Some("a"), Some(body.clone()));
    let (first, second) = (open().await, open().await);
    assert_eq!(first.status, 201, "{first:?}");
    assert_eq!(first.body, second.body);
    assert_eq!(
        first.headers["location"],
        format!("/v1/accounts/{}", first.id())
    );
    app.post(MERCHANDISER, "/v1/accounts", body.clone())
        .await
        .is(403, "forbidden");
    app.post(ADMIN, "/v1/accounts", json!({ "roles": [] }))
        .await
        .is(422, "account-roles-invalid");
    app.post(ADMIN, "/v1/accounts", json!({ "roles": ["king"] }))
        .await
        .is(422, "invalid-body");
    assert_eq!(app.commits().await.len(), 1);
}
