//! How many try-ons somebody has open, from the view.

use std::time::Duration;

use command_api::{Counting, OpenTryOns, TryOnCounter};
use domain::shared::AccountId;
use sqlx::PgPool;
use tracing::warn;

/// A request for a try-on waits no longer for the view.
const LIMIT: Duration = Duration::from_secs(1);

/// Counts in the view of try-ons.
pub(super) struct ViewedTryOns(pub(super) PgPool);

impl TryOnCounter for ViewedTryOns {
    fn open_of(&self, account: AccountId) -> Counting<'_> {
        Box::pin(async move {
            // One statement: what it counts is what the view held at that position.
            let counting = sqlx::query!(
                "SELECT checkpoint.sequence,
                     (SELECT COUNT(*) FROM drape.tryon_status AS try_on
                      WHERE try_on.requested_by = $1 AND try_on.status IN ('requested', 'running')) AS \"count!\"
                 FROM drape.checkpoint AS checkpoint
                 WHERE checkpoint.view = 'tryon_status'",
                account.as_uuid()
            )
            .fetch_optional(&self.0);
            match tokio::time::timeout(LIMIT, counting).await {
                Ok(Ok(row)) => row.map(|row| OpenTryOns {
                    count: u64::try_from(row.count).unwrap_or_default(),
                    seen: u64::try_from(row.sequence).unwrap_or_default(),
                }),
                Ok(Err(error)) => {
                    warn!("open try-ons are not counted: {error}");
                    None
                }
                Err(_) => {
                    warn!("open try-ons are not counted: the view did not answer");
                    None
                }
            }
        })
    }
}
