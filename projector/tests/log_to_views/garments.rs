//! Garments, as commands, as raw messages, and as a fold of the log says they should be.

use std::collections::BTreeMap;

use domain::{
    catalog::garment::{
        AddGarment, AttachPicture, ChangePrice, Garment, GarmentCommand, GarmentDetails,
        PublishGarment,
    },
    shared::{Currency, GarmentId, Money, PictureId},
};
use jetstream_es::{CommandContext, Commit, Executor, SubjectFilter};
use projector::views::Page;
use serde_json::json;
use sqlx::PgPool;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use crate::support::System;

pub(crate) fn price(minor: u32) -> Money {
    Money {
        minor,
        currency: Currency::EUR,
    }
}

/// Adds garments, publishes every other one; answers the last sequence.
pub(crate) async fn garments(system: &System, from: u128, count: u128) -> u64 {
    let executor = Executor::<Garment>::new(system.log.clone(), ());
    let mut last = 0;
    for number in from..from + count {
        let id = Uuid::from_u128(number).to_string();
        let mut commands = vec![
            AddGarment {
                details: GarmentDetails::sample(),
                price: price(100),
            }
            .into(),
            ChangePrice { price: price(200) }.into(),
        ];
        if number % 2 == 0 {
            let picture = PictureId::new(Uuid::from_u128(7));
            commands.push(AttachPicture { picture }.into());
            commands.push(PublishGarment {}.into());
        }
        for (step, command) in commands.into_iter().enumerate() {
            let context = CommandContext::new(format!("{number}-{step}"));
            let outcome = executor.execute(&id, command, context).await.unwrap();
            last = outcome.position.unwrap().sequence;
        }
    }
    last
}

/// One more command about a garment; answers its sequence.
pub(crate) async fn command(
    system: &System,
    number: u128,
    key: &str,
    command: impl Into<GarmentCommand>,
) -> u64 {
    let executor = Executor::<Garment>::new(system.log.clone(), ());
    let id = Uuid::from_u128(number).to_string();
    let context = CommandContext::new(format!("{number}-{key}"));
    let outcome = executor.execute(&id, command.into(), context).await;
    outcome.unwrap().position.unwrap().sequence
}

/// A message that no command of ours wrote; answers its sequence.
pub(crate) async fn raw(
    system: &System,
    number: u128,
    from_version: u64,
    event: serde_json::Value,
) -> u64 {
    let subject = format!("drape.events.catalog.garment.{}", Uuid::from_u128(number));
    let event = json!({ "type": event["type"], "version": "1", "data": event });
    let body = json!({ "v": 1, "from_version": from_version, "events": [event] });
    let context = async_nats::jetstream::new(system.nats.client().await.unwrap());
    let stored = context.publish(subject, body.to_string().into()).await;
    stored.unwrap().await.unwrap().sequence
}

/// A price as a raw event.
pub(crate) fn price_changed(minor: u32) -> serde_json::Value {
    json!({ "type": "PriceChanged", "price": { "minor": minor, "currency": "EUR" } })
}

/// What the log says the pages should be, up to a sequence, where nobody looked at any.
pub(crate) async fn folded_to(system: &System, upto: u64) -> Vec<String> {
    let filter = SubjectFilter::aggregate_type("catalog.garment");
    let page = system.log.read(0, &filter, 10_000).await.unwrap();
    let mut pages = BTreeMap::<Uuid, Option<Page>>::new();
    let until = |commit: &Commit| commit.position.sequence <= upto;
    for commit in page.commits.into_iter().filter(until) {
        let id: Uuid = commit.aggregate_id.parse().unwrap();
        let at = commit.time.format(&Rfc3339).unwrap();
        let folded = pages.entry(id).or_default();
        for event in commit.decode::<Garment>().unwrap() {
            *folded = Page::evolve(folded.take(), GarmentId::new(id), event, &at);
        }
    }
    let shown = |page: Option<Page>| {
        let mut page = page.unwrap();
        page.judge(None);
        serde_json::to_string(&page).unwrap()
    };
    pages.into_values().map(shown).collect()
}

/// What the log says the pages should be now.
pub(crate) async fn folded(system: &System) -> Vec<String> {
    folded_to(system, u64::MAX).await
}

/// What the view holds.
pub(crate) async fn rows(system: &System) -> Vec<String> {
    rows_of(&system.pool).await
}

pub(crate) async fn rows_of(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar("SELECT document FROM drape.garment_page ORDER BY id")
        .fetch_all(pool)
        .await
        .unwrap()
}
