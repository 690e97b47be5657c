//! The public port: the accept loop, what surrounds every request, and the gateway's own addresses.

mod accept;
mod answers;
mod documentation;
mod linger;
mod preview;
mod readiness;
mod surround;

pub(crate) use self::{
    accept::{Limits, accept},
    answers::JetStreamAnswers,
    documentation::documentation,
    preview::{Previews, previews},
    readiness::{Readiness, Running, own_addresses},
    surround::surround,
};
