//! Reads and live updates over HTTP
