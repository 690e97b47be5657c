//! A merchandiser in a hurry: adds garments, changes what others added, and sometimes asks for what must be refused.

use e2e::{Client, garment};
use reqwest::Method;
use serde_json::json;

use super::stage::{Request, Stage};
use crate::random::Random;

/// Longest pause between two commands of one writer, in milliseconds.
const PAUSE_MS: u64 = 25;
/// Garments of late that writers change: few enough that they get into each other's way.
const CONTENDED: usize = 12;

/// Writes until told to stop. All its commands are named after it.
pub async fn write_garments(stage: Stage, client: Client, writer: String, mut random: Random) {
    let mut number = 0_u64;
    while !stage.control.is_over() {
        number += 1;
        let name = format!("{writer}-{number}");
        match random.below(100) {
            0..50 => add(&stage, &client, &name).await,
            50..88 => price(&stage, &client, &name, &mut random).await,
            88..92 => retire(&stage, &client, &name, &mut random).await,
            92..96 => price_of_nothing(&stage, &client, &name, &mut random).await,
            _ => key_of_another(&stage, &client, &name).await,
        }
        tokio::time::sleep(random.between_ms(0, PAUSE_MS)).await;
    }
}

async fn add(stage: &Stage, client: &Client, name: &str) {
    let body = garment(name, "tops");
    let request = Request {
        kind: "add",
        method: Method::POST,
        path: "/v1/garments",
        key: name,
        operation: name,
        body: &body,
        about: None,
    };
    if let Some(id) = stage
        .carry_out(client, &request)
        .await
        .and_then(|answer| answer.id().ok())
    {
        stage.garments().push(id);
    }
}

async fn price(stage: &Stage, client: &Client, name: &str, random: &mut Random) {
    let recent = {
        let garments = stage.garments();
        let from = garments.len().saturating_sub(CONTENDED);
        random.choose(&garments[from..]).cloned()
    };
    let Some(id) = recent else { return };
    change_price(stage, client, ("price", name), id, random).await;
}

async fn price_of_nothing(stage: &Stage, client: &Client, name: &str, random: &mut Random) {
    let high = u128::from(random.bits());
    let id = uuid::Uuid::from_u128(high << 64 | u128::from(random.bits())).to_string();
    change_price(stage, client, ("price-of-nothing", name), id, random).await;
}

async fn change_price(
    stage: &Stage,
    client: &Client,
    (kind, name): (&str, &str),
    id: String,
    random: &mut Random,
) {
    // From so many that none comes twice: what is the price already would be acknowledged without a commit.
    let minor = 1 + random.below(9_999_999);
    let body = json!({ "price": { "minor": minor, "currency": "EUR" } });
    let path = format!("/v1/garments/{id}/price");
    let request = Request {
        kind,
        method: Method::PUT,
        path: &path,
        key: name,
        operation: name,
        body: &body,
        about: Some(id),
    };
    stage.carry_out(client, &request).await;
}

async fn retire(stage: &Stage, client: &Client, name: &str, random: &mut Random) {
    let taken = {
        let mut garments = stage.garments();
        let count = garments.len() as u64;
        let index = usize::try_from(random.below(count)).unwrap_or(0);
        // Nobody else retires it; prices of writers that still hold it are refused.
        (count > 0).then(|| garments.swap_remove(index))
    };
    let Some(id) = taken else { return };
    let body = json!({});
    let path = format!("/v1/garments/{id}/retire");
    let request = Request {
        kind: "retire",
        method: Method::POST,
        path: &path,
        key: name,
        operation: name,
        body: &body,
        about: Some(id),
    };
    stage.carry_out(client, &request).await;
}

/// The same key for another garment must be refused, and store nothing.
async fn key_of_another(stage: &Stage, client: &Client, name: &str) {
    add(stage, client, name).await;
    let body = garment(&format!("{name}-other"), "bottoms");
    let operation = format!("{name}-again");
    let request = Request {
        kind: "key-of-another",
        method: Method::POST,
        path: "/v1/garments",
        key: name,
        operation: &operation,
        body: &body,
        about: None,
    };
    stage.carry_out(client, &request).await;
}
