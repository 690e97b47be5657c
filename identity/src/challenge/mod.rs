//! Challenges: who has the secret from a mail has shown that the address is theirs.

mod open;
mod proof;
mod redeem;
mod secrets;

pub(crate) use self::{
    open::{Purpose, Wanted, open},
    proof::Proof,
    redeem::{Redeemed, redeem, used_in_tx},
    secrets::{code_hash, new_secrets},
};
