//! The API's document (OpenAPI 3.1): one for all roles, finished in one place.

mod base;
mod complete;
mod examples;

pub(crate) use self::base::{base, document, events_text, text};
