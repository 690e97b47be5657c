//! Configuration: one table of keys, a TOML file below the environment, and typed settings above both.

mod describe;
mod error;
mod keys;
mod settings;
mod sources;

pub(crate) use self::{describe::describe, settings::Config};
