//! The service around the engine: takes requested try-ons from the log, publishes what became of them, answers
//! previews over gRPC, and looks at garments while nobody waits. Knows no pixels; the engine is a parameter.

mod attempt;
mod cancellation;
mod consumer;
mod deadline;
mod health;
mod looks;
mod media;
mod options;
mod port;
mod preview;
mod progress;
mod quiet;
mod serve;

pub use self::{
    options::ServeOptions,
    port::{
        CutOut, Description, Failure, Finding, Finished, Looked, Looker, ModelPack, Subject, TryOn,
        Wish,
    },
    serve::{ServeError, serve},
};
