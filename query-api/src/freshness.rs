//! Whether what was read out of the views is still as they have it.
//!
//! A row of a view changes by commits of its own aggregate, and this process hears of all of them (`live/feed.rs`). So what was read
//! when the views had come to one commit is still what they have at a later one, if everything up to there was heard and nothing
//! of it was about that aggregate. Rows that change without a commit (a view is built anew, something parked is tried again) are told
//! of beside; then nothing that was read before holds any more. Nor does anything while nobody tells us.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use jetstream_es::Commit;
use uuid::Uuid;

use crate::checkpoints::{Checkpoints, View};

/// So many aggregates are remembered with when they changed; then everybody starts anew.
const MOST_CHANGED: usize = 1 << 16;

/// Views out of which is read what is remembered.
const VIEWS: [View; 2] = [View::GarmentPage, View::Picture];

/// When something was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReadAt {
    /// The views had come at least this far.
    sequence: u64,
    /// How often rows had changed without a commit.
    beside: u64,
}

impl ReadAt {
    /// When both had been read; none if rows changed without a commit in between.
    pub(crate) fn both(self, other: Self) -> Option<Self> {
        let sequence = self.sequence.min(other.sequence);
        (self.beside == other.beside).then_some(Self { sequence, ..self })
    }
}

/// What was heard of changes.
#[derive(Debug, Default)]
struct Heard {
    /// Every commit up to this one was heard.
    up_to: u64,
    /// Of what changed before, nothing is known; none before anything was heard.
    since: Option<u64>,
    /// When aggregates changed last.
    changed: HashMap<Uuid, u64>,
}

/// Whether what was read out of the views is still as they have it.
#[derive(Debug)]
pub(crate) struct Freshness {
    checkpoints: Arc<Checkpoints>,
    heard: RwLock<Heard>,
}

impl Freshness {
    pub(crate) fn new(checkpoints: Arc<Checkpoints>) -> Self {
        Self {
            checkpoints,
            heard: RwLock::default(),
        }
    }

    /// From now on every commit behind this one is heard.
    pub(crate) fn begin(&self, after: u64) {
        let mut heard = self.heard.write().unwrap_or_else(PoisonError::into_inner);
        *heard = Heard {
            up_to: after,
            since: Some(after),
            changed: HashMap::new(),
        };
    }

    /// Takes notice of the next commit.
    pub(crate) fn hear(&self, commit: &Commit) {
        let aggregate = Uuid::try_parse(&commit.aggregate_id);
        self.changed(aggregate.ok(), commit.position.sequence);
    }

    fn changed(&self, aggregate: Option<Uuid>, sequence: u64) {
        let mut heard = self.heard.write().unwrap_or_else(PoisonError::into_inner);
        if heard.changed.len() >= MOST_CHANGED {
            heard.changed.clear();
            heard.since = Some(heard.up_to);
        }
        if let Some(aggregate) = aggregate {
            heard.changed.insert(aggregate, sequence);
        }
        heard.up_to = sequence;
    }

    /// To be asked before something is read that is to be remembered; none while it cannot be told how long it holds.
    pub(crate) fn now(&self) -> Option<ReadAt> {
        let beside = self.checkpoints.beside()?;
        let sequence = self.checkpoints.least_of(&VIEWS)?;
        Some(ReadAt { sequence, beside })
    }

    /// Whether what was read then of these aggregates is what would be read now, and at least as new as `reached`.
    pub(crate) fn holds(
        &self,
        read: ReadAt,
        reached: u64,
        aggregates: impl IntoIterator<Item = Uuid>,
    ) -> bool {
        let Some(furthest) = self.checkpoints.furthest_of(&VIEWS) else {
            return false;
        };
        let heard = self.heard.read().unwrap_or_else(PoisonError::into_inner);
        let unchanged = |aggregate| {
            let changed = heard.changed.get(&aggregate);
            changed.is_none_or(|sequence| *sequence <= read.sequence)
        };
        self.checkpoints.beside() == Some(read.beside)
            && heard.up_to >= reached.max(furthest)
            && heard.since.is_some_and(|since| read.sequence >= since)
            && aggregates.into_iter().all(unchanged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    /// Views that have come to 3, as far as everything was heard.
    fn fresh() -> (Arc<Checkpoints>, Freshness) {
        let checkpoints = Arc::new(Checkpoints::told_of(3));
        let freshness = Freshness::new(checkpoints.clone());
        freshness.begin(3);
        (checkpoints, freshness)
    }

    fn come_to(checkpoints: &Checkpoints, sequence: u64) {
        for view in ["garment_page", "picture"] {
            assert!(checkpoints.take(&format!("{view} {sequence}")));
        }
    }

    #[test]
    fn what_changed_since_does_not_hold() {
        let (checkpoints, freshness) = fresh();
        let read = freshness.now().unwrap();
        assert!(freshness.holds(read, 3, [ONE, OTHER]));
        freshness.changed(Some(ONE), 4);
        come_to(&checkpoints, 4);
        assert!(freshness.holds(read, 4, [OTHER]));
        assert!(!freshness.holds(read, 4, [OTHER, ONE]));
        let later = freshness.now().unwrap();
        assert!(freshness.holds(later, 4, [OTHER, ONE]));
        assert_eq!(later.both(read), Some(read));
    }

    #[test]
    fn what_was_not_heard_of_yet_may_have_changed_anything() {
        let (checkpoints, freshness) = fresh();
        let read = freshness.now().unwrap();
        assert!(!freshness.holds(read, 4, [ONE]), "somebody wants more");
        come_to(&checkpoints, 5);
        assert!(!freshness.holds(read, 3, [ONE]), "a view has more");
        freshness.changed(Some(OTHER), 4);
        assert!(!freshness.holds(read, 3, [ONE]));
        freshness.changed(None, 5);
        assert!(freshness.holds(read, 3, [ONE]));
    }

    #[test]
    fn rows_that_changed_without_a_commit_hold_nothing() {
        let (checkpoints, freshness) = fresh();
        let read = freshness.now().unwrap();
        come_to(&checkpoints, 3);
        assert!(!freshness.holds(read, 3, [ONE]));
        let later = freshness.now().unwrap();
        assert!(freshness.holds(later, 3, [ONE]));
        assert_eq!(later.both(read), None);
    }

    #[test]
    fn nothing_holds_where_nobody_tells_us() {
        let deaf = Freshness::new(Arc::new(Checkpoints::new("e1".parse().unwrap())));
        deaf.begin(3);
        assert_eq!(deaf.now(), None);
        let unheard = Freshness::new(Arc::new(Checkpoints::told_of(3)));
        let read = unheard.now().unwrap();
        assert!(!unheard.holds(read, 0, [ONE]));
    }

    #[test]
    fn of_more_than_is_remembered_nothing_holds() {
        let (checkpoints, freshness) = fresh();
        let read = freshness.now().unwrap();
        let last = 3 + MOST_CHANGED as u64 + 1;
        for sequence in 4..=last {
            freshness.changed(Some(Uuid::from_u128(sequence.into())), sequence);
        }
        come_to(&checkpoints, last);
        assert!(!freshness.holds(read, 3, [ONE]));
        let later = freshness.now().unwrap();
        assert!(freshness.holds(later, last, [ONE, Uuid::from_u128(last.into())]));
    }
}
