//! How many try-ons one person may have open, and the seam behind which a view counts them.

use std::{
    collections::HashMap,
    fmt,
    future::Future,
    num::NonZeroU32,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::shared::AccountId;
use http::StatusCode;
use http_kit::Problem;
use tokio::time::Instant;
use uuid::Uuid;

/// How long something that was accepted here is counted that no view has shown yet.
const REMEMBERED: Duration = Duration::from_secs(30);

/// The try-ons of somebody that wait or run, as a view has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenTryOns {
    /// How many.
    pub count: u64,
    /// The sequence in the log that the view has come to.
    pub seen: u64,
}

/// A [`TryOnCounter`] at work: nothing where the view cannot be asked.
pub type Counting<'a> = Pin<Box<dyn Future<Output = Option<OpenTryOns>> + Send + 'a>>;

/// Counts the open try-ons of a person.
pub trait TryOnCounter: Send + Sync {
    /// Those of this account.
    fn open_of(&self, account: AccountId) -> Counting<'_>;
}

/// Lets each person have so many open try-ons.
///
/// The view may be a moment behind. So what this process took on since is counted too, until the view has seen it: who sends fifty
/// requests at once gets no more through than one who sends them one by one. Each process counts for itself.
pub struct TryOnLimit {
    most: NonZeroU32,
    counter: Arc<dyn TryOnCounter>,
    taken: Mutex<HashMap<AccountId, Vec<Taken>>>,
}

/// A try-on that was taken on here.
struct Taken {
    id: Uuid,
    since: Instant,
    /// Where in the log it stands; none before it is there.
    sequence: Option<u64>,
}

impl TryOnLimit {
    /// So many for each, as this counter counts them.
    pub fn new(most: NonZeroU32, counter: Arc<dyn TryOnCounter>) -> Self {
        Self {
            most,
            counter,
            taken: Mutex::new(HashMap::new()),
        }
    }

    /// Takes a place for this try-on, or says that there is none.
    pub(super) async fn take(&self, account: AccountId, id: Uuid) -> Result<Place<'_>, Problem> {
        // Without a view only what was accepted here counts: to ask for try-ons needs no database otherwise.
        let open = self.counter.open_of(account).await;
        let open = open.unwrap_or(OpenTryOns { count: 0, seen: 0 });
        let mut taken = self.taken();
        for of_one in taken.values_mut() {
            of_one.retain(|one| one.since.elapsed() < REMEMBERED);
        }
        taken.retain(|_, of_one| !of_one.is_empty());
        let own = taken.entry(account).or_default();
        own.retain(|one| one.sequence.is_none_or(|sequence| sequence > open.seen));
        let count = open
            .count
            .saturating_add(u64::try_from(own.len()).unwrap_or(u64::MAX));
        if count >= u64::from(self.most.get()) {
            return Err(self.too_many());
        }
        own.push(Taken {
            id,
            since: Instant::now(),
            sequence: None,
        });
        Ok(Place {
            limit: self,
            account,
            id,
            is_kept: false,
        })
    }

    fn too_many(&self) -> Problem {
        Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-try-ons",
            "You have too many try-ons open",
        )
        .detail(format!(
            "{} may wait or run at once. Ask again when one has ended, or cancel one.",
            self.most
        ))
        .retry_after(2)
    }

    /// Nothing in here can be half done: a thread that died while it held the lock left a sound list.
    fn taken(&self) -> MutexGuard<'_, HashMap<AccountId, Vec<Taken>>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for TryOnLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TryOnLimit({})", self.most)
    }
}

/// A place for one try-on. Dropped, it is free again, unless the try-on is in the log.
pub(super) struct Place<'a> {
    limit: &'a TryOnLimit,
    account: AccountId,
    id: Uuid,
    is_kept: bool,
}

impl Place<'_> {
    /// The try-on is in the log, there.
    pub(super) fn keep(mut self, sequence: u64) {
        self.is_kept = true;
        let mut taken = self.limit.taken();
        let own = taken.get_mut(&self.account).into_iter().flatten();
        for one in own.filter(|one| one.id == self.id) {
            one.sequence = Some(sequence);
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        if let Some(own) = self.limit.taken().get_mut(&self.account) {
            own.retain(|one| one.id != self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A view that shows what it is told to.
    struct Shown(Mutex<Option<OpenTryOns>>);

    impl TryOnCounter for Shown {
        fn open_of(&self, _account: AccountId) -> Counting<'_> {
            let shown = *self.0.lock().unwrap();
            Box::pin(async move { shown })
        }
    }

    fn limit(most: u32, shown: Option<(u64, u64)>) -> (TryOnLimit, Arc<Shown>) {
        let shown = shown.map(|(count, seen)| OpenTryOns { count, seen });
        let view = Arc::new(Shown(Mutex::new(shown)));
        let counter: Arc<dyn TryOnCounter> = Arc::<Shown>::clone(&view);
        (
            TryOnLimit::new(NonZeroU32::new(most).unwrap(), counter),
            view,
        )
    }

    fn account(number: u128) -> AccountId {
        AccountId::new(Uuid::from_u128(number))
    }

    /// Asks for try-ons that are accepted at these sequences, and answers how many were.
    async fn accepted(limit: &TryOnLimit, sequences: std::ops::Range<u64>) -> usize {
        let mut count = 0;
        for sequence in sequences {
            let id = Uuid::from_u128(u128::from(sequence));
            if let Ok(place) = limit.take(account(1), id).await {
                place.keep(sequence);
                count += 1;
            }
        }
        count
    }

    #[tokio::test]
    async fn what_the_view_has_not_seen_counts_and_what_it_has_seen_counts_once() {
        let (limit, view) = limit(3, Some((1, 10)));
        assert_eq!(accepted(&limit, 11..20).await, 2);
        // Somebody else has a limit of their own.
        assert!(limit.take(account(2), Uuid::from_u128(99)).await.is_ok());
        // It has seen all three: still three.
        *view.0.lock().unwrap() = Some(OpenTryOns { count: 3, seen: 12 });
        assert_eq!(accepted(&limit, 20..25).await, 0);
        // Two of them have ended.
        *view.0.lock().unwrap() = Some(OpenTryOns { count: 1, seen: 15 });
        assert_eq!(accepted(&limit, 30..35).await, 2);
    }

    #[tokio::test]
    async fn requests_at_once_share_the_places_and_one_that_fails_gives_its_back() {
        let (limit, _) = limit(2, Some((0, 0)));
        let first = limit.take(account(1), Uuid::from_u128(1)).await.unwrap();
        let second = limit.take(account(1), Uuid::from_u128(2)).await.unwrap();
        let refused = limit.take(account(1), Uuid::from_u128(3)).await;
        let refused = refused.err().unwrap();
        assert_eq!(
            (refused.status().as_u16(), refused.code()),
            (429, "too-many-try-ons")
        );
        drop(first);
        second.keep(7);
        assert!(limit.take(account(1), Uuid::from_u128(3)).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_view_nobody_is_shut_out_for_long() {
        let (limit, _) = limit(2, None);
        assert_eq!(accepted(&limit, 1..9).await, 2);
        tokio::time::advance(REMEMBERED).await;
        assert_eq!(accepted(&limit, 10..19).await, 2);
        assert_eq!(limit.taken().len(), 1);
    }
}
