//! Stock, a wardrobe and a look through the whole system: somebody tries a garment on, signs in, and shares how it looks.

use std::time::Duration;

use e2e::{Answer, Client, Options, System, views_as_the_log_says};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::eventually;

/// A write that succeeds.
async fn send(client: &Client, method: Method, path: &str, body: Value) -> anyhow::Result<Answer> {
    let key = format!("{method} {path}").replace(' ', "-");
    let answer = client.write(method, path, &key, &body).await?;
    answer.expect(StatusCode::OK)
}

/// A garment of which ten were counted and three sold.
async fn stocked(shop: &Client, garment: &str) -> anyhow::Result<()> {
    let stock = format!("/v1/garments/{garment}/stock");
    let count = json!({ "size": "M", "count": 10 });
    send(shop, Method::PUT, &stock, count).await?;
    let sold = json!({ "size": "M", "by": -3, "reason": "sold" });
    let sold = send(shop, Method::POST, &format!("{stock}/adjustments"), sold).await?;
    let at = sold.position.unwrap_or_default();
    let told = shop.get_at(&stock, &at).await?.expect(StatusCode::OK)?;
    anyhow::ensure!(told.body["total"] == 7, "{told:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_tried_on_before_signing_in_is_shared_afterwards() {
    let options = Options {
        workers: 1,
        ..Options::default()
    };
    let system = System::start(options).await.unwrap();
    let (visitor, person, garment) = system.fitting_room().await.unwrap();
    let shop = system.caller("merchandiser").unwrap();
    stocked(&shop, &garment).await.unwrap();
    let stock = format!("/v1/garments/{garment}/stock");
    let told = visitor.get(&stock).await.unwrap();
    assert_eq!(
        told.body["sizes"],
        json!([{ "size": "M", "available": "plenty" }])
    );

    let accepted = visitor.try_on(&person, &garment).await.unwrap();
    let try_on = accepted.expect(StatusCode::ACCEPTED).unwrap();
    let events = format!("{}/events", try_on.location.as_ref().unwrap());
    let mut events = visitor.events(&events, None).await.unwrap();
    let ends = ["TryOnSucceeded", "TryOnFailed"];
    let seen = events.until_any(&ends).await.unwrap();
    assert_eq!(seen.last().unwrap().event, "TryOnSucceeded");
    let outfit = json!({ "name": "Office", "garments": [garment], "try_on": try_on.id().unwrap() });
    let saved = visitor.post("/v1/wardrobe/outfits", &outfit).await.unwrap();
    let outfit = saved.expect(StatusCode::CREATED).unwrap().id().unwrap();
    let liked = format!("/v1/wardrobe/favourites/{garment}");
    send(&visitor, Method::PUT, &liked, json!({}))
        .await
        .unwrap();

    let signed_in = system.caller("other-shopper").unwrap();
    let token = json!({ "token": "shopper-token" });
    let merged = send(&signed_in, Method::POST, "/v1/wardrobe/merge", token);
    let at = merged.await.unwrap().position.unwrap();
    let theirs = signed_in.get_at("/v1/wardrobe", &at).await.unwrap();
    assert_eq!(theirs.body["favourites"][0]["garment"], garment);
    assert_eq!(theirs.body["outfits"][0]["id"], outfit);
    assert_eq!(theirs.body["outfits"][0]["name"], "Office");

    let share = format!("/v1/wardrobe/outfits/{outfit}/share");
    let shared = send(&signed_in, Method::PUT, &share, json!({ "picture": true }));
    let shared = shared.await.unwrap();
    let link = shared.body["look_url"].as_str().unwrap();
    let anybody = system.anonymous().unwrap();
    let at = shared.position.as_ref().unwrap();
    let picture = eventually("the picture to be processed", || async {
        let look = anybody.get_at(link, at).await.ok()?;
        let look = look.expect(StatusCode::OK).unwrap();
        assert_eq!(look.body["garments"][0]["id"], garment);
        Some(look.body["picture"]["src"].as_str()?.to_owned())
    });
    let (status, media_type, _) = anybody.bytes(&picture.await).await.unwrap();
    assert_eq!(status, StatusCode::OK);
    assert!(media_type.starts_with("image/"), "{media_type}");
    send(&signed_in, Method::DELETE, &share, json!({}))
        .await
        .unwrap();

    views_as_the_log_says(&system, Duration::from_secs(20)).await;
    let gone = anybody.get(link).await.unwrap();
    assert_eq!(gone.body["code"], "look-not-found");
}
