//! One client's place in the log: first what it missed, then what comes.

use std::{collections::VecDeque, sync::Arc};

use http_kit::Caller;
use jetstream_es::SubjectFilter;
use tokio::{sync::broadcast, time::timeout};

use super::{After, LiveCommit, message::Delivery};
use crate::{QueryApi, audience::audiences};

/// Commits that are read from the log at once.
const PAGE: usize = 256;

/// One client's place in the log. Nothing is read before the client takes it, so a slow one costs no memory; one that
/// falls behind the ring reads the log again.
pub(crate) struct Subscription {
    api: QueryApi,
    caller: Option<Caller>,
    filter: SubjectFilter,
    /// Everything up to here was considered.
    through: u64,
    /// Events of one commit that the client has already.
    partly: Option<(u64, usize)>,
    /// Read from the log, not yet delivered.
    read: VecDeque<Arc<LiveCommit>>,
    behind: bool,
    ends_at: Option<u64>,
    live: broadcast::Receiver<Arc<LiveCommit>>,
}

impl Subscription {
    pub(crate) fn new(
        api: QueryApi,
        caller: Option<Caller>,
        filter: SubjectFilter,
        after: After,
    ) -> Self {
        let live = api.inner.feed.subscribe();
        Self {
            api,
            caller,
            filter,
            through: after.sequence,
            partly: (after.events > 0).then_some((after.sequence + 1, after.events)),
            read: VecDeque::new(),
            behind: true,
            ends_at: None,
            live,
        }
    }

    /// Nothing more comes after this sequence, which the view has.
    pub(crate) fn end_at(&mut self, sequence: u64) {
        self.ends_at = Some(sequence);
    }

    /// The next commit that the client may know of. None when there is nothing more, or the log cannot be read: the
    /// client comes again and says what it has. May be dropped at any await without losing anything.
    pub(crate) async fn next(&mut self) -> Option<Delivery> {
        loop {
            if let Some(live) = self.read.pop_front() {
                if let Some(delivery) = self.deliver(live) {
                    return Some(delivery);
                }
            } else if self.behind {
                // Out of the way: a stream that waits for news needs no room for it.
                Box::pin(self.catch_up()).await?;
            } else {
                match self.live.recv().await {
                    Ok(live) if live.commit.position.sequence <= self.through => {}
                    Ok(live) => {
                        self.through = live.commit.position.sequence;
                        if let Some(delivery) = self.deliver(live) {
                            return Some(delivery);
                        }
                    }
                    Err(broadcast::error::RecvError::Lagged(_)) => self.behind = true,
                    Err(broadcast::error::RecvError::Closed) => return None,
                }
            }
        }
    }

    fn deliver(&mut self, live: Arc<LiveCommit>) -> Option<Delivery> {
        let wanted =
            self.filter.matches(&live.commit) && live.audience.includes(self.caller.as_ref());
        let skip = match self.partly {
            Some((sequence, events)) if sequence == live.commit.position.sequence => events,
            Some(_) | None => 0,
        };
        (wanted && skip < live.commit.events.len()).then_some(Delivery { live, skip })
    }

    /// Reads one page of what was told while the client was away.
    async fn catch_up(&mut self) -> Option<()> {
        let inner = &self.api.inner;
        let target = self.ends_at.unwrap_or_else(|| inner.feed.told());
        if self.through >= target {
            self.behind = false;
            return self.ends_at.is_none().then_some(());
        }
        let limit = inner.options.database_timeout;
        let reading = inner.log.read(self.through, &self.filter, PAGE);
        let mut page = timeout(limit, reading).await.ok()?.ok()?;
        page.commits
            .retain(|commit| commit.position.sequence <= target);
        let finding = audiences(&inner.pool, &page.commits);
        let audiences = timeout(limit, finding).await.ok()?.ok()?;
        if page.through <= self.through {
            // The log answers nothing where something was: better to end than to spin.
            return None;
        }
        self.through = page.through.min(target);
        let commits = page.commits.into_iter().map(Arc::new).zip(audiences);
        self.read
            .extend(commits.map(|(commit, audience)| Arc::new(LiveCommit::new(commit, audience))));
        Some(())
    }
}
