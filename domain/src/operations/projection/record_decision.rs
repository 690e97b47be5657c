//! Put down what an admin decided about a projection.

use std::convert::Infallible;

use super::{Projection, ProjectionEvent};
use crate::{
    decision::Decide,
    shared::{Circumstances, ViewName},
};

/// What an admin decided about a projection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProjectionDecision {
    /// Hold it where it is.
    Pause,
    /// Let it go on.
    Resume,
    /// Build its rows anew.
    Rebuild,
    /// Do not build its rows anew after all.
    CancelRebuild,
    /// Try the commit at this sequence of the log again.
    Retry(u64),
    /// Leave the commit at this sequence of the log out.
    Discard(u64),
}

impl ProjectionDecision {
    /// Its name where it waits to be told.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Rebuild => "rebuild",
            Self::CancelRebuild => "cancel-rebuild",
            Self::Retry(_) => "retry",
            Self::Discard(_) => "discard",
        }
    }

    /// The sequence of the commit that it is about.
    pub const fn sequence(self) -> Option<u64> {
        match self {
            Self::Pause | Self::Resume | Self::Rebuild | Self::CancelRebuild => None,
            Self::Retry(sequence) | Self::Discard(sequence) => Some(sequence),
        }
    }

    /// The one with this name, about the commit at this sequence if it is about one.
    pub fn named(name: &str, sequence: Option<u64>) -> Option<Self> {
        let about = sequence.unwrap_or_default();
        let all = [
            Self::Pause,
            Self::Resume,
            Self::Rebuild,
            Self::CancelRebuild,
            Self::Retry(about),
            Self::Discard(about),
        ];
        let mut fitting = all.into_iter();
        fitting.find(|each| each.as_str() == name && each.sequence() == sequence)
    }
}

/// Put down what an admin decided about a projection. It is in force already, so nothing is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordDecision {
    /// Which view.
    pub view: ViewName,
    /// What was decided.
    pub decision: ProjectionDecision,
    /// When, from where and why.
    pub decided: Circumstances,
}

impl Decide<Projection> for RecordDecision {
    type Rejection = Infallible;

    fn decide(&self, _projection: &Projection) -> Result<Vec<ProjectionEvent>, Infallible> {
        let (view, decided) = (self.view.clone(), self.decided.clone());
        Ok(vec![match self.decision {
            ProjectionDecision::Pause => ProjectionEvent::ProjectionPaused { view, decided },
            ProjectionDecision::Resume => ProjectionEvent::ProjectionResumed { view, decided },
            ProjectionDecision::Rebuild => {
                ProjectionEvent::ProjectionRebuildRequested { view, decided }
            }
            ProjectionDecision::CancelRebuild => {
                ProjectionEvent::ProjectionRebuildCancelled { view, decided }
            }
            ProjectionDecision::Retry(sequence) => ProjectionEvent::ParkedEventRetried {
                view,
                sequence,
                decided,
            },
            ProjectionDecision::Discard(sequence) => ProjectionEvent::ParkedEventDiscarded {
                view,
                sequence,
                decided,
            },
        }])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;
    use crate::shared::Reason;

    const ALL: [ProjectionDecision; 6] = [
        ProjectionDecision::Pause,
        ProjectionDecision::Resume,
        ProjectionDecision::Rebuild,
        ProjectionDecision::CancelRebuild,
        ProjectionDecision::Retry(17),
        ProjectionDecision::Discard(17),
    ];

    #[test]
    fn each_decision_becomes_its_event() {
        for (decision, event) in ALL.into_iter().zip(ProjectionEvent::samples()) {
            let record = RecordDecision {
                view: ViewName::parse("garment_card").unwrap(),
                decision,
                decided: Circumstances {
                    reason: Some(Reason::parse("the disk is full").unwrap()),
                    ..Circumstances::sample()
                },
            };
            TestFramework::<Projection>::with(())
                .given(ProjectionEvent::samples())
                .when(record.into())
                .then_expect_events(vec![event]);
        }
    }

    #[test]
    fn a_decision_is_known_by_its_name_and_its_commit() {
        for decision in ALL {
            let found = ProjectionDecision::named(decision.as_str(), decision.sequence());
            assert_eq!(found, Some(decision));
        }
        assert_eq!(ProjectionDecision::named("retry", None), None);
        assert_eq!(ProjectionDecision::named("pause", Some(1)), None);
    }
}
