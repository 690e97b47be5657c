//! Everything that can happen to a try-on. Append-only: `docs/events.md` says how an event may change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Mode;
use crate::{
    decision::event_versions,
    shared::{AccountId, Category, GarmentId, PictureId, SessionId},
};

/// Why a try-on failed: a code for programs, a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FailureReason {
    /// A stable code, such as `not-front-view`.
    pub code: String,
    /// What was wrong and what to do about it.
    pub detail: String,
}

/// What the person in a picture wears already: the picture is the result of another try-on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Worn {
    /// The other try-on.
    pub try_on: SessionId,
    /// The photo of the person that the first of them began with.
    pub photo: PictureId,
}

/// A step of an attempt and how long it took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StageTime {
    /// The step's stable name, such as `warp`.
    pub stage: String,
    /// How long it took, rounded.
    pub ms: u32,
}

/// Whether a result is of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rating {
    /// It helps to decide.
    Good,
    /// It does not.
    Bad,
}

/// What a rating is about. No free text: people write about themselves in it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum RatingReason {
    /// The garment's colour.
    Colour,
    /// How the garment sits.
    Fit,
    /// What is printed on it.
    Print,
    /// Hands, hair or face.
    HandsOrFace,
    /// Where garment and photo meet.
    Edges,
    /// Something else.
    Other,
}

/// What happened to a try-on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
pub enum SessionEvent {
    /// Somebody wants to see a garment on a person.
    TryOnRequested {
        /// The picture of the person.
        person: PictureId,
        /// The garment.
        garment: GarmentId,
        /// The picture of the garment, as it was then.
        garment_picture: PictureId,
        /// Where on the body it goes.
        category: Category,
        /// Who asked; the result is theirs.
        requested_by: AccountId,
        /// How large the result is to be; `balanced` where nothing is said.
        #[serde(default, skip_serializing_if = "Mode::is_default")]
        mode: Mode,
        /// Another number, another result, where an engine draws lots; 0 where nothing is said.
        #[serde(default, skip_serializing_if = "no_seed")]
        seed: u32,
        /// After so many seconds it is given up, unless it has ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cancel_after_s: Option<u32>,
        /// What the garment is put over; nothing where the picture of the person is a photo.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        over: Option<Worn>,
    },
    /// A worker took it up.
    TryOnStarted {
        /// 1 for the first worker, 2 for the one that took over, ...
        attempt: u32,
        /// Which process, for operators.
        worker: String,
    },
    /// The result is there.
    TryOnSucceeded {
        /// The attempt that made it.
        attempt: u32,
        /// The result.
        result: PictureId,
        /// How long the attempt took.
        duration_ms: u64,
        /// Which engine and models made it.
        engine: String,
        /// Its steps in the order in which they ran; nothing where nobody measured them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        stages: Vec<StageTime>,
    },
    /// It cannot be done.
    TryOnFailed {
        /// The attempt that found out.
        attempt: u32,
        /// Why.
        reason: FailureReason,
    },
    /// It is no longer wanted.
    TryOnCancelled {},
    /// Whoever asked said what the result is worth; what they said before does not count any more.
    TryOnRated {
        /// Whether it is of use.
        rating: Rating,
        /// What that is about, each once and in the order of the words' list.
        reasons: Vec<RatingReason>,
    },
}

event_versions! {
    SessionEvent {
        TryOnRequested => "1",
        TryOnStarted => "1",
        TryOnSucceeded => "1",
        TryOnFailed => "1",
        TryOnCancelled => "1",
        TryOnRated => "1",
    }
}

/// Whether nobody needs to say it.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn no_seed(seed: &u32) -> bool {
    *seed == 0
}

#[cfg(feature = "testing")]
impl SessionEvent {
    /// One of each, as frozen in `tests/golden/`.
    pub fn samples() -> Vec<Self> {
        use uuid::Uuid;
        vec![
            Self::TryOnRequested {
                person: PictureId::new(Uuid::from_u128(1)),
                garment: GarmentId::new(Uuid::from_u128(2)),
                garment_picture: PictureId::new(Uuid::from_u128(7)),
                category: Category::Tops,
                requested_by: AccountId::new(Uuid::from_u128(3)),
                mode: Mode::Balanced,
                seed: 0,
                cancel_after_s: None,
                over: None,
            },
            Self::TryOnStarted {
                attempt: 1,
                worker: "worker-a".to_owned(),
            },
            Self::TryOnSucceeded {
                attempt: 1,
                result: PictureId::new(Uuid::from_u128(9)),
                duration_ms: 900,
                engine: "drape-warp 0.1".to_owned(),
                stages: vec![],
            },
            Self::TryOnFailed {
                attempt: 1,
                reason: FailureReason {
                    code: "not-front-view".to_owned(),
                    detail: "Use a photo that shows the person from the front.".to_owned(),
                },
            },
            Self::TryOnCancelled {},
            Self::TryOnRated {
                rating: Rating::Bad,
                reasons: vec![RatingReason::Colour, RatingReason::HandsOrFace],
            },
        ]
    }
}
