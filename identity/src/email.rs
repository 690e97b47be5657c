//! E-mail addresses.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type},
    },
};

/// The longest that can be delivered to (RFC 5321, 4.5.3.1.3).
const LONGEST: usize = 254;

/// An address as its owner writes it. Not shown in logs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Email(String);

/// The text is no address that mail can be sent to.
#[derive(Debug, Error)]
#[error("an e-mail address looks like ada@shop.example and has at most 254 characters")]
pub(crate) struct EmailError;

impl Email {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// What makes it one person's: upper and lower case are the same.
    pub(crate) fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        let sound = text.len() <= LONGEST
            && text.bytes().all(|byte| byte.is_ascii_graphic())
            && lettre::Address::from_str(text).is_ok();
        // Mail to a host without a dot stays inside of somebody's network.
        let has_domain = text
            .rsplit_once('@')
            .is_some_and(|(_, domain)| domain.contains('.'));
        if sound && has_domain {
            Ok(Self(text.to_owned()))
        } else {
            Err(EmailError)
        }
    }
}

impl TryFrom<String> for Email {
    type Error = EmailError;

    fn try_from(text: String) -> Result<Self, EmailError> {
        text.parse()
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email")
    }
}

impl PartialSchema for Email {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Email)))
            .max_length(Some(LONGEST))
            .examples([serde_json::json!("ada@shop.example")])
            .into()
    }
}

impl ToSchema for Email {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_that_mail_can_be_sent_to() {
        let email: Email = "Ada.L@Shop.example".parse().unwrap();
        assert_eq!(email.key(), "ada.l@shop.example");
        assert_eq!(format!("{email:?}"), "Email");
        for wrong in [
            "",
            "ada",
            "ada@",
            "@shop.example",
            "ada@localhost",
            "a b@shop.example",
            "ada@shop.example\r\nBcc: all@shop.example",
            &format!("{}@shop.example", "a".repeat(300)),
        ] {
            assert!(wrong.parse::<Email>().is_err(), "{wrong}");
        }
    }
}
