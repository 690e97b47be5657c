//! Garments as they were: their history, an earlier moment, an earlier address.

use axum::http::StatusCode;
use domain::{
    catalog::garment::{ChangePrice, Garment, GarmentDetails, ReviseGarment},
    shared::{Currency, GarmentName, Money, Slug},
};
use query_api::{GarmentDocument, VersionPage};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::System;

const MO: (&str, &str) = ("authorization", "Bearer mo");

async fn sell(system: &System, id: Uuid, minor: u32) -> String {
    let price = Money {
        minor,
        currency: Currency::EUR,
    };
    let change = ChangePrice { price };
    let key = format!("sell-{minor}");
    let at = system.execute::<Garment>(id, &key, change).await;
    at.to_string()
}

async fn call(system: &System, id: Uuid, name: &str, slug: &str) -> String {
    let details = GarmentDetails {
        name: GarmentName::parse(name).unwrap(),
        slug: Slug::parse(slug).unwrap(),
        ..GarmentDetails::sample()
    };
    let revise = ReviseGarment { details };
    let key = format!("call-{slug}");
    let at = system.execute::<Garment>(id, &key, revise).await;
    at.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_of_a_garment_says_who_changed_what() {
    let system = System::start().await;
    let id = Uuid::from_u128(1);
    system.publish(id).await;
    let at = sell(&system, id, 1).await;
    let path = format!("/v1/garments/{id}/history");
    let min = ("drape-min-position", at.as_str());
    let page: VersionPage = system.json(&path, &[min, MO]).await;
    let found: Vec<_> = page
        .items
        .iter()
        .map(|of| (of.version, of.events.join(",")))
        .collect();
    let wanted = [
        "PriceChanged",
        "GarmentPublished",
        "PictureAttached",
        "GarmentAdded",
    ];
    let wanted: Vec<_> = [4, 3, 2, 1]
        .into_iter()
        .zip(wanted.map(str::to_owned))
        .collect();
    assert_eq!(found, wanted);
    assert_eq!(page.items[0].position, at);
    let price = serde_json::to_value(&page.items[0].changes).unwrap();
    let change = json!([{ "pointer": "/price/minor", "before": 4_990, "after": 1 }]);
    assert_eq!(price, change);
    let first = &page.items[3].changes;
    let name = first.iter().find(|change| change.pointer == "/name");
    assert_eq!(name.unwrap().before, Value::Null);

    let newest: VersionPage = system.json(&format!("{path}?limit=3"), &[min, MO]).await;
    let cursor = newest.next_cursor.unwrap();
    let rest = format!("{path}?limit=3&cursor={cursor}");
    let rest: VersionPage = system.json(&rest, &[min, MO]).await;
    let versions: Vec<_> = rest.items.iter().map(|of| of.version).collect();
    assert_eq!((versions, rest.next_cursor), (vec![1], None));

    let nobody = format!("/v1/garments/{}/history", Uuid::from_u128(9));
    let (status, _, _) = system.get(&nobody, &[MO]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let anna = ("authorization", "Bearer anna");
    let (status, _, _) = system.get(&path, &[anna]).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, _, _) = system.get(&format!("{path}?limit=0"), &[MO]).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_garment_is_shown_as_it_stood_then() {
    let system = System::start().await;
    let id = Uuid::from_u128(1);
    let added = system.draft(id).await;
    let published = system.publish(Uuid::from_u128(2)).await;
    let mut at = vec![];
    for minor in [1, 2, 3] {
        at.push(sell(&system, Uuid::from_u128(2), minor).await);
    }
    let path = format!("/v1/garments/{}", Uuid::from_u128(2));
    for (position, minor) in at.iter().zip([1, 2, 3]) {
        let then: GarmentDocument = system.json(&format!("{path}?at={position}"), &[]).await;
        assert_eq!(
            (then.price.minor, then.version),
            (minor, 3 + u64::from(minor))
        );
    }
    let then: GarmentDocument = system.json(&format!("{path}?at={published}"), &[]).await;
    assert_eq!(then.version, 3);
    // Shoppers do not see what was before they could.
    let draft = format!("{path}?at={added}");
    let (status, _, _) = system.get(&draft, &[]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _, _) = system
        .get(&format!("/v1/garments/{id}?at={added}"), &[])
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let then: GarmentDocument = system
        .json(&format!("/v1/garments/{id}?at={added}"), &[MO])
        .await;
    assert_eq!(then.version, 1);

    let (_, _, body) = system.get(&format!("{path}/history"), &[MO]).await;
    let history: VersionPage = serde_json::from_slice(&body).unwrap();
    let time = history.items[1].at.replace('+', "%2B");
    let then: GarmentDocument = system.json(&format!("{path}?at={time}"), &[]).await;
    assert_eq!(then.price.minor, 2);
    let long_ago = format!("{path}?at=2020-01-01T00:00:00%2B02:00");
    let (status, _, _) = system.get(&long_ago, &[]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    for (wrong, status) in [
        ("yesterday", 400),
        ("00000000-3", 409),
        ("-9999-01-01T00:00:00Z", 400),
    ] {
        let (found, _, _) = system.get(&format!("{path}?at={wrong}"), &[]).await;
        assert_eq!(found.as_u16(), status, "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_garment_that_is_as_it_was_is_not_sent_again() {
    let system = System::start().await;
    let id = Uuid::from_u128(1);
    system.publish(id).await;
    let at = sell(&system, id, 1).await;
    let path = format!("/v1/garments/{id}");
    let min = ("drape-min-position", at.as_str());
    let (status, headers, _) = system.get(&path, &[min]).await;
    let etag = headers["etag"].to_str().unwrap().to_owned();
    assert_eq!(status, StatusCode::OK);
    assert!(etag.starts_with("\"4-"), "{etag}");
    let known = ("if-none-match", etag.as_str());
    let (status, headers, body) = system.get(&path, &[min, known]).await;
    assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!(headers["etag"], etag);
    let at = sell(&system, id, 2).await;
    let min = ("drape-min-position", at.as_str());
    let (status, _, _) = system.get(&path, &[min, known]).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_slug_leads_to_the_one_of_today() {
    let system = System::start().await;
    let id = Uuid::from_u128(1);
    system.publish(id).await;
    call(&system, id, "Linen shirt 2", "linen-shirt-2").await;
    let at = call(&system, id, "Shirt of linen", "shirt-of-linen").await;
    let min = ("drape-min-position", at.as_str());
    let by_slug = |slug: &str| format!("/v1/garment-slugs/{slug}");
    let shown: GarmentDocument = system.json(&by_slug("shirt-of-linen"), &[min]).await;
    assert_eq!(shown.id, id);
    for old in ["linen-shirt", "linen-shirt-2"] {
        let (status, headers, _) = system.get(&by_slug(old), &[min]).await;
        assert_eq!(status, StatusCode::PERMANENT_REDIRECT);
        assert_eq!(headers["location"], by_slug("shirt-of-linen"));
    }
    // Another garment takes the slug over: today's holder comes first.
    let other = Uuid::from_u128(2);
    let at = system.publish(other).await.to_string();
    let min = ("drape-min-position", at.as_str());
    let shown: GarmentDocument = system.json(&by_slug("linen-shirt"), &[min]).await;
    assert_eq!(shown.id, other);
    let (status, _, _) = system.get(&by_slug("nothing-like-it"), &[min]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _, _) = system.get(&by_slug("No-Slug"), &[min]).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    // A draft's address is for merchandisers.
    let draft = Uuid::from_u128(3);
    system.draft(draft).await;
    let at = call(&system, draft, "Draft", "a-draft").await;
    let min = ("drape-min-position", at.as_str());
    let (status, _, _) = system.get(&by_slug("a-draft"), &[min]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let shown: GarmentDocument = system.json(&by_slug("a-draft"), &[min, MO]).await;
    assert_eq!(shown.id, draft);
}
