//! A garment on its way to shoppers: planned, published when its time has come (also after a crash), found by search, reduced.
#![expect(clippy::unwrap_used, reason = "a test may fail in its helpers too")]

use e2e::{Client, Options, System, garment, photo};
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
