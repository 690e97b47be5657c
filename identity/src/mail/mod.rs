//! Mail: what it says, and how it goes out.

mod language;
mod message;
mod outbox;
mod transport;

pub(crate) use self::{
    language::MailLanguage,
    message::{Message, Secrets},
    outbox::Outbox,
    transport::{Transport, TransportError},
};
