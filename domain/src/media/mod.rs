//! Pictures: of garments, of people, of results.

pub mod picture;
