//! Languages that mail is written in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A language that mail is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MailLanguage {
    /// English.
    #[default]
    En,
    /// German.
    De,
}

impl MailLanguage {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }

    /// From PostgreSQL; what is not known is English.
    pub(crate) fn of(text: &str) -> Self {
        if text == Self::De.as_str() {
            Self::De
        } else {
            Self::En
        }
    }
}
