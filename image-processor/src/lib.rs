//! Uploaded pictures become renditions, and the Media service hands pictures to processes without bucket credentials.
//!
//! Works from the log: an upload that was acknowledged is processed, however often this role dies on the way.
//! Knows no SQL and no HTTP: how a time-stamping authority is reached is told by whoever composes it.

mod keep_cutout;
mod media_service;
mod pool;
mod process;
mod run;
mod signing;
mod stamping;
mod stored;

pub use self::{
    media_service::{MediaService, media_service},
    run::{Options, run},
    signing::{Signing, SigningError, SigningOptions},
    stamping::{Answering, TimeAuthority},
};
