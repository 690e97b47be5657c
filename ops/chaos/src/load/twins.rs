//! A client that is sent twice: each command goes to two gateways at the same moment, under the same key.

use e2e::{Client, garment};
use reqwest::Method;
use serde_json::json;

use super::stage::{Request, Stage};
use crate::random::Random;

/// What came of the pairs.
#[derive(Debug, Default)]
pub struct Pairs {
    /// Both were answered.
    pub answered: usize,
    /// Both were told of another thing.
    pub differing: Vec<String>,
}

/// Sends so many commands, each to both.
pub async fn write_twice(
    stage: Stage,
    (one, other): (Client, Client),
    commands: usize,
    mut random: Random,
) -> Pairs {
    let mut pairs = Pairs::default();
    let mut garments: Vec<String> = vec![];
    for number in 0..commands {
        let name = format!("twin-{number}");
        let changed = random
            .choose(&garments)
            .filter(|_| number % 2 == 1)
            .cloned();
        let (method, path, body) = if let Some(id) = &changed {
            let price = json!({ "minor": 100 + number, "currency": "EUR" });
            let path = format!("/v1/garments/{id}/price");
            (Method::PUT, path, json!({ "price": price }))
        } else {
            let body = garment(&name, "tops");
            (Method::POST, "/v1/garments".to_owned(), body)
        };
        let request = Request {
            kind: if changed.is_some() { "price" } else { "add" },
            method,
            path: &path,
            key: &name,
            operation: &name,
            body: &body,
            about: changed.clone(),
        };
        let (first, second) = tokio::join!(
            stage.carry_out(&one, &request),
            stage.carry_out(&other, &request)
        );
        let (Some(first), Some(second)) = (first, second) else {
            pairs
                .differing
                .push(format!("one of both {name} was refused"));
            continue;
        };
        pairs.answered += 1;
        if first.body["id"] != second.body["id"] {
            let said = format!("{name} is {} and {}", first.body["id"], second.body["id"]);
            pairs.differing.push(said);
        }
        if changed.is_none() {
            garments.extend(first.id());
        }
    }
    pairs
}
