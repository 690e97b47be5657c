//! What a decision about a projection needs to remember: no more than which it is. What is in force stands beside the view.

use std::convert::Infallible;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{ProjectionEvent, RecordDecision};
use crate::{decision::commands, shared::ViewName};

/// The namespace of ids that come from a view's name. Never changes: a projection is known again by it.
const NAMESPACE: Uuid = Uuid::from_u128(0x6472_6170_652d_7072_6f6a_6563_7469_0001);

/// A projection, as its rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Projection {
    /// Of which view; none before something was decided about it.
    pub(super) view: Option<ViewName>,
}

impl Projection {
    /// The id of the projection of this view.
    pub fn id_of(view: &ViewName) -> Uuid {
        Uuid::new_v5(&NAMESPACE, view.as_str().as_bytes())
    }

    pub(super) fn evolve(&mut self, event: ProjectionEvent) {
        match event {
            ProjectionEvent::ProjectionPaused { view, .. }
            | ProjectionEvent::ProjectionResumed { view, .. }
            | ProjectionEvent::ProjectionRebuildRequested { view, .. }
            | ProjectionEvent::ProjectionRebuildCancelled { view, .. }
            | ProjectionEvent::ParkedEventRetried { view, .. }
            | ProjectionEvent::ParkedEventDiscarded { view, .. } => self.view = Some(view),
        }
    }
}

commands! {
    Projection: "operations.projection", ProjectionEvent;
    ProjectionCommand, ProjectionRejection {
        RecordDecision or Infallible,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_projection_has_the_same_id_for_ever() {
        let view = ViewName::parse("garment_card").unwrap();
        assert_eq!(
            Projection::id_of(&view).to_string(),
            "7ccfffe6-9687-5a06-b476-f4eb39eb96a2"
        );
    }
}
