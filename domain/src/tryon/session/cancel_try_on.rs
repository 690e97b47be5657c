//! Give a try-on up.

use super::{Phase, Session, SessionEvent};
use crate::{decision::Decide, rejection::rejections};

/// Give a try-on up that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelTryOn {}

rejections! {
    /// Why a try-on is not cancelled.
    CancelTryOnRejection {
        NotRequested => "try-on-not-found", NotFound, "there is no such try-on";
        Finished => "try-on-finished", Conflict, "this try-on has ended";
    }
}

impl Decide<Session> for CancelTryOn {
    type Rejection = CancelTryOnRejection;

    fn decide(&self, session: &Session) -> Result<Vec<SessionEvent>, CancelTryOnRejection> {
        match &session.phase {
            Phase::Unknown => Err(CancelTryOnRejection::NotRequested),
            Phase::Requested | Phase::Running { .. } => Ok(vec![SessionEvent::TryOnCancelled {}]),
            Phase::Cancelled => Ok(vec![]),
            Phase::Succeeded { .. } | Phase::Failed { .. } => Err(CancelTryOnRejection::Finished),
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

    #[test]
    fn a_try_on_is_cancelled_once_while_it_waits_or_runs() {
        let cancelled = SessionEvent::TryOnCancelled {};
        TestFramework::<Session>::with(())
            .given(vec![requested()])
            .when(CancelTryOn {}.into())
            .then_expect_events(vec![cancelled.clone()]);
        TestFramework::<Session>::with(())
            .given(vec![requested(), started(1)])
            .when(CancelTryOn {}.into())
            .then_expect_events(vec![cancelled.clone()]);
        TestFramework::<Session>::with(())
            .given(vec![requested(), cancelled])
            .when(CancelTryOn {}.into())
            .then_expect_events(vec![]);
    }

    #[test]
    fn a_result_is_not_cancelled() {
        let succeeded = SessionEvent::samples().swap_remove(2);
        TestFramework::<Session>::with(())
            .given(vec![requested(), started(1), succeeded])
            .when(CancelTryOn {}.into())
            .then_expect_error(CancelTryOnRejection::Finished.into());
    }
}
