//! A listener between a program and its server: it reads along, and at a chosen message lets nothing more through. So a
//! program can be ended exactly between two messages, without a line for it in the program.

mod nats;
mod postgres;
mod proxy;
mod trap;

pub use self::{
    proxy::{Proxy, Speech},
    trap::{Catch, Point, Then, Trap},
};
