//! The try-on service: `TryOnRequested` in, result picture out.
//!
//! `engine` makes the picture and knows only pixels; `service` takes jobs from the log and knows none.

// Image code walks from pixels to coordinates and back; ranges are bounded by the decoder's limits.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::needless_range_loop,
    clippy::many_single_char_names,
    clippy::similar_names,
    reason = "pixel arithmetic"
)]

mod adapter;
pub mod engine;
pub mod reload;
pub mod service;
