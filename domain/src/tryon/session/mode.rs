//! How much time a try-on may take for how large a picture.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How large the result is, and so how long it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Small, for lists and first looks.
    Fast,
    /// As large as the engine works at.
    #[default]
    Balanced,
}

impl Mode {
    /// Whether nobody needs to say it.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
