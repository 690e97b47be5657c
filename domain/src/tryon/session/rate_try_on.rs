//! Say what the result of a try-on is worth.

use std::collections::BTreeSet;

use super::{Feedback, Phase, Rating, RatingReason, Session, SessionEvent};
use crate::{decision::Decide, rejection::rejections};

/// Say what the result of a try-on is worth, in place of what was said before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateTryOn {
    /// Whether it is of use.
    pub rating: Rating,
    /// What that is about.
    pub reasons: BTreeSet<RatingReason>,
}

rejections! {
    /// Why a try-on is not rated.
    RateTryOnRejection {
        NotRequested => "try-on-not-found", NotFound, "there is no such try-on";
        NotSucceeded => "try-on-not-succeeded", Conflict, "this try-on has no result";
    }
}

impl Decide<Session> for RateTryOn {
    type Rejection = RateTryOnRejection;

    fn decide(&self, session: &Session) -> Result<Vec<SessionEvent>, RateTryOnRejection> {
        match &session.phase {
            Phase::Unknown => return Err(RateTryOnRejection::NotRequested),
            Phase::Requested | Phase::Running { .. } | Phase::Failed { .. } | Phase::Cancelled => {
                return Err(RateTryOnRejection::NotSucceeded);
            }
            Phase::Succeeded { .. } => {}
        }
        let said = Feedback {
            rating: self.rating,
            reasons: self.reasons.iter().copied().collect(),
        };
        if session.feedback.as_ref() == Some(&said) {
            return Ok(vec![]);
        }
        Ok(vec![SessionEvent::TryOnRated {
            rating: said.rating,
            reasons: said.reasons,
        }])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    /// Requested, started, succeeded.
    fn succeeded() -> Vec<SessionEvent> {
        let mut samples = SessionEvent::samples();
        samples.truncate(3);
        samples
    }

    fn rate(rating: Rating, reasons: impl IntoIterator<Item = RatingReason>) -> RateTryOn {
        RateTryOn {
            rating,
            reasons: reasons.into_iter().collect(),
        }
    }

    fn rated(rating: Rating, reasons: impl IntoIterator<Item = RatingReason>) -> SessionEvent {
        SessionEvent::TryOnRated {
            rating,
            reasons: reasons.into_iter().collect(),
        }
    }

    #[test]
    fn another_word_counts_and_the_same_word_is_no_news() {
        use RatingReason::{Colour, Edges};
        let bad = rated(Rating::Bad, [Colour, Edges]);
        TestFramework::<Session>::with(())
            .given(succeeded())
            .when(rate(Rating::Bad, [Edges, Colour]).into())
            .then_expect_events(vec![bad.clone()]);
        let mut history = succeeded();
        history.push(bad);
        TestFramework::<Session>::with(())
            .given(history.clone())
            .when(rate(Rating::Bad, [Edges, Colour]).into())
            .then_expect_events(vec![]);
        for (rating, reasons) in [(Rating::Bad, vec![Edges]), (Rating::Good, vec![])] {
            TestFramework::<Session>::with(())
                .given(history.clone())
                .when(rate(rating, reasons.clone()).into())
                .then_expect_events(vec![rated(rating, reasons)]);
        }
    }

    #[test]
    fn what_was_said_first_may_be_said_again_after_something_else() {
        let mut history = succeeded();
        history.push(rated(Rating::Good, []));
        history.push(rated(Rating::Bad, []));
        TestFramework::<Session>::with(())
            .given(history)
            .when(rate(Rating::Good, []).into())
            .then_expect_events(vec![rated(Rating::Good, [])]);
    }

    #[test]
    fn only_a_result_is_rated() {
        for history in 1..=2 {
            let mut events = succeeded();
            events.truncate(history);
            TestFramework::<Session>::with(())
                .given(events)
                .when(rate(Rating::Good, []).into())
                .then_expect_error(RateTryOnRejection::NotSucceeded.into());
        }
        TestFramework::<Session>::with(())
            .given_no_previous_events()
            .when(rate(Rating::Good, []).into())
            .then_expect_error(RateTryOnRejection::NotRequested.into());
    }

    #[test]
    fn a_rated_try_on_has_still_succeeded() {
        let mut history = succeeded();
        history.push(rated(Rating::Good, []));
        TestFramework::<Session>::with(())
            .given(history)
            .when(super::super::CancelTryOn {}.into())
            .then_expect_error(super::super::CancelTryOnRejection::Finished.into());
    }
}
