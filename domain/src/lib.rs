//! The rules: what may happen and what happened
