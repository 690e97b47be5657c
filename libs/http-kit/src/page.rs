//! Pages of a long list.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::StatusCode;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::ToSchema;

use crate::Problem;

/// Longer cursors are none of ours.
const LONGEST: usize = 1024;

/// Where a list goes on: opaque to clients, a value of our choice to us. Not a secret, and not trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String)]
pub struct Cursor(String);

impl Cursor {
    /// The cursor that stands for this value.
    pub fn encode<T: Serialize>(value: &T) -> Result<Self, Problem> {
        let json = serde_json::to_vec(value).map_err(|error| {
            tracing::error!(%error, "a cursor cannot be written");
            Problem::internal()
        })?;
        Ok(Self(URL_SAFE_NO_PAD.encode(json)))
    }

    /// The value that it stands for; 400 if it is none of ours.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let json = (self.0.len() <= LONGEST)
            .then(|| URL_SAFE_NO_PAD.decode(&self.0).ok())
            .flatten();
        json.and_then(|json| serde_json::from_slice(&json).ok())
            .ok_or_else(|| {
                Problem::new(
                    StatusCode::BAD_REQUEST,
                    "bad-cursor",
                    "The cursor is none of ours",
                )
                .detail("Use next_cursor as it was answered, with the same filters.")
            })
    }

    /// The text that clients see.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Cursor {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// A part of a long list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Page<T> {
    /// This part's items, in order.
    pub items: Vec<T>,
    /// Where the next part begins; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_cursor: Option<Cursor>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_as_written() {
        let cursor = Cursor::encode(&(4_990, "a/b?c")).unwrap();
        assert!(
            cursor
                .as_str()
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        );
        assert_eq!(
            cursor.decode::<(u32, String)>().unwrap(),
            (4_990, "a/b?c".to_owned())
        );
    }

    #[test]
    fn a_foreign_cursor_is_refused() {
        for bad in ["", "?", "bm8", &"A".repeat(2_000)] {
            let problem = Cursor::from(bad.to_owned())
                .decode::<(u32, String)>()
                .unwrap_err();
            assert_eq!(problem.code(), "bad-cursor");
        }
    }
}
