//! Logs and error chains
