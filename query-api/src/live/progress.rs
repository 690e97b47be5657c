//! How far workers have come: told over core NATS, stored nowhere.

use async_nats::Subscriber;
use axum::response::sse::Event;
use futures::StreamExt;
use http_kit::Problem;
use tokio::time::timeout;
use tokio_stream::StreamMap;
use uuid::Uuid;

use super::message::{Delivery, progress_frame};
use crate::{QueryApi, audience::Audience, database::in_time};

/// Try-ons of one caller that are followed at once.
const MOST: i64 = 32;

impl QueryApi {
    /// The progress of one try-on from now on.
    pub(crate) async fn progress_of(&self, session: Uuid) -> Result<Subscriber, Problem> {
        let subject = format!("{}.{session}", self.inner.options.progress_subject);
        let subscribing = self.inner.client.subscribe(subject);
        match timeout(self.inner.options.database_timeout, subscribing).await {
            Ok(Ok(progress)) => Ok(progress),
            Ok(Err(_)) | Err(_) => Err(Problem::unavailable()),
        }
    }
}

/// The progress of all of a caller's try-ons that are under way.
pub(crate) struct ProgressOfAll {
    api: QueryApi,
    account: Option<Uuid>,
    under_way: StreamMap<Uuid, Subscriber>,
}

impl ProgressOfAll {
    /// Of nobody's.
    pub(crate) fn none(api: QueryApi) -> Self {
        Self {
            api,
            account: None,
            under_way: StreamMap::new(),
        }
    }

    /// Of those of this account that are under way now; others join as they begin.
    pub(crate) async fn of(api: QueryApi, account: Uuid) -> Result<Self, Problem> {
        let rows = sqlx::query_scalar!(
            "SELECT id FROM drape.tryon_status
             WHERE requested_by = $1 AND status IN ('requested', 'running') ORDER BY id DESC LIMIT $2",
            account,
            MOST
        );
        let fetching = rows.fetch_all(&api.inner.pool);
        let sessions = in_time(api.inner.options.database_timeout, fetching).await?;
        let mut progress = Self {
            account: Some(account),
            ..Self::none(api)
        };
        for session in sessions {
            let subscriber = progress.api.progress_of(session).await?;
            progress.under_way.insert(session, subscriber);
        }
        Ok(progress)
    }

    /// Takes up a try-on that begins, and leaves one that has ended. Progress is a courtesy: where it cannot be had, the
    /// stream goes on without.
    pub(crate) async fn follow(&mut self, delivery: &Delivery) {
        if let Some(id) = self.own_try_on(delivery) {
            // Out of the way: most of what a stream tells is about nothing that is under way.
            Box::pin(self.take_up(id, delivery)).await;
        }
    }

    /// The caller's try-on that a commit is about.
    fn own_try_on(&self, delivery: &Delivery) -> Option<Uuid> {
        let commit = &delivery.live.commit;
        let Audience::Account(owner) = delivery.live.audience else {
            return None;
        };
        let is_own = self.account == Some(owner) && commit.aggregate_type == "tryon.session";
        is_own
            .then(|| Uuid::try_parse(&commit.aggregate_id).ok())
            .flatten()
    }

    async fn take_up(&mut self, id: Uuid, delivery: &Delivery) {
        if delivery.types().any(is_end) {
            self.under_way.remove(&id);
        } else if !self.under_way.contains_key(&id)
            && self.under_way.len() < usize::try_from(MOST).unwrap_or(0)
            && let Ok(progress) = self.api.progress_of(id).await
        {
            self.under_way.insert(id, progress);
        }
    }

    /// The next message; never, where nothing is under way. May be dropped without losing anything.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        match self.under_way.next().await {
            Some((_, message)) => progress_frame(&message.payload),
            None => std::future::pending().await,
        }
    }
}

/// Whether nothing more happens to a try-on after this.
pub(crate) fn is_end(event_type: &str) -> bool {
    matches!(
        event_type,
        "TryOnSucceeded" | "TryOnFailed" | "TryOnCancelled"
    )
}
