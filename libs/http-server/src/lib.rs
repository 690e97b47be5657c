//! The public port: the accept loop, TLS, and what surrounds every request.
//!
//! Knows HTTP and who asks ([`http_kit`]), nothing of what is answered. It is a crate of its own because all that every request
//! passes is compiled here: hyper's connections and the layers are generic, and what is generic is optimised as much as the crate
//! that names the types.

mod accept;
mod body_limit;
mod compression;
mod connection;
mod cross_site;
mod linger;
mod rate_limits;
mod request_name;
mod revocation;
mod span;
mod surround;
mod tls;
mod unreadable;

pub use self::{
    accept::{Limits, PeerAddress, accept},
    rate_limits::RateLimitsText,
    surround::{Surroundings, surround},
    tls::{Tls, TlsError, TlsFiles},
};
