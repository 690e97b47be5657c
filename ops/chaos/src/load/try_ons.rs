//! A shopper who asks for one try-on after the other.

use std::time::Duration;

use e2e::Client;
use reqwest::Method;
use serde_json::json;

use super::stage::{Control, Request, Stage};

/// Asks for try-ons of one garment on one person until told to stop, one every few seconds.
pub async fn request_try_ons(
    stage: Stage,
    control: Control,
    client: Client,
    (person, garment): (String, String),
    (prefix, every): (&str, Duration),
) {
    let body = json!({ "person": person, "garment": garment });
    for number in 1.. {
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
        stage.carry_out(&client, &request).await;
        tokio::time::sleep(every).await;
    }
}
