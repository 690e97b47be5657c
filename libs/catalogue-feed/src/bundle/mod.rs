//! A zip that holds a catalogue's file, its pictures, or both. It is read where it lies: nothing is unpacked onto a disk, and of what is
//! in it only its directory is held.

mod open;
mod refusal;
mod unpack;

pub use self::{
    open::{Bundle, BundleLimits, BundledTable},
    refusal::BundleRefusal,
};
