//! Old events in the shape of today.

use std::fmt;
use std::sync::Arc;

use cqrs_es::persist::{EventUpcaster, SerializedEvent};
use serde_json::Value;

use crate::commit::{Commit, RecordedEvent};

/// What makes today's events of those that older versions stored. The log itself is never changed.
///
/// Each upcaster is asked once, in the given order, with what the one before it made: one for each step from a version
/// to the next, oldest first. The same for every reader: aggregates, projections, workers.
#[derive(Clone, Default)]
pub struct Upcasters(Arc<[Box<dyn EventUpcaster>]>);

impl Upcasters {
    /// These, in this order.
    pub fn new(upcasters: impl IntoIterator<Item = Box<dyn EventUpcaster>>) -> Self {
        Self(upcasters.into_iter().collect())
    }

    /// The event as it would be stored today; `None` when it needs no change.
    pub(crate) fn apply(
        &self,
        commit: &Commit,
        index: usize,
        event: &RecordedEvent,
    ) -> Result<Option<SerializedEvent>, serde_json::Error> {
        let first = self
            .0
            .iter()
            .position(|upcaster| upcaster.can_upcast(&event.event_type, &event.event_version));
        let Some(first) = first else {
            return Ok(None);
        };
        let sequence = commit.from_version + index as u64;
        let mut event = SerializedEvent::new(
            commit.aggregate_id.clone(),
            usize::try_from(sequence).unwrap_or(usize::MAX),
            commit.aggregate_type.clone(),
            event.event_type.clone(),
            event.event_version.clone(),
            serde_json::from_str(event.data.get())?,
            Value::Null,
        );
        for upcaster in self.0.iter().skip(first) {
            if upcaster.can_upcast(&event.event_type, &event.event_version) {
                event = upcaster.upcast(event);
            }
        }
        Ok(Some(event))
    }
}

impl fmt::Debug for Upcasters {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} upcasters", self.0.len())
    }
}
