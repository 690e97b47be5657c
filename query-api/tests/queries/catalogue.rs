//! The published catalogue, drafts, and reads that name a write.

use std::time::Duration;

use axum::http::StatusCode;
use domain::{
    catalog::garment::{ChangePrice, Garment},
    shared::{Currency, Money},
};
use projector::ProjectorOptions;
use query_api::{CardPage, GarmentDocument, QueryApiOptions};
use uuid::Uuid;

use crate::{code, support::System};

#[tokio::test(flavor = "multi_thread")]
async fn pages_hold_every_garment_once_while_others_are_added() {
    let system = System::start().await;
    let mut at = String::new();
    for number in 1..=7 {
        at = system.publish(Uuid::from_u128(number)).await.to_string();
    }
    let mut seen = Vec::new();
    let mut path = "/v1/garments?limit=3".to_owned();
    let mut added = 100;
    loop {
        let min = [("drape-min-position", at.as_str())];
        let page: CardPage = system.json(&path, &min).await;
        seen.extend(page.items.iter().map(|card| card.id.as_u128()));
        added += 1;
        at = system.publish(Uuid::from_u128(added)).await.to_string();
        match page.next_cursor {
            Some(cursor) => path = format!("/v1/garments?limit=3&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, [7, 6, 5, 4, 3, 2, 1]);
    let none: CardPage = system.json("/v1/garments?category=dresses", &[]).await;
    assert!(none.items.is_empty());
    for wrong in [
        "limit=0",
        "limit=101",
        "cursor=x",
        "category=hats",
        "status=x",
    ] {
        let (status, _, _) = system.get(&format!("/v1/garments?{wrong}"), &[]).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_are_for_merchandisers() {
    let system = System::start().await;
    let id = Uuid::from_u128(1);
    let at = system.draft(id).await.to_string();
    let min = ("drape-min-position", at.as_str());
    let path = format!("/v1/garments/{id}");
    let (status, _, body) = system.get(&path, &[min]).await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::NOT_FOUND, "garment-not-found".to_owned())
    );
    let mo = ("authorization", "Bearer mo");
    let garment: GarmentDocument = system.json(&path, &[min, mo]).await;
    assert_eq!((garment.status.as_str(), garment.version), ("draft", 1));
    let drafts: CardPage = system.json("/v1/garments?status=draft", &[min, mo]).await;
    assert_eq!(drafts.items.len(), 1);
    let (status, _, _) = system.get("/v1/garments?status=all", &[]).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let anna = ("authorization", "Bearer anna");
    let (status, _, _) = system.get("/v1/garments?status=all", &[anna]).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_sees_the_write_that_it_names() {
    let slow = ProjectorOptions {
        delay_per_batch: Some(Duration::from_millis(300)),
        ..ProjectorOptions::default()
    };
    let impatient = QueryApiOptions {
        min_position_wait: Duration::from_secs(3),
        ..QueryApiOptions::default()
    };
    let system = System::start_with(slow, impatient).await;
    let id = Uuid::from_u128(1);
    system.publish(id).await;
    for minor in [1, 2, 3] {
        let price = Money {
            minor,
            currency: Currency::EUR,
        };
        let at = system
            .execute::<Garment>(id, &minor.to_string(), ChangePrice { price })
            .await
            .to_string();
        let min = [("drape-min-position", at.as_str())];
        let garment: GarmentDocument = system.json(&format!("/v1/garments/{id}"), &min).await;
        assert_eq!(garment.price.minor, minor);
    }
    let last = system.log.last_sequence().await.unwrap();
    let beyond = format!("{}-{}", system.log.epoch(), last + 1);
    let (status, headers, body) = system
        .get("/v1/garments", &[("drape-min-position", &beyond)])
        .await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::SERVICE_UNAVAILABLE, "view-behind".to_owned())
    );
    assert!(headers.contains_key("retry-after"));
    let (status, _, body) = system
        .get("/v1/garments", &[("drape-min-position", "other-1")])
        .await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::CONFLICT, "epoch-changed".to_owned())
    );
}
