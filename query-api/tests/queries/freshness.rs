//! What is remembered between reads is never older than what an answer says of itself.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::http::StatusCode;
use domain::{
    catalog::garment::{ChangePrice, Garment},
    media::picture::Purpose,
    shared::{Currency, Money},
};
use projector::ProjectorOptions;
use query_api::{GarmentDocument, QueryApiOptions, SearchPage};
use sqlx::{Connection, PgConnection};
use testkit::{Postgres, eventually};
use uuid::Uuid;

use crate::{pictures::shown, support::System};

const ONE: Uuid = Uuid::from_u128(1);

fn euros(minor: u32) -> ChangePrice {
    let currency = Currency::EUR;
    ChangePrice {
        price: Money { minor, currency },
    }
}

/// The garment, and up to where the answer says that it is true.
async fn read(system: &System, headers: &[(&str, &str)]) -> (GarmentDocument, u64) {
    let (status, told, body) = system.get(&format!("/v1/garments/{ONE}"), headers).await;
    assert_eq!(status, StatusCode::OK);
    let position = told["drape-position"].to_str().unwrap();
    let sequence = position.rsplit('-').next().unwrap().parse().unwrap();
    (serde_json::from_slice(&body).unwrap(), sequence)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_as_new_as_it_says_while_others_write() {
    let system = System::start().await;
    system.publish(ONE).await;
    let at = system.draft(Uuid::from_u128(2)).await.to_string();
    read(&system, &[("drape-min-position", &at)]).await;
    // Where each price began.
    let prices = Mutex::new(BTreeMap::new());
    let written = AtomicBool::new(false);
    let writing = async {
        for minor in 1..=60 {
            let at = system
                .execute::<Garment>(ONE, &minor.to_string(), euros(minor))
                .await;
            prices.lock().unwrap().insert(at.sequence, minor);
            let at = at.to_string();
            let (garment, _) = read(&system, &[("drape-min-position", &at)]).await;
            assert_eq!(garment.price.minor, minor);
            if minor % 10 == 0 {
                let min = [("drape-min-position", at.as_str())];
                let page: SearchPage = system.json("/v1/search?q=shirt", &min).await;
                assert_eq!(page.items[0].garment.price.minor, minor);
            }
            // Something else changes too.
            system
                .execute::<Garment>(Uuid::from_u128(2), &minor.to_string(), euros(minor))
                .await;
        }
        written.store(true, Ordering::SeqCst);
    };
    let reading = async {
        let mut answers = 0;
        while !written.load(Ordering::SeqCst) {
            let (garment, sequence) = read(&system, &[]).await;
            let least = {
                let known = prices.lock().unwrap();
                let least = known.range(..=sequence).next_back();
                least.map_or(0, |(_, minor)| *minor)
            };
            assert!(garment.price.minor >= least);
            answers += 1;
            // What is remembered is answered without waiting for anything.
            tokio::task::yield_now().await;
        }
        answers
    };
    let ((), one, other) = tokio::join!(writing, reading, async {
        let mut last = 0;
        while !written.load(Ordering::SeqCst) {
            let (garment, _) = read(&system, &[]).await;
            assert!(garment.version >= last, "time runs one way");
            last = garment.version;
            tokio::task::yield_now().await;
        }
        last
    });
    assert!(one > 60 && other > 3, "{one} {other}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_remembered_garment_shows_its_picture_as_soon_as_there_is_one() {
    let system = System::start().await;
    system.publish(ONE).await;
    for _ in 0..3 {
        let at = system.log.last_sequence().await.unwrap();
        let at = system.log.position(at).to_string();
        let (garment, _) = read(&system, &[("drape-min-position", &at)]).await;
        assert!(garment.picture.unwrap().display.is_none());
    }
    shown(
        &system,
        Uuid::from_u128(7),
        Purpose::Catalogue,
        b"a picture",
    )
    .await;
    eventually("the picture to be shown", || async {
        let page: SearchPage = system.json("/v1/search", &[]).await;
        let (garment, _) = read(&system, &[]).await;
        let links = [
            garment.picture?,
            page.items.into_iter().next()?.garment.picture?,
        ];
        let displays = links.into_iter().map(|link| link.display);
        displays.collect::<Option<Vec<_>>>()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_changed_beside_the_log_is_seen() {
    let postgres = Postgres::shared().await.unwrap();
    let url = postgres.fresh_database().await.unwrap();
    let readers = query_api::read_pool(&url, 8).unwrap();
    let options = (ProjectorOptions::default(), QueryApiOptions::default());
    let system = System::start_on((postgres, &url), readers, options.0, options.1).await;
    let at = system.publish(ONE).await.to_string();
    let mut writer = PgConnection::connect(&url).await.unwrap();
    for _ in 0..3 {
        let (garment, _) = read(&system, &[("drape-min-position", &at)]).await;
        assert_eq!(garment.version, 3);
    }
    // As a retry of something parked does it, in one transaction.
    sqlx::raw_sql(
        "BEGIN;
         UPDATE drape.garment_page SET document = REPLACE(document, '\"version\":3', '\"version\":9');
         UPDATE drape.checkpoint SET revision = revision + 1 WHERE view = 'garment_page';
         SELECT pg_notify('drape_checkpoint', view || ' ' || sequence) FROM drape.checkpoint WHERE view = 'garment_page';
         COMMIT;",
    )
    .execute(&mut writer)
    .await
    .unwrap();
    eventually("the change to be seen", || async {
        let (garment, _) = read(&system, &[]).await;
        (garment.version == 9).then_some(())
    })
    .await;
}
