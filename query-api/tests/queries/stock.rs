//! Whether a garment can be had: words for shoppers, numbers for keepers.

use std::num::NonZeroI32;

use axum::http::StatusCode;
use domain::{
    catalog::stock::{AdjustStock, CountStock, SetLowStockLevel, Stock},
    shared::Size,
};
use query_api::{Availability, StockDocument};
use uuid::Uuid;

use crate::{code, support::System};

const MO: (&str, &str) = ("authorization", "Bearer mo");
const ANNA: (&str, &str) = ("authorization", "Bearer anna");

async fn count(system: &System, id: Uuid, size: &str, count: u32) -> String {
    let command = CountStock {
        size: Size::parse(size).unwrap(),
        count,
        reason: None,
    };
    let key = format!("{size}-{count}");
    let at = system.execute::<Stock>(id, &key, command).await;
    at.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn shoppers_are_told_words_and_keepers_numbers() {
    let system = System::start().await;
    let id = Uuid::from_u128(1);
    let path = format!("/v1/garments/{id}/stock");
    let at = system.publish(id).await.to_string();
    let nothing: StockDocument = system.json(&path, &[("drape-min-position", &at), MO]).await;
    assert!(nothing.sizes.is_empty());
    assert_eq!((nothing.total, nothing.version), (Some(0), Some(0)));
    for (size, number) in [("S", 0), ("M", 3), ("W32/L34", 4)] {
        count(&system, id, size, number).await;
    }
    let sold = AdjustStock {
        size: Size::parse("M").unwrap(),
        by: NonZeroI32::new(-1).unwrap(),
        reason: None,
    };
    let at = system.execute::<Stock>(id, "sold", sold).await.to_string();
    let min = ("drape-min-position", at.as_str());

    let told: StockDocument = system.json(&path, &[min, MO]).await;
    let counts: Vec<_> = told
        .sizes
        .iter()
        .map(|of| (of.size.as_str(), of.count))
        .collect();
    let wanted = [("S", Some(0)), ("M", Some(2)), ("W32/L34", Some(4))];
    assert_eq!(counts, wanted);
    // Three counts, a sale, and that it left few.
    assert_eq!((told.total, told.version), (Some(6), Some(5)));

    for caller in [&[min][..], &[min, ANNA]] {
        let (status, headers, body) = system.get(&path, caller).await;
        assert_eq!(status, StatusCode::OK);
        assert!(headers.contains_key("drape-position"));
        let text = String::from_utf8(body).unwrap();
        for secret in ["count", "total", "version"] {
            assert!(!text.contains(secret), "{text}");
        }
        let told: StockDocument = serde_json::from_str(&text).unwrap();
        let available: Vec<_> = told.sizes.iter().map(|of| of.available).collect();
        let wanted = [Availability::None, Availability::Low, Availability::Plenty];
        assert_eq!(available, wanted);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stock_of_a_draft_is_for_keepers() {
    let system = System::start().await;
    let id = Uuid::from_u128(1);
    system.draft(id).await;
    let at = count(&system, id, "M", 1).await;
    let min = ("drape-min-position", at.as_str());
    let path = format!("/v1/garments/{id}/stock");
    for caller in [&[min][..], &[min, ANNA]] {
        let (status, _, body) = system.get(&path, caller).await;
        assert_eq!(
            (status, code(&body)),
            (StatusCode::NOT_FOUND, "garment-not-found".to_owned())
        );
    }
    let (status, headers, _) = system.get(&path, &[min, MO]).await;
    assert_eq!(status, StatusCode::OK);
    let etag = headers["etag"].to_str().unwrap();
    assert!(etag.starts_with("\"1-"), "{etag}");
    let (status, _, body) = system.get(&path, &[min, MO, ("if-none-match", etag)]).await;
    assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0));
    // Stock of what is no garment shows nothing.
    let nobody = Uuid::from_u128(9);
    let at = count(&system, nobody, "M", 1).await;
    let path = format!("/v1/garments/{nobody}/stock");
    let (status, _, _) = system.get(&path, &[("drape-min-position", &at), MO]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_keepers_hear_of_stock() {
    let system = System::start().await;
    let id = Uuid::from_u128(1);
    let path = "/v1/events/stream?topics=catalogue";
    let mut hers = system.stream(path, &[ANNA]).await;
    let mut theirs = system.stream(path, &[MO]).await;
    system.publish(id).await;
    let counted = count(&system, id, "M", 7).await;
    let other = Uuid::from_u128(2);
    let published = system.publish(other).await.to_string();
    let mut told = Vec::new();
    loop {
        let message = theirs.next().await.unwrap();
        told.push(message.json()["type"].as_str().unwrap().to_owned());
        if message.id == published {
            break;
        }
        if message.id == counted {
            let shown: StockDocument = system
                .json(&format!("/v1/garments/{id}/stock"), &[MO])
                .await;
            assert_eq!(shown.total, Some(7));
        }
    }
    assert!(told.iter().any(|name| name == "StockCounted"), "{told:?}");
    for published_one in [id, other] {
        let message = hers.next().await.unwrap().json();
        assert_eq!(message["type"], "GarmentPublished");
        assert_eq!(message["aggregate_id"], published_one.to_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn few_are_as_many_as_was_said_of_the_garment_and_keepers_hear_when_a_size_runs_low() {
    let system = System::start().await;
    let id = Uuid::from_u128(1);
    let path = format!("/v1/garments/{id}/stock");
    let stream = "/v1/events/stream?topics=catalogue";
    system.publish(id).await;
    let mut theirs = system.stream(stream, &[MO]).await;
    let level = SetLowStockLevel { level: Some(10) };
    system.execute::<Stock>(id, "level", level).await;
    count(&system, id, "M", 12).await;
    let at = count(&system, id, "M", 10).await;
    let min = ("drape-min-position", at.as_str());
    let told: StockDocument = system.json(&path, &[min, MO]).await;
    assert_eq!(told.low_level, Some(10));
    let shown: StockDocument = system.json(&path, &[min]).await;
    assert_eq!(shown.sizes[0].available, Availability::Low);
    assert_eq!(shown.low_level, None);
    loop {
        let message = theirs.next().await.unwrap().json();
        if message["type"] == "StockRanLow" {
            let data = &message["data"];
            assert_eq!((&data["size"], &data["count"]), (&"M".into(), &10.into()));
            break;
        }
    }
}
