//! Writers over HTTP: each adds garments under keys of its own and repeats until it is acknowledged.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::place::TOKEN;

/// What was acknowledged.
#[derive(Debug, Default)]
pub(super) struct Written {
    ids: Mutex<Vec<String>>,
    answers_lost: AtomicU64,
    enough: AtomicBool,
}

impl Written {
    pub(super) fn count(&self) -> u64 {
        self.ids
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len() as u64
    }

    pub(super) fn ids(&self) -> Vec<String> {
        self.ids
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn answers_lost(&self) -> u64 {
        self.answers_lost.load(Ordering::Relaxed)
    }

    /// Begin nothing new.
    pub(super) fn stop(&self) {
        self.enough.store(true, Ordering::Relaxed);
    }
}

pub(super) fn start(
    http: &str,
    count: u16,
    written: &Arc<Written>,
) -> anyhow::Result<Vec<JoinHandle<()>>> {
    let client = reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(5))
        .timeout(Duration::from_secs(20))
        .build()?;
    let writer = |writer| {
        let (client, http, written) = (client.clone(), http.to_owned(), Arc::clone(written));
        tokio::spawn(async move {
            for number in 0_u64.. {
                if written.enough.load(Ordering::Relaxed) {
                    return;
                }
                if let Some(id) =
                    add(&client, &http, &format!("h{writer}-{number}"), &written).await
                {
                    written
                        .ids
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(id);
                }
            }
        })
    };
    Ok((0..count).map(writer).collect())
}

/// Adds one garment; none if it was never acknowledged within two minutes.
async fn add(
    client: &reqwest::Client,
    http: &str,
    name: &str,
    written: &Written,
) -> Option<String> {
    let body = json!({
        "name": name, "slug": name, "category": "tops", "colour": { "name": "Sand", "hex": "#d8c9a8" },
        "sizes": ["S"], "description": "Made by drape doctor hunt.",
        "price": { "minor": 100, "currency": "EUR" },
    });
    let deadline = tokio::time::Instant::now() + Duration::from_mins(2);
    while tokio::time::Instant::now() < deadline {
        let sent = client
            .post(format!("{http}/v1/garments"))
            .bearer_auth(TOKEN)
            .header("idempotency-key", name)
            .json(&body)
            .send();
        if let Ok(answer) = sent.await
            && answer.status().is_success()
            && let Ok(answer) = answer.json::<Value>().await
            && let Some(id) = answer["id"].as_str()
        {
            return Some(id.to_owned());
        }
        written.answers_lost.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    None
}
