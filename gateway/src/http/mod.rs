//! The gateway's own addresses.

mod answers;
mod documentation;
mod preview;
mod readiness;
mod verify;

pub(crate) use self::{
    answers::JetStreamAnswers,
    documentation::documentation,
    preview::{Previews, previews},
    readiness::{Readiness, Running, own_addresses},
    verify::{Marks, marks},
};
