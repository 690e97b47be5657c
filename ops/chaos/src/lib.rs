//! Fault tests: a whole system under load, faults that a seed decides, a history of every command, and a checker that
//! holds history, log, views and live clients against each other.
//!
//! The checker reads the log and folds it with code of its own: nothing of the projector or the domain is used, so that a
//! mistake there cannot hide itself.

mod audit;
pub mod check;
pub mod disk;
pub mod fault;
pub mod fold;
pub mod history;
pub mod load;
pub mod network;
pub mod observed;
pub mod random;
pub mod report;
pub mod scenario;
pub mod wire;
