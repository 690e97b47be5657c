//! What a decision about the signing keys needs to remember: no more than when. The keys lie in the sign-in's database.

use std::convert::Infallible;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{RecordReplacement, SigningKeysEvent};
use crate::{decision::commands, shared::Moment};

/// The signing keys of this system, as their rules see them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SigningKeys {
    /// When they were replaced last; none before that.
    pub(super) replaced_at: Option<Moment>,
}

impl SigningKeys {
    /// The id of the only ones. Never changes.
    pub const ID: Uuid = Uuid::from_u128(0x6472_6170_652d_8369_8e67_6b65_7973_0001);

    pub(super) fn evolve(&mut self, event: SigningKeysEvent) {
        match event {
            SigningKeysEvent::SigningKeysReplaced { decided } => {
                self.replaced_at = Some(decided.at);
            }
        }
    }
}

commands! {
    SigningKeys: "identity.signing_keys", SigningKeysEvent;
    SigningKeysCommand, SigningKeysRejection {
        RecordReplacement or Infallible,
    }
}
