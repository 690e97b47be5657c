//! What can be wrong with a configuration.

use std::path::PathBuf;

use thiserror::Error;

/// What can be wrong with a configuration. Never holds the value of a secret.
#[derive(Debug, Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no TOML.
    #[error("the configuration {} is no TOML", path.display())]
    NotToml {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// There is no such key.
    #[error("unknown configuration key {key}{}; `drape config` lists all", did_you_mean(.near))]
    UnknownKey {
        /// What was set.
        key: String,
        /// Keys that look like it.
        near: Vec<&'static str>,
    },
    /// A list or table stands where a simple value is wanted.
    #[error("the configuration key {key} cannot hold a {found}")]
    WrongShape {
        /// Which key.
        key: &'static str,
        /// What stands there.
        found: &'static str,
    },
    /// The value does not mean anything.
    #[error("the configuration key {key} ({env}) must be {wanted}")]
    Invalid {
        /// Which key.
        key: &'static str,
        /// Its environment variable.
        env: &'static str,
        /// What would be good.
        wanted: String,
    },
}

fn did_you_mean(near: &[&str]) -> String {
    if near.is_empty() {
        return String::new();
    }
    format!(" (did you mean {}?)", near.join(" or "))
}
