//! The projection of a view: what admins decided about it. How it is doing is not known here.

mod events;
mod record_decision;
mod state;

pub use self::{
    events::ProjectionEvent,
    record_decision::{ProjectionDecision, RecordDecision},
    state::{Projection, ProjectionCommand, ProjectionRejection},
};
