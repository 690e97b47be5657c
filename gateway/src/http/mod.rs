//! The public port: the accept loop, what surrounds every request, and the gateway's own addresses.

mod accept;
mod answers;
mod compression;
mod cross_site;
mod documentation;
mod linger;
mod preview;
mod rate_limits;
mod readiness;
mod revocation;
mod surround;
mod tls;
mod unreadable;
mod verify;

pub(crate) use self::{
    accept::{Limits, PeerAddress, accept},
    answers::JetStreamAnswers,
    documentation::documentation,
    preview::{Previews, previews},
    rate_limits::{RateLimits, RateLimitsText},
    readiness::{Readiness, Running, own_addresses},
    surround::surround,
    tls::{Tls, TlsFiles},
    verify::{Marks, marks},
};
