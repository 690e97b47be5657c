//! Writes over HTTP: commands in, positions out
