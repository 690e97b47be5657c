//! A live client that wants everything: it comes again whenever its stream ends, and says what it has.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use e2e::Client;
use tokio::time::timeout;

use super::stage::Control;
use crate::{
    observed::{Place, place},
    random::Random,
};

/// What it was told so far.
pub type Told = Arc<Mutex<Vec<Place>>>;

/// How a watcher behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Reads as fast as it can.
    Steady,
    /// Hangs up now and then.
    Fickle,
    /// Dawdles after each event, so that the server must hold back.
    Slow,
    /// Reads nothing for some seconds, again and again, on the same connection.
    Stalling,
}

/// How many events a stalling client reads between two stalls, about.
const STRIDE: u64 = 600;

/// Watches from the beginning of the log, for ever: abort the task to end it.
/// No client stalls any more once there is enough.
pub async fn watch(
    client: Client,
    epoch: String,
    (told, enough): (Told, Control),
    manner: Manner,
    mut random: Random,
) {
    let (mut last, mut first) = (format!("{epoch}-0"), true);
    loop {
        if let Ok(mut stream) = client.events("/v1/events/stream", Some(&last)).await {
            let patience = if manner == Manner::Fickle {
                random.between_ms(200, 4_000)
            } else {
                Duration::from_hours(1)
            };
            let reading = async {
                while let Ok(Some(event)) = stream.next().await {
                    let Some(id) = event.id else { continue };
                    if let Some(place) = place(&id) {
                        told.lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .push(place);
                    }
                    last = id;
                    match manner {
                        Manner::Slow => tokio::time::sleep(Duration::from_millis(2)).await,
                        Manner::Stalling
                            if !enough.is_over() && (first || random.below(STRIDE) == 0) =>
                        {
                            first = false;
                            tokio::time::sleep(random.between_ms(3_000, 7_000)).await;
                        }
                        Manner::Steady | Manner::Fickle | Manner::Stalling => {}
                    }
                }
            };
            // Hanging up between two events: what was noted is what was told.
            let _ = timeout(patience, reading).await;
        }
        tokio::time::sleep(random.between_ms(20, 120)).await;
    }
}
