//! Passwords: which are taken, and how they are remembered.

mod cost;
mod hasher;
mod peppers;
mod secret;
mod strength;

use self::strength::check_strength;
pub use self::{
    cost::Cost,
    peppers::{Peppers, PeppersError},
};
pub(crate) use self::{
    hasher::{Hasher, StoredPassword, Verdict, same},
    secret::Password,
    strength::{Beside, is_short},
};
