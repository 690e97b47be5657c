//! A shopper who asks for one try-on after the other.

use std::time::Duration;

use e2e::Client;
use reqwest::Method;
use serde_json::json;

use super::stage::{Control, Request, Stage};

/// How often a shopper looks.
const LOOK: Duration = Duration::from_millis(200);
/// How many results a shopper waits for at once: who gets none does not ask for ever more.
const OPEN: usize = 2;

/// Asks for try-ons of one garment on one person until told to stop, one every few seconds at most.
pub async fn request_try_ons(
    stage: Stage,
    control: Control,
    client: Client,
    (person, garment): (String, String),
    (prefix, every): (&str, Duration),
) {
    let body = json!({ "person": person, "garment": garment });
    let mut open: Vec<String> = vec![];
    for number in 1.. {
        while open.len() >= OPEN && !control.is_over() {
            tokio::time::sleep(LOOK).await;
            open = still_open(&client, open).await;
        }
        if control.is_over() {
            return;
        }
        let name = format!("{prefix}t-{number}");
        let request = Request {
            kind: "try-on",
            method: Method::POST,
            path: "/v1/try-ons",
            key: &name,
            operation: &name,
            body: &body,
            about: None,
        };
        let asked = stage.carry_out(&client, &request).await;
        open.extend(asked.and_then(|answer| answer.location));
        tokio::time::sleep(every).await;
    }
}

/// Those of which it is not known that they have ended.
async fn still_open(client: &Client, open: Vec<String>) -> Vec<String> {
    let mut still = vec![];
    for location in open {
        let shown = client.get(&location).await;
        let ended = shown.is_ok_and(|shown| !shown.body["ended_at"].is_null());
        if !ended {
            still.push(location);
        }
    }
    still
}
