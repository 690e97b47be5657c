//! Stock over HTTP: counted, adjusted by many at once, never below nothing.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::{ADMIN, App, MERCHANDISER, SHOPPER, shirt};

const NOBODY: &str = "01900000-0000-7000-8000-00000000dead";

fn count(size: &str, count: u32) -> Value {
    json!({ "size": size, "count": count })
}

fn adjust(size: &str, by: i32) -> Value {
    json!({ "size": size, "by": by, "reason": "sold" })
}

/// A garment in trouser sizes; the address of its stock, and of its adjustments.
async fn trousers(app: &App) -> (String, String) {
    let mut body = shirt();
    body["sizes"] = json!(["M", "W32/L34"]);
    let id = app.post(MERCHANDISER, "/v1/garments", body).await.id();
    let stock = format!("/v1/garments/{id}/stock");
    let adjustments = format!("{stock}/adjustments");
    (stock, adjustments)
}

#[tokio::test]
async fn stock_is_counted_and_adjusted_without_if_match() {
    let app = App::start().await;
    let (stock, adjustments) = trousers(&app).await;
    let put = |body| app.call_at(MERCHANDISER, ("PUT", &stock), None, None, Some(body));
    let counted = put(count("W32/L34", 12)).await;
    assert_eq!(counted.status, 200, "{counted:?}");
    assert_eq!(counted.body["version"], 1);
    assert_eq!(counted.headers["etag"], "\"1\"");
    // The same count is no news.
    assert_eq!(put(count("W32/L34", 12)).await.body, counted.body);
    let sold = app
        .call_at(
            ADMIN,
            ("POST", &adjustments),
            None,
            None,
            Some(adjust("W32/L34", -2)),
        )
        .await;
    assert_eq!(sold.body["version"], 2, "{sold:?}");
    let too_many = app
        .post(MERCHANDISER, &adjustments, adjust("W32/L34", -11))
        .await;
    too_many.is(409, "stock-insufficient");
    assert_eq!(too_many.body["detail"], "there are only 10 of this size");
    app.post(MERCHANDISER, &adjustments, adjust("M", -1))
        .await
        .is(409, "stock-insufficient");
    app.post(MERCHANDISER, &adjustments, adjust("W32/L34", 999_991))
        .await
        .is(409, "stock-too-large");
    let commits = app.commits().await;
    let said: Vec<&str> = commits
        .iter()
        .filter(|commit| commit.aggregate_type == "catalog.stock")
        .flat_map(|commit| &commit.events)
        .map(|event| event.data.get())
        .collect();
    assert_eq!(
        said,
        [
            r#"{"type":"StockCounted","size":"W32/L34","count":12}"#,
            r#"{"type":"StockAdjusted","size":"W32/L34","by":-2,"reason":"sold"}"#,
        ]
    );
}

#[tokio::test]
async fn stock_is_of_a_size_that_the_garment_comes_in() {
    let app = App::start().await;
    let (stock, adjustments) = trousers(&app).await;
    app.put(MERCHANDISER, &stock, count("XL", 1))
        .await
        .is(422, "garment-size-unknown");
    let unknown = app.post(MERCHANDISER, &adjustments, adjust("XL", 1)).await;
    unknown.is(422, "garment-size-unknown");
    assert_eq!(unknown.body["errors"][0]["pointer"], "/size");
    let nobody = format!("/v1/garments/{NOBODY}/stock");
    app.put(MERCHANDISER, &nobody, count("M", 1))
        .await
        .is(404, "garment-not-found");
    app.post(
        MERCHANDISER,
        &format!("{nobody}/adjustments"),
        adjust("M", 1),
    )
    .await
    .is(404, "garment-not-found");

    // What lies on a shelf is told away though the garment no longer comes in that size.
    app.put(MERCHANDISER, &stock, count("M", 1)).await.id();
    let mut revised = shirt();
    revised["sizes"] = json!(["W32/L34"]);
    revised.as_object_mut().unwrap().remove("price");
    let garment = stock.trim_end_matches("/stock");
    app.put(MERCHANDISER, garment, revised).await.id();
    app.post(MERCHANDISER, &adjustments, adjust("M", -1))
        .await
        .id();
}

#[tokio::test]
async fn mistakes_about_stock_are_named_with_their_place() {
    let app = App::start().await;
    let (stock, adjustments) = trousers(&app).await;
    for (body, pointer) in [
        (adjust("M", 0), "/by"),
        (adjust("M", 1_000_001), "/by"),
        (adjust("M;", 1), "/size"),
        (json!({ "size": "M", "by": 1.5 }), "/by"),
        (json!({ "size": "M", "by": 1, "reason": "lost" }), "/reason"),
    ] {
        let answer = app.post(MERCHANDISER, &adjustments, body).await;
        answer.is(422, "invalid-body");
        assert_eq!(answer.body["errors"][0]["pointer"], pointer, "{answer:?}");
    }
    app.put(MERCHANDISER, &stock, json!({ "size": "M", "count": -1 }))
        .await
        .is(422, "invalid-body");
    app.put(MERCHANDISER, &stock, count("M", 1_000_001))
        .await
        .is(422, "stock-too-large");
    for (token, status, code) in [("", 401, "unauthenticated"), (SHOPPER, 403, "forbidden")] {
        app.put(token, &stock, count("M", 1)).await.is(status, code);
        app.post(token, &adjustments, adjust("M", 1))
            .await
            .is(status, code);
    }
    assert_eq!(app.commits().await.len(), 1);
}

