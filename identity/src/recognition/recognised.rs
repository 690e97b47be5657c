//! Callers as the database told them a moment ago.
//!
//! What ends one is told in three ways. Whoever ends it here says so before they answer ([`Recognised::ended`]). PostgreSQL tells all
//! gateways of each ending when it is committed, and this one hears it ([`Identity::hear_endings`]). And nobody is believed for longer
//! than a few seconds, nor while this gateway may not have heard everything.
//!
//! [`Identity::hear_endings`]: crate::Identity

use std::{
    collections::HashMap,
    num::NonZeroUsize,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use http_kit::Caller;
use lru::LruCache;
use uuid::Uuid;

/// So many callers are kept; about 200 bytes each.
const MOST: NonZeroUsize = NonZeroUsize::new(50_000).unwrap();

/// Endings that are kept before those are dropped that end nothing any more.
const SWEEP_AT: usize = 1_024;

/// Nobody is believed for longer after the last sign that endings are heard.
pub(super) const HEARING: Duration = Duration::from_secs(3);

/// A caller as the database told them.
struct Known {
    caller: Caller,
    account: Uuid,
    /// When the database was asked: what ended before that is in its answer.
    asked: Instant,
    until: Instant,
}

/// Callers as the database told them a moment ago.
pub(crate) struct Recognised {
    /// How long somebody is believed; zero: not at all.
    believed: Duration,
    inner: Mutex<Inner>,
}

struct Inner {
    callers: LruCache<String, Known>,
    /// When something of an account or of a session ended.
    ended: HashMap<Uuid, Instant>,
    /// All endings before this moment have been heard. None while nobody listens.
    heard: Option<Instant>,
}

impl Recognised {
    pub(crate) fn new(believed: Duration) -> Self {
        Self {
            believed,
            inner: Mutex::new(Inner {
                callers: LruCache::new(MOST),
                ended: HashMap::new(),
                heard: None,
            }),
        }
    }

    /// Whether anybody is believed at all.
    pub(super) const fn is_on(&self) -> bool {
        !self.believed.is_zero()
    }

    /// Who this opened to, if that still counts.
    pub(crate) fn caller(&self, key: &str) -> Option<Caller> {
        self.caller_at(key, Instant::now())
    }

    fn caller_at(&self, key: &str, now: Instant) -> Option<Caller> {
        let mut inner = self.inner();
        if inner.heard? + HEARING < now {
            return None;
        }
        let Inner { callers, ended, .. } = &mut *inner;
        let known = callers.get(key)?;
        let goes_on = |id: &Uuid| ended.get(id).is_none_or(|ended| *ended < known.asked);
        let counts = now < known.until
            && goes_on(&known.account)
            && known.caller.session.as_ref().is_none_or(goes_on);
        if counts {
            return Some(known.caller.clone());
        }
        callers.pop(key);
        None
    }

    /// The database, asked at that moment, said that this opens to this caller, for so long.
    pub(crate) fn remember(
        &self,
        key: String,
        (caller, account): (Caller, Uuid),
        asked: Instant,
        left: Duration,
    ) {
        let until = asked + left.min(self.believed);
        let mut inner = self.inner();
        if !self.is_on() || inner.heard.is_none() {
            return;
        }
        let known = Known {
            caller,
            account,
            asked,
            until,
        };
        inner.callers.put(key, known);
    }

    /// Something of this account or session has ended, or what it may do has changed: the database is asked anew.
    pub(crate) fn ended(&self, id: Uuid) {
        let now = Instant::now();
        let mut inner = self.inner();
        if inner.ended.len() >= SWEEP_AT {
            // Nobody is believed any more who was known before.
            let believed = self.believed;
            inner
                .ended
                .retain(|_, ended| now.duration_since(*ended) <= believed);
        }
        inner.ended.insert(id, now);
    }

    /// All endings before this moment have been heard.
    pub(super) fn heard(&self, until: Instant) {
        self.inner().heard = Some(until);
    }

    /// Nobody listens any more: what is known now counts no longer.
    pub(super) fn deaf(&self) {
        let mut inner = self.inner();
        inner.heard = None;
        inner.callers.clear();
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use http_kit::Role;

    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    fn somebody() -> (Caller, Uuid) {
        let account = Uuid::from_u128(7);
        let mut caller = Caller::new(Role::Shopper, account.to_string());
        caller.session = Some(Uuid::from_u128(8));
        (caller, account)
    }

    fn knowing(believed: Duration) -> (Recognised, Instant) {
        let recognised = Recognised::new(believed);
        let asked = Instant::now();
        recognised.heard(asked);
        recognised.remember("key".to_owned(), somebody(), asked, MINUTE);
        (recognised, asked)
    }

    #[test]
    fn somebody_is_known_for_a_while() {
        let (recognised, asked) = knowing(2 * HEARING);
        assert_eq!(recognised.caller_at("key", asked), Some(somebody().0));
        assert_eq!(recognised.caller_at("other", asked), None);
        recognised.heard(asked + 2 * HEARING);
        assert_eq!(recognised.caller_at("key", asked + 2 * HEARING), None);
    }

    #[test]
    fn nobody_is_known_for_longer_than_their_session_lasts() {
        let recognised = Recognised::new(MINUTE);
        let asked = Instant::now();
        recognised.heard(asked);
        let left = Duration::from_secs(1);
        recognised.remember("key".to_owned(), somebody(), asked, left);
        assert!(recognised.caller_at("key", asked + left / 2).is_some());
        assert_eq!(recognised.caller_at("key", asked + left), None);
    }

    #[test]
    fn an_ending_counts_for_what_was_asked_before_it() {
        for id in [7, 8] {
            let (recognised, asked) = knowing(MINUTE);
            recognised.ended(Uuid::from_u128(9));
            assert!(recognised.caller_at("key", asked).is_some());
            recognised.ended(Uuid::from_u128(id));
            assert_eq!(recognised.caller_at("key", asked), None);
            // An answer that was on its way meanwhile is as old.
            recognised.remember("key".to_owned(), somebody(), asked, MINUTE);
            assert_eq!(recognised.caller_at("key", asked), None);
            let later = Instant::now() + Duration::from_millis(1);
            recognised.remember("key".to_owned(), somebody(), later, MINUTE);
            assert!(recognised.caller_at("key", later).is_some());
        }
    }

    #[test]
    fn nobody_is_known_to_the_deaf() {
        let (recognised, asked) = knowing(MINUTE);
        assert_eq!(
            recognised.caller_at("key", asked + HEARING + Duration::from_millis(1)),
            None
        );
        recognised.deaf();
        recognised.remember("key".to_owned(), somebody(), asked, MINUTE);
        assert_eq!(recognised.caller_at("key", asked), None);
        recognised.heard(asked);
        assert_eq!(recognised.caller_at("key", asked), None);
    }

    #[test]
    fn switched_off_it_knows_nobody() {
        let (recognised, asked) = knowing(Duration::ZERO);
        assert_eq!(recognised.caller_at("key", asked), None);
    }

    #[test]
    fn endings_that_end_nothing_any_more_are_dropped() {
        let recognised = Recognised::new(Duration::from_nanos(1));
        for id in 0..10 * SWEEP_AT as u128 {
            recognised.ended(Uuid::from_u128(id));
        }
        assert!(recognised.inner().ended.len() <= SWEEP_AT);
    }
}
