//! A garment on its way to shoppers: planned, published when its time has come (also after a crash), found by search, reduced,
//! shown in collections.
#![expect(clippy::unwrap_used, reason = "a test may fail in its helpers too")]

use e2e::{Client, Options, System, garment, photo, views_as_the_log_says};
use reqwest::StatusCode;
use serde_json::{Value, json};
use testkit::eventually;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

/// A draft with a picture; answers its address.
async fn pictured(shop: &Client, slug: &str) -> anyhow::Result<String> {
    let added = shop.add_garment(slug, "tops").await?;
    let address = format!("/v1/garments/{}", added.expect(StatusCode::CREATED)?.id()?);
    let uploaded = shop.upload("catalogue", "image/jpeg", photo()?).await?;
    let picture = json!({ "picture": uploaded.expect(StatusCode::CREATED)?.id()? });
    let attached = shop.put(&format!("{address}/picture"), &picture).await?;
    attached.expect(StatusCode::OK)?;
    Ok(address)
}

async fn plan(shop: &Client, address: &str, at: Value) -> anyhow::Result<()> {
    let plan = shop
        .put(&format!("{address}/publication"), &json!({ "at": at }))
        .await?;
    plan.expect(StatusCode::OK)?;
    Ok(())
}

fn in_seconds(seconds: i64) -> Value {
    let time = OffsetDateTime::now_utc() + Duration::seconds(seconds);
    json!(time.format(&Rfc3339).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planned_garment_is_published_when_its_time_has_come() {
    let mut system = System::start(Options::default()).await.unwrap();
    let shop = system.caller("merchandiser").unwrap();
    let anybody = system.anonymous().unwrap();
    let soon = pictured(&shop, "soon").await.unwrap();
    let later = pictured(&shop, "later").await.unwrap();
    let never = pictured(&shop, "never").await.unwrap();
    plan(&shop, &later, in_seconds(3_600)).await.unwrap();
    plan(&shop, &never, in_seconds(3)).await.unwrap();
    plan(&shop, &never, Value::Null).await.unwrap();
    plan(&shop, &soon, in_seconds(3)).await.unwrap();
    // What is due while nobody runs is published as soon as somebody does.
    system.drape.kill9().unwrap();
    // The time comes and goes.
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    system.restart_drape().await.unwrap();
    let page = eventually("the garment to be published", || async {
        let page = anybody.get(&soon).await.ok()?;
        (page.status == StatusCode::OK).then_some(page.body)
    })
    .await;
    assert_eq!(page["status"], "published");
    assert_eq!(page["publish_at"], Value::Null);
    assert_eq!(shop.get(&later).await.unwrap().body["status"], "scheduled");
    assert_eq!(shop.get(&never).await.unwrap().body["status"], "draft");
    for hidden in [&later, &never] {
        let answer = anybody.get(hidden).await.unwrap();
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reduced_garment_is_found_with_what_it_cost_before() {
    let system = System::start(Options::default()).await.unwrap();
    let shop = system.caller("merchandiser").unwrap();
    let mut body = garment("harbour-jumper", "tops");
    body["name"] = json!("Harbour jumper");
    body["brand"] = json!("North Pier");
    body["skus"] = json!({ body["sizes"][0].as_str().unwrap(): "HJ-1" });
    body["texts"] = json!({ "de": { "name": "Hafenpullover", "description": "" } });
    let added = shop.post("/v1/garments", &body).await.unwrap();
    let id = added.expect(StatusCode::CREATED).unwrap().id().unwrap();
    let address = format!("/v1/garments/{id}");
    let uploaded = shop
        .upload("catalogue", "image/jpeg", photo().unwrap())
        .await
        .unwrap();
    let picture = json!({ "picture": uploaded.expect(StatusCode::CREATED).unwrap().id().unwrap() });
    shop.put(&format!("{address}/picture"), &picture)
        .await
        .unwrap();
    let published = shop
        .post(&format!("{address}/publish"), &json!({}))
        .await
        .unwrap();
    published.expect(StatusCode::OK).unwrap();
    let price = json!({ "price": { "minor": 100, "currency": "EUR" } });
    let sold = shop.put(&format!("{address}/price"), &price).await.unwrap();
    let at = sold.expect(StatusCode::OK).unwrap().position.unwrap();

    let anybody = system.anonymous().unwrap();
    for question in [
        "q=harbor+jumpr",
        "q=Hafenpullover",
        "q=hj-1",
        "brand=north-pier&price_max=100",
    ] {
        let found = anybody
            .get_at(&format!("/v1/search?{question}"), &at)
            .await
            .unwrap();
        let found = found.expect(StatusCode::OK).unwrap().body;
        assert_eq!(found["items"][0]["garment"]["id"], json!(id), "{question}");
        assert_eq!(
            found["items"][0]["garment"]["was"], body["price"],
            "{question}"
        );
        assert_eq!(found["styles"], 1, "{question}");
    }
}

/// The slugs that a collection shows at this position, in order.
async fn shown(client: &Client, collection: &str, at: &str) -> Vec<String> {
    let path = format!("/v1/collections/{collection}/garments");
    let page = client.get_at(&path, at).await.unwrap();
    let page = page.expect(StatusCode::OK).unwrap().body;
    let items = page["items"].as_array().unwrap().iter();
    items
        .map(|hit| hit["garment"]["slug"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn collections_and_names_of_categories_outlive_a_crash() {
    let mut system = System::start(Options::default()).await.unwrap();
    let shop = system.caller("merchandiser").unwrap();
    let mut ids = Vec::new();
    for slug in ["one", "two", "three"] {
        let address = pictured(&shop, slug).await.unwrap();
        if slug != "three" {
            let published = shop
                .post(&format!("{address}/publish"), &json!({}))
                .await
                .unwrap();
            published.expect(StatusCode::OK).unwrap();
        }
        ids.push(address.rsplit('/').next().unwrap().to_owned());
    }
    let details = |slug: &str| json!({ "name": slug, "slug": slug, "description": "" });
    let chosen = [&ids[2], &ids[0], &ids[1]];
    let by_hand = json!({ "kind": "by_hand", "garments": chosen });
    let rule = json!({ "categories": ["tops"], "sort": "newest" });
    let by_rule = json!({ "kind": "by_rule", "rule": rule });
    for (slug, members) in [("chosen", by_hand), ("ruled", by_rule)] {
        let body = json!({ "details": details(slug), "members": members });
        let added = shop.post("/v1/collections", &body).await.unwrap();
        added.expect(StatusCode::CREATED).unwrap();
    }
    let named = shop
        .put("/v1/categories/women%2Ftops", &json!({ "name": "Tops" }))
        .await
        .unwrap();
    let at = named.expect(StatusCode::OK).unwrap().position.unwrap();
    let anybody = system.anonymous().unwrap();
    assert_eq!(shown(&anybody, "chosen", &at).await, ["one", "two"]);
    assert_eq!(shown(&anybody, "ruled", &at).await, ["two", "one"]);

    system.drape.kill9().unwrap();
    system.restart_drape().await.unwrap();
    let (shop, anybody) = (
        system.caller("merchandiser").unwrap(),
        system.anonymous().unwrap(),
    );
    assert_eq!(shown(&anybody, "chosen", &at).await, ["one", "two"]);
    // What was chosen before it was on sale is shown as soon as it is.
    let published = shop
        .post(&format!("/v1/garments/{}/publish", ids[2]), &json!({}))
        .await
        .unwrap();
    let at = published.expect(StatusCode::OK).unwrap().position.unwrap();
    assert_eq!(
        shown(&anybody, "chosen", &at).await,
        ["three", "one", "two"]
    );
    assert_eq!(shown(&anybody, "ruled", &at).await, ["three", "two", "one"]);
    let tree = anybody.get_at("/v1/categories", &at).await.unwrap();
    let tree = tree.expect(StatusCode::OK).unwrap().body;
    let tops = tree["items"].as_array().unwrap().iter();
    let mut tops = tops.filter(|place| place["path"] == "women/tops");
    assert_eq!(tops.next().unwrap()["label"], "Tops");

    let views = views_as_the_log_says(&system, std::time::Duration::from_secs(30)).await;
    assert!(views.keys().any(|(view, _)| *view == "collection"));
    assert!(views.keys().any(|(view, _)| *view == "category"));
}
