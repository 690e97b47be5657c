//! Until when somebody waits for a try-on.

use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::Instant;

/// A moment, if there is one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    /// So many seconds after the request; it may be over `now`.
    pub(crate) fn new(
        requested: OffsetDateTime,
        after_s: Option<u32>,
        now: OffsetDateTime,
    ) -> Self {
        Self(after_s.map(|after_s| {
            let at = requested + time::Duration::seconds(i64::from(after_s));
            // Less than nothing is left of one that is over.
            Instant::now() + Duration::try_from(at - now).unwrap_or_default()
        }))
    }

    pub(crate) fn has_passed(self) -> bool {
        self.0.is_some_and(|at| at <= Instant::now())
    }

    /// Waits for it; for ever, where there is none.
    pub(crate) async fn passes(self) {
        match self.0 {
            Some(at) => tokio::time::sleep_until(at).await,
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_so_many_seconds_after_the_request() {
        let requested = OffsetDateTime::UNIX_EPOCH;
        let after = |seconds| requested + time::Duration::seconds(seconds);
        assert!(Deadline::new(requested, Some(30), after(30)).has_passed());
        assert!(Deadline::new(requested, Some(30), after(300)).has_passed());
        assert!(!Deadline::new(requested, Some(30), after(20)).has_passed());
        // A clock that is behind the writer's.
        assert!(!Deadline::new(requested, Some(30), after(-5)).has_passed());
        assert!(!Deadline::new(requested, None, after(300)).has_passed());
    }
}
