//! Whether a garment can be tried on, as an engine finds that looked at its picture. Its id is the garment's.

mod cutout;
mod events;
mod record_look;
mod state;

pub use self::{
    cutout::{Bounds, Cutout},
    events::{ModelPack, SuitabilityEvent, Verdict},
    record_look::RecordLook,
    state::{Look, Suitability, SuitabilityCommand, SuitabilityRejection},
};
