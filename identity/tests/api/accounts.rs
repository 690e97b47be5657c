//! Accounts that an admin opens.

use serde_json::json;

use crate::support::{ADMIN, App};

#[tokio::test]
async fn an_admin_opens_accounts() {
    let app = App::start().await;
    let app = &app;
    let open = || {
        let headers = [("authorization", ADMIN), ("idempotency-key", "a")];
        let body = json!({ "roles": ["shopper"] });
        async move {
            app.send_from(113, "POST", "/v1/accounts", &headers, Some(body))
                .await
        }
    };
    let (first, second) = (open().await, open().await);
    first.is(201, "");
    assert_eq!(first.body, second.body);
    let account = first.body["id"].as_str().unwrap();
    assert_eq!(
        first.headers["location"],
        format!("/v1/accounts/{account}").as_str()
    );
    let guest = app
        .post("/v1/guests", "", json!({ "deliver": "token" }))
        .await;
    app.post(
        "/v1/accounts",
        &guest.bearer(),
        json!({ "roles": ["shopper"] }),
    )
    .await
    .is(403, "forbidden");
    app.post("/v1/accounts", ADMIN, json!({ "roles": [] }))
        .await
        .is(422, "account-roles-invalid");
    app.post("/v1/accounts", ADMIN, json!({ "roles": ["king"] }))
        .await
        .is(422, "invalid-body");
    assert_eq!(app.events_of(account).await, ["AccountRegistered"]);
}