#[tokio::test]
async fn a_repeated_adjustment_is_made_once() {
    let app = App::start().await;
    let (_, adjustments) = trousers(&app).await;
    let body = json!({ "size": "M", "by": 5, "reason": "received" });
    let first = app
        .call(
            MERCHANDISER,
            "POST",
            &adjustments,
            Some("once"),
            Some(body.clone()),
        )
        .await;
    assert_eq!(first.body["version"], 1, "{first:?}");
    // The next process has no first answers: the log tells.
    let app = app.restarted();
    let again = app
        .call(MERCHANDISER, "POST", &adjustments, Some("once"), Some(body))
        .await;
    assert_eq!(first.body, again.body);
    app.post(MERCHANDISER, &adjustments, adjust("M", -6))
        .await
        .is(409, "stock-insufficient");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_who_buy_the_last_ten_ten_do() {
    let app = Arc::new(App::start().await);
    let (stock, adjustments) = trousers(&app).await;
    app.put(MERCHANDISER, &stock, count("M", 10)).await.id();
    let mut buyers = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (app, adjustments) = (app.clone(), adjustments.clone());
        buyers.spawn(async move { app.post(MERCHANDISER, &adjustments, adjust("M", -1)).await });
    }
    let (mut bought, mut late) = (0, 0);
    while let Some(answer) = buyers.join_next().await {
        let answer = answer.unwrap();
        if answer.status == 200 {
            bought += 1;
        } else {
            answer.is(409, "stock-insufficient");
            late += 1;
        }
    }
    assert_eq!((bought, late), (10, 90));
}

#[tokio::test]
async fn a_size_that_runs_low_is_told_of_in_the_same_commit_and_once() {
    let app = App::start().await;
    let (stock, adjustments) = trousers(&app).await;
    let level = format!("{stock}/low-level");
    let set = |level: Value| json!({ "level": level });
    app.put(MERCHANDISER, &stock, count("M", 12)).await.id();
    let set_to_five = app.put(MERCHANDISER, &level, set(json!(5))).await;
    assert_eq!(set_to_five.body["version"], 2, "{set_to_five:?}");
    // The same level is no news.
    let again = app.put(MERCHANDISER, &level, set(json!(5))).await;
    assert_eq!(again.body, set_to_five.body);
    for by in [-6, -1, -1] {
        app.post(MERCHANDISER, &adjustments, adjust("M", by))
            .await
            .id();
    }
    // The shop's own level again: there are more than that.
    app.put(MERCHANDISER, &level, set(Value::Null)).await.id();
    app.put(MERCHANDISER, &stock, count("M", 0)).await.id();
    let commits = app.commits().await;
    let said: Vec<Vec<&str>> = commits
        .iter()
        .filter(|commit| commit.aggregate_type == "catalog.stock")
        .map(|commit| commit.events.iter().map(|event| event.data.get()).collect())
        .collect();
    let sold = |by| format!(r#"{{"type":"StockAdjusted","size":"M","by":{by},"reason":"sold"}}"#);
    let (six, one) = (sold(-6), sold(-1));
    assert_eq!(
        said,
        [
            vec![r#"{"type":"StockCounted","size":"M","count":12}"#],
            vec![r#"{"type":"LowStockLevelSet","level":5}"#],
            vec![&six],
            vec![
                &one,
                r#"{"type":"StockRanLow","size":"M","count":5,"level":5}"#
            ],
            vec![&one],
            vec![r#"{"type":"LowStockLevelSet"}"#],
            vec![
                r#"{"type":"StockCounted","size":"M","count":0}"#,
                r#"{"type":"StockRanLow","size":"M","count":0,"level":3}"#,
            ],
        ]
    );
}

#[tokio::test]
async fn a_level_is_for_keepers_and_of_a_garment_that_is_there() {
    let app = App::start().await;
    let (stock, _) = trousers(&app).await;
    let level = format!("{stock}/low-level");
    let body = || json!({ "level": 5 });
    app.put("", &level, body()).await.is(401, "unauthenticated");
    app.put(SHOPPER, &level, body()).await.is(403, "forbidden");
    let nobody = format!("/v1/garments/{NOBODY}/stock/low-level");
    app.put(ADMIN, &nobody, body())
        .await
        .is(404, "garment-not-found");
    app.put(ADMIN, &level, json!({ "level": -1 }))
        .await
        .is(422, "invalid-body");
    app.put(ADMIN, &level, json!({ "level": 1_000_001 }))
        .await
        .is(422, "stock-level-too-high");
    assert_eq!(app.commits().await.len(), 1);
    // What is so anyway may be said, too.
    let usual = app.put(ADMIN, &level, json!({ "level": null })).await;
    assert_eq!(usual.body["version"], 1, "{usual:?}");
}
