//! Where does a try-on stand that waits for a worker?

use std::time::Duration;

use axum::response::sse::Event;
use http_kit::Problem;
use serde::{Deserialize, Serialize};
use tokio::time::{Interval, MissedTickBehavior};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{QueryApi, database::in_time};

/// How often a stream looks whether its try-on has moved up.
const LOOK: Duration = Duration::from_secs(1);

/// Where a try-on stands that waits for a worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QueueDocument {
    /// 1 for the next one; behind a thousand others nobody counts further.
    #[schema(minimum = 1, maximum = 1_001)]
    pub position: u64,
    /// Until it has ended, from what the latest fifty took, as if one worker did all; null before there are any.
    #[schema(required, minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub estimated_seconds: Option<u64>,
}

/// Where a try-on stands: the data of a message named `queued`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct QueuedMessage {
    /// The try-on.
    pub session: Uuid,
    /// Where it stands.
    #[serde(flatten)]
    pub queue: QueueDocument,
}

impl QueryApi {
    /// Where this try-on stands; none, unless it waits.
    pub(super) async fn place_in_queue(&self, id: Uuid) -> Result<Option<QueueDocument>, Problem> {
        let row = sqlx::query!(
            "SELECT
                 (SELECT COUNT(*) FROM (
                     SELECT FROM drape.tryon_status AS earlier
                     WHERE earlier.status = 'requested'
                         AND (earlier.requested_at, earlier.id) < (this.requested_at, this.id)
                     LIMIT 1000) AS counted) AS \"earlier!\",
                 (SELECT PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY latest.duration_ms) FROM (
                     SELECT duration_ms FROM drape.tryon_status
                     WHERE duration_ms IS NOT NULL
                     ORDER BY ended_at DESC LIMIT 50) AS latest) AS usual_ms
             FROM drape.tryon_status AS this
             WHERE this.id = $1 AND this.status = 'requested'",
            id
        );
        let fetching = row.fetch_optional(&self.inner.pool);
        let row = in_time(self.inner.options.database_timeout, fetching).await?;
        Ok(row.map(|row| {
            let position = u64::try_from(row.earlier).unwrap_or(0) + 1;
            let usual_ms = row.usual_ms.and_then(|ms| u64::try_from(ms).ok());
            QueueDocument {
                position,
                estimated_seconds: usual_ms.map(|ms| estimated_seconds(position, ms)),
            }
        }))
    }
}

/// Whole seconds, and one at least: less is not worth a number.
fn estimated_seconds(position: u64, usual_ms: u64) -> u64 {
    usual_ms.saturating_mul(position).div_ceil(1_000).max(1)
}

/// Tells a stream where its try-on stands, for as long as it waits.
pub(super) struct Waiting {
    api: QueryApi,
    id: Uuid,
    /// None: it does not wait any more.
    ticks: Option<Interval>,
    told: Option<u64>,
}

impl Waiting {
    /// Looks as long as the try-on waits, which it does not where `waits` is false.
    pub(super) fn new(api: QueryApi, id: Uuid, waits: bool) -> Self {
        let ticks = waits.then(|| {
            let mut ticks = tokio::time::interval(LOOK);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks
        });
        Self {
            api,
            id,
            ticks,
            told: None,
        }
    }

    /// The next message: at once, then when it has moved. Never, once it does not wait. It is a courtesy: what cannot be had is
    /// left out. May be dropped without losing anything but a look.
    pub(super) async fn next(&mut self) -> Event {
        while let Some(ticks) = &mut self.ticks {
            ticks.tick().await;
            match self.api.place_in_queue(self.id).await {
                Ok(Some(queue)) if self.told != Some(queue.position) => {
                    let position = queue.position;
                    let session = self.id;
                    let message = QueuedMessage { session, queue };
                    if let Ok(json) = serde_json::to_string(&message) {
                        self.told = Some(position);
                        return Event::default().event("queued").data(json);
                    }
                }
                Ok(Some(_)) | Err(_) => {}
                Ok(None) => self.ticks = None,
            }
        }
        std::future::pending().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_is_in_whole_seconds() {
        for (position, usual_ms, seconds) in [(1, 3, 1), (1, 1_000, 1), (4, 600, 3)] {
            assert_eq!(estimated_seconds(position, usual_ms), seconds);
        }
    }
}
