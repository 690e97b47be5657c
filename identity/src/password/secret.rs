//! A password on its way.

use std::fmt;

use serde::Deserialize;
use thiserror::Error;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type},
    },
};

/// Longer ones are cut to nothing by nobody; this bounds the work of a request.
const LONGEST: usize = 128;

/// A password as somebody gave it. Shown by nothing but [`Password::reveal`].
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Password(String);

/// The text cannot be a password.
#[derive(Debug, Error)]
#[error("a password has 1 to 128 characters")]
pub(crate) struct PasswordError;

impl Password {
    /// The text.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Password {
    type Error = PasswordError;

    fn try_from(text: String) -> Result<Self, PasswordError> {
        if (1..=LONGEST).contains(&text.chars().count()) {
            Ok(Self(text))
        } else {
            Err(PasswordError)
        }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

impl PartialSchema for Password {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Password)))
            .min_length(Some(1))
            .max_length(Some(LONGEST))
            .examples([serde_json::json!("seven grey herons wade home")])
            .into()
    }
}

impl ToSchema for Password {}
