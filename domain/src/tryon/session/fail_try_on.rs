//! Record that a try-on cannot be done, and why.

use super::{FailureReason, Phase, Session, SessionEvent};
use crate::{decision::Decide, rejection::rejections};

/// Record that a try-on cannot be done, and why; a worker that was overtaken comes too late.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailTryOn {
    /// The attempt that found out.
    pub attempt: u32,
    /// Why.
    pub reason: FailureReason,
}

rejections! {
    /// Why a failure is not recorded.
    FailTryOnRejection {
        NotRequested => "try-on-not-found", NotFound, "there is no such try-on";
        Finished => "try-on-finished", Conflict, "this try-on has ended";
        StaleAttempt => "stale-attempt", Conflict, "another worker has taken this try-on over";
    }
}

impl Decide<Session> for FailTryOn {
    type Rejection = FailTryOnRejection;

    fn decide(&self, session: &Session) -> Result<Vec<SessionEvent>, FailTryOnRejection> {
        match &session.phase {
            Phase::Unknown => Err(FailTryOnRejection::NotRequested),
            Phase::Running { attempt, .. } if *attempt == self.attempt => {
                Ok(vec![SessionEvent::TryOnFailed {
                    attempt: self.attempt,
                    reason: self.reason.clone(),
                }])
            }
            Phase::Requested | Phase::Running { .. } => Err(FailTryOnRejection::StaleAttempt),
            Phase::Failed { attempt } if *attempt == self.attempt => Ok(vec![]),
            Phase::Succeeded { .. } | Phase::Failed { .. } | Phase::Cancelled => {
                Err(FailTryOnRejection::Finished)
            }
        }
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

    fn fail(attempt: u32) -> FailTryOn {
        let reason = FailureReason {
            code: "not-front-view".to_owned(),
            detail: "Use a photo that shows the person from the front.".to_owned(),
        };
        FailTryOn { attempt, reason }
    }

    #[test]
    fn the_running_attempt_fails_once() {
        let failed = SessionEvent::samples().swap_remove(3);
        TestFramework::<Session>::with(())
            .given(vec![requested(), started(1)])
            .when(fail(1).into())
            .then_expect_events(vec![failed.clone()]);
        TestFramework::<Session>::with(())
            .given(vec![requested(), started(1), failed])
            .when(fail(1).into())
            .then_expect_events(vec![]);
    }

    #[test]
    fn a_late_worker_loses() {
        TestFramework::<Session>::with(())
            .given(vec![requested(), started(1), started(2)])
            .when(fail(1).into())
            .then_expect_error(FailTryOnRejection::StaleAttempt.into());
    }
}
