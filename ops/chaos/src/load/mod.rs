//! The clients of a run: they write, ask for try-ons, and watch, over HTTP as everybody does.

mod stage;
mod try_ons;
mod twins;
mod watcher;
mod writer;

pub use self::{
    stage::{Control, Stage},
    try_ons::request_try_ons,
    twins::{Pairs, write_twice},
    watcher::{Manner, Told, watch},
    writer::write_garments,
};
