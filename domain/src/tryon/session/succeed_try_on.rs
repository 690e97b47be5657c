//! Record the result of a try-on.

use super::{Phase, Session, SessionEvent, StageTime};
use crate::{decision::Decide, rejection::rejections, shared::PictureId};

/// Record the result of a try-on; a worker that was overtaken comes too late.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SucceedTryOn {
    /// The attempt that made it.
    pub attempt: u32,
    /// The result.
    pub result: PictureId,
    /// How long the attempt took.
    pub duration_ms: u64,
    /// Which engine and models made it.
    pub engine: String,
    /// Its steps in the order in which they ran.
    pub stages: Vec<StageTime>,
}

rejections! {
    /// Why a result is not recorded.
    SucceedTryOnRejection {
        NotRequested => "try-on-not-found", NotFound, "there is no such try-on";
        Finished => "try-on-finished", Conflict, "this try-on has ended";
        StaleAttempt => "stale-attempt", Conflict, "another worker has taken this try-on over";
    }
}

impl Decide<Session> for SucceedTryOn {
    type Rejection = SucceedTryOnRejection;

    fn decide(&self, session: &Session) -> Result<Vec<SessionEvent>, SucceedTryOnRejection> {
        match &session.phase {
            Phase::Unknown => Err(SucceedTryOnRejection::NotRequested),
            Phase::Running { attempt, .. } if *attempt == self.attempt => {
                Ok(vec![SessionEvent::TryOnSucceeded {
                    attempt: self.attempt,
                    result: self.result,
                    duration_ms: self.duration_ms,
                    engine: self.engine.clone(),
                    stages: self.stages.clone(),
                }])
            }
            Phase::Requested | Phase::Running { .. } => Err(SucceedTryOnRejection::StaleAttempt),
            Phase::Succeeded { attempt, result }
                if (*attempt, *result) == (self.attempt, self.result) =>
            {
                Ok(vec![])
            }
            Phase::Succeeded { .. } | Phase::Failed { .. } | Phase::Cancelled => {
                Err(SucceedTryOnRejection::Finished)
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

    fn succeed(attempt: u32) -> SucceedTryOn {
        SucceedTryOn {
            attempt,
            result: PictureId::new(uuid::Uuid::from_u128(9)),
            duration_ms: 900,
            engine: "drape-warp 0.1".to_owned(),
            stages: vec![],
        }
    }

    #[test]
    fn the_running_attempt_succeeds_once() {
        let succeeded = SessionEvent::samples().swap_remove(2);
        TestFramework::<Session>::with(())
            .given(vec![requested(), started(1)])
            .when(succeed(1).into())
            .then_expect_events(vec![succeeded.clone()]);
        TestFramework::<Session>::with(())
            .given(vec![requested(), started(1), succeeded])
            .when(succeed(1).into())
            .then_expect_events(vec![]);
    }

    #[test]
    fn a_result_says_how_long_each_stage_took() {
        let measured = vec![StageTime {
            stage: "warp".to_owned(),
            ms: 120,
        }];
        let command = SucceedTryOn {
            stages: measured.clone(),
            ..succeed(1)
        };
        let mut succeeded = SessionEvent::samples().swap_remove(2);
        if let SessionEvent::TryOnSucceeded { stages, .. } = &mut succeeded {
            *stages = measured;
        }
        TestFramework::<Session>::with(())
            .given(vec![requested(), started(1)])
            .when(command.into())
            .then_expect_events(vec![succeeded]);
    }

    #[test]
    fn a_late_worker_loses() {
        TestFramework::<Session>::with(())
            .given(vec![requested(), started(1), started(2)])
            .when(succeed(1).into())
            .then_expect_error(SucceedTryOnRejection::StaleAttempt.into());
    }

    #[test]
    fn a_cancelled_try_on_has_no_result() {
        TestFramework::<Session>::with(())
            .given(vec![
                requested(),
                started(1),
                SessionEvent::TryOnCancelled {},
            ])
            .when(succeed(1).into())
            .then_expect_error(SucceedTryOnRejection::Finished.into());
    }
}
