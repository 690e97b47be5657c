//! Everything that admins decide about a projection. Append-only: `docs/events.md` says how an event may change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    decision::event_versions,
    shared::{Circumstances, ViewName},
};

/// What was decided about a projection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
pub enum ProjectionEvent {
    /// It stands still from then on.
    ProjectionPaused {
        /// Which view.
        view: ViewName,
        /// When, from where and why.
        decided: Circumstances,
    },
    /// It goes on.
    ProjectionResumed {
        /// Which view.
        view: ViewName,
        /// When, from where and why.
        decided: Circumstances,
    },
    /// Its rows are to be built anew.
    ProjectionRebuildRequested {
        /// Which view.
        view: ViewName,
        /// When, from where and why.
        decided: Circumstances,
    },
    /// Its rows are not to be built anew after all.
    ProjectionRebuildCancelled {
        /// Which view.
        view: ViewName,
        /// When, from where and why.
        decided: Circumstances,
    },
    /// A commit that it could not apply was tried again.
    ParkedEventRetried {
        /// Which view.
        view: ViewName,
        /// The commit's sequence in the log.
        sequence: u64,
        /// When, from where and why.
        decided: Circumstances,
    },
    /// A commit that it could not apply is left out for good.
    ParkedEventDiscarded {
        /// Which view.
        view: ViewName,
        /// The commit's sequence in the log.
        sequence: u64,
        /// When, from where and why.
        decided: Circumstances,
    },
}

event_versions! {
    ProjectionEvent {
        ProjectionPaused => "1",
        ProjectionResumed => "1",
        ProjectionRebuildRequested => "1",
        ProjectionRebuildCancelled => "1",
        ParkedEventRetried => "1",
        ParkedEventDiscarded => "1",
    }
}

#[cfg(feature = "testing")]
#[expect(clippy::unwrap_used, reason = "samples are written to be right")]
impl ProjectionEvent {
    /// One of each, as frozen in `tests/golden/`.
    pub fn samples() -> Vec<Self> {
        let view = || ViewName::parse("garment_card").unwrap();
        let decided = || Circumstances {
            reason: Some(crate::shared::Reason::parse("the disk is full").unwrap()),
            ..Circumstances::sample()
        };
        vec![
            Self::ProjectionPaused {
                view: view(),
                decided: decided(),
            },
            Self::ProjectionResumed {
                view: view(),
                decided: decided(),
            },
            Self::ProjectionRebuildRequested {
                view: view(),
                decided: decided(),
            },
            Self::ProjectionRebuildCancelled {
                view: view(),
                decided: decided(),
            },
            Self::ParkedEventRetried {
                view: view(),
                sequence: 17,
                decided: decided(),
            },
            Self::ParkedEventDiscarded {
                view: view(),
                sequence: 17,
                decided: decided(),
            },
        ]
    }
}
