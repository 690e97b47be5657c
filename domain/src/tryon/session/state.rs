//! What a decision about a try-on needs to remember, and what a worker needs to do it.

use serde::{Deserialize, Serialize};

use super::{
    CancelTryOn, CancelTryOnRejection, FailTryOn, FailTryOnRejection, Mode, RateTryOn,
    RateTryOnRejection, Rating, RatingReason, RequestTryOn, RequestTryOnRejection, SessionEvent,
    StartTryOn, StartTryOnRejection, SucceedTryOn, SucceedTryOnRejection, Worn,
};
use crate::{
    decision::commands,
    shared::{AccountId, Category, GarmentId, PictureId},
};

/// How far a try-on has come.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Phase {
    /// Never requested.
    #[default]
    Unknown,
    /// Waiting for a worker.
    Requested,
    /// A worker is at it.
    Running {
        /// Which attempt; only this one may end it.
        attempt: u32,
        /// Which process.
        worker: String,
    },
    /// The result is there.
    Succeeded {
        /// The attempt that made it.
        attempt: u32,
        /// The result.
        result: PictureId,
    },
    /// It cannot be done.
    Failed {
        /// The attempt that found out.
        attempt: u32,
    },
    /// It is no longer wanted.
    Cancelled,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The picture of the person.
    pub person: PictureId,
    /// The garment.
    pub garment: GarmentId,
    /// The picture of the garment.
    pub garment_picture: PictureId,
    /// Where on the body it goes.
    pub category: Category,
    /// Who asked.
    pub requested_by: AccountId,
    /// How large the result is to be.
    #[serde(default)]
    pub mode: Mode,
    /// Another number, another result, where an engine draws lots.
    #[serde(default)]
    pub seed: u32,
    /// After so many seconds it is given up, unless it has ended.
    #[serde(default)]
    pub cancel_after_s: Option<u32>,
    /// What the garment is put over.
    #[serde(default)]
    pub over: Option<Worn>,
}

impl Request {
    /// The photo of the person, whatever they wear in the picture by now: whose it is and what they agreed to is said of this one.
    pub fn photo(&self) -> PictureId {
        self.over.map_or(self.person, |worn| worn.photo)
    }
}

/// What whoever asked said of the result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    /// Whether it is of use.
    pub rating: Rating,
    /// What that is about.
    pub reasons: Vec<RatingReason>,
}

/// A try-on, as its rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Session {
    pub(super) phase: Phase,
    pub(super) request: Option<Request>,
    pub(super) attempts: u32,
    #[serde(default)]
    pub(super) feedback: Option<Feedback>,
}

impl Session {
    /// How far it has come.
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// What was asked for; none before it was requested.
    pub fn request(&self) -> Option<&Request> {
        self.request.as_ref()
    }

    /// The result, if there is one.
    pub fn result(&self) -> Option<PictureId> {
        match self.phase {
            Phase::Succeeded { result, .. } => Some(result),
            Phase::Unknown
            | Phase::Requested
            | Phase::Running { .. }
            | Phase::Failed { .. }
            | Phase::Cancelled => None,
        }
    }

    /// How many workers have taken it up.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Whether nothing more can happen to it.
    pub fn has_ended(&self) -> bool {
        match self.phase {
            Phase::Unknown | Phase::Requested | Phase::Running { .. } => false,
            Phase::Succeeded { .. } | Phase::Failed { .. } | Phase::Cancelled => true,
        }
    }

    pub(super) fn evolve(&mut self, event: SessionEvent) {
        self.phase = match event {
            SessionEvent::TryOnRequested {
                person,
                garment,
                garment_picture,
                category,
                requested_by,
                mode,
                seed,
                cancel_after_s,
                over,
            } => {
                self.request = Some(Request {
                    person,
                    garment,
                    garment_picture,
                    category,
                    requested_by,
                    mode,
                    seed,
                    cancel_after_s,
                    over,
                });
                Phase::Requested
            }
            SessionEvent::TryOnStarted { attempt, worker } => {
                self.attempts = attempt;
                Phase::Running { attempt, worker }
            }
            SessionEvent::TryOnSucceeded {
                attempt, result, ..
            } => Phase::Succeeded { attempt, result },
            SessionEvent::TryOnFailed { attempt, .. } => Phase::Failed { attempt },
            SessionEvent::TryOnCancelled {} => Phase::Cancelled,
            SessionEvent::TryOnRated { rating, reasons } => {
                self.feedback = Some(Feedback { rating, reasons });
                return;
            }
        };
    }
}

commands! {
    Session: "tryon.session", SessionEvent;
    SessionCommand, SessionRejection {
        RequestTryOn or RequestTryOnRejection,
        StartTryOn or StartTryOnRejection,
        SucceedTryOn or SucceedTryOnRejection,
        FailTryOn or FailTryOnRejection,
        CancelTryOn or CancelTryOnRejection,
        RateTryOn or RateTryOnRejection,
    }
}
