//! People, for admins.

use serde_json::json;

use crate::support::{ADMIN, App, PASSWORD};

#[tokio::test]
async fn what_somebody_may_do_changes_at_once_and_the_log_says_why() {
    let app = App::start().await;
    let token = app.sign_up("ada@shop.example", 1).await;
    let me = app.get("/v1/me", &token).await;
    let account = me.body["account"].as_str().unwrap();
    let path = format!("/v1/admin/people/{account}/roles");
    let body = json!({ "roles": ["admin"], "reason": "runs the shop" });
    // Nobody makes an admin of themselves.
    app.send("PUT", &path, &token, Some(body.clone()))
        .await
        .is(403, "forbidden");
    app.send("PUT", &path, ADMIN, Some(body)).await.is(204, "");
    let found = app
        .get("/v1/admin/people?email=Ada@shop.example", &token)
        .await;
    found.is(200, "");
    assert_eq!(found.body["items"][0]["roles"], json!(["admin"]));
    assert_eq!(found.body["items"][0]["sessions"], 1);
    assert_eq!(
        app.events_of(account).await,
        ["AccountRegistered", "RolesChanged"]
    );
    let nobody = "/v1/admin/people/01900000-0000-7000-8000-00000000dead/roles";
    let body = json!({ "roles": ["admin"], "reason": "x" });
    app.send("PUT", nobody, ADMIN, Some(body))
        .await
        .is(404, "account-not-found");
}

#[tokio::test]
async fn whoever_is_kept_out_is_out_at_once_until_they_are_let_in() {
    let app = App::start().await;
    let token = app.sign_up("ada@shop.example", 1).await;
    let me = app.get("/v1/me", &token).await;
    let account = me.body["account"].as_str().unwrap();
    let path = format!("/v1/admin/people/{account}/suspension");
    app.send("PUT", &path, &token, None)
        .await
        .is(403, "forbidden");
    app.send("PUT", &path, ADMIN, None).await.is(204, "");
    app.get("/v1/me", &token).await.is(401, "unauthenticated");
    app.sign_in("ada@shop.example", PASSWORD)
        .await
        .is(401, "sign-in-refused");
    app.send("DELETE", &path, ADMIN, None).await.is(204, "");
    app.sign_in("ada@shop.example", PASSWORD).await.is(200, "");
}

#[tokio::test]
async fn an_admin_ends_the_sessions_of_others() {
    let app = App::start().await;
    let token = app.sign_up("ada@shop.example", 1).await;
    let me = app.get("/v1/me", &token).await;
    let account = me.body["account"].as_str().unwrap();
    let path = format!("/v1/admin/people/{account}/sessions");
    app.send("DELETE", &path, ADMIN, None).await.is(204, "");
    app.get("/v1/me", &token).await.is(401, "unauthenticated");
}

#[tokio::test]
async fn people_come_page_by_page_and_nobody_is_left_out() {
    let app = App::start().await;
    for _ in 0..57 {
        let guest = app.post("/v1/guests", "", json!({})).await;
        guest.is(200, "");
    }
    let first = app.get("/v1/admin/people", ADMIN).await;
    assert_eq!(first.body["items"].as_array().unwrap().len(), 50);
    let cursor = first.body["next_cursor"].as_str().unwrap();
    let path = format!("/v1/admin/people?cursor={cursor}");
    let second = app.get(&path, ADMIN).await;
    assert_eq!(second.body["items"].as_array().unwrap().len(), 7);
    assert!(second.body["next_cursor"].is_null());
    app.get("/v1/admin/people", "")
        .await
        .is(401, "unauthenticated");
}
