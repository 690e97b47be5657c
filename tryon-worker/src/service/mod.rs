//! The service around the engine: takes requested try-ons from the log, publishes what became of them, and answers
//! previews over gRPC. Knows no pixels; the engine is a parameter.

mod attempt;
mod cancellation;
mod consumer;
mod deadline;
mod health;
mod media;
mod options;
mod port;
mod preview;
mod progress;
mod serve;

pub use self::{
    options::ServeOptions,
    port::{Description, Failure, Finding, Finished, ModelPack, Subject, TryOn},
    serve::{ServeError, serve},
};
