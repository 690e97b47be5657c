//! Take a try-on up.

use super::{Phase, Session, SessionEvent};
use crate::{decision::Decide, rejection::rejections};

/// How many workers may take a try-on up before it is given up.
pub const MAX_ATTEMPTS: u32 = 3;

/// Take a try-on up, for the first time or after another worker was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartTryOn {
    /// One more than the attempts so far.
    pub attempt: u32,
    /// Which process does it.
    pub worker: String,
}

rejections! {
    /// Why a try-on is not started.
    StartTryOnRejection {
        NotRequested => "try-on-not-found", NotFound, "there is no such try-on";
        Finished => "try-on-finished", Conflict, "this try-on has ended";
        StaleAttempt => "stale-attempt", Conflict, "another worker has taken this try-on over";
        AttemptsExhausted => "attempts-exhausted", Conflict, "this try-on has been tried often enough";
    }
}

impl Decide<Session> for StartTryOn {
    type Rejection = StartTryOnRejection;

    fn decide(&self, session: &Session) -> Result<Vec<SessionEvent>, StartTryOnRejection> {
        match &session.phase {
            Phase::Unknown => return Err(StartTryOnRejection::NotRequested),
            Phase::Succeeded { .. } | Phase::Failed { .. } | Phase::Cancelled => {
                return Err(StartTryOnRejection::Finished);
            }
            Phase::Running { attempt, worker }
                if *attempt == self.attempt && *worker == self.worker =>
            {
                return Ok(vec![]);
            }
            Phase::Requested | Phase::Running { .. } => {}
        }
        if self.attempt != session.attempts + 1 {
            return Err(StartTryOnRejection::StaleAttempt);
        }
        if self.attempt > MAX_ATTEMPTS {
            return Err(StartTryOnRejection::AttemptsExhausted);
        }
        Ok(vec![SessionEvent::TryOnStarted {
            attempt: self.attempt,
            worker: self.worker.clone(),
        }])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    fn requested() -> SessionEvent {
        SessionEvent::samples().swap_remove(0)
    }

    fn started(attempt: u32) -> SessionEvent {
        SessionEvent::TryOnStarted {
            attempt,
            worker: format!("worker-{attempt}"),
        }
    }

    fn start(attempt: u32) -> StartTryOn {
        StartTryOn {
            attempt,
            worker: format!("worker-{attempt}"),
        }
    }

    #[test]
    fn a_worker_takes_it_up_once() {
        TestFramework::<Session>::with(())
            .given(vec![requested()])
            .when(start(1).into())
            .then_expect_events(vec![started(1)]);
        TestFramework::<Session>::with(())
            .given(vec![requested(), started(1)])
            .when(start(1).into())
            .then_expect_events(vec![]);
    }

    #[test]
    fn another_worker_takes_over() {
        TestFramework::<Session>::with(())
            .given(vec![requested(), started(1)])
            .when(start(2).into())
            .then_expect_events(vec![started(2)]);
    }

    #[test]
    fn two_workers_cannot_both_be_the_second() {
        let late = StartTryOn {
            attempt: 2,
            worker: "late".to_owned(),
        };
        TestFramework::<Session>::with(())
            .given(vec![requested(), started(1), started(2)])
            .when(late.into())
            .then_expect_error(StartTryOnRejection::StaleAttempt.into());
    }

    #[test]
    fn attempts_come_to_an_end() {
        TestFramework::<Session>::with(())
            .given(vec![requested(), started(1), started(2), started(3)])
            .when(start(4).into())
            .then_expect_error(StartTryOnRejection::AttemptsExhausted.into());
    }

    #[test]
    fn an_ended_try_on_is_not_started() {
        TestFramework::<Session>::with(())
            .given(vec![requested(), SessionEvent::TryOnCancelled {}])
            .when(start(1).into())
            .then_expect_error(StartTryOnRejection::Finished.into());
    }
}
