//! The keys that access tokens are signed with, as far as admins decide about them. The keys themselves are never in the log.

mod events;
mod record_replacement;
mod state;

pub use self::{
    events::SigningKeysEvent,
    record_replacement::RecordReplacement,
    state::{SigningKeys, SigningKeysCommand, SigningKeysRejection},
};
