//! What somebody shows: the secret of the link, or the address and its code.

use std::net::IpAddr;

use http_kit::{Problem, SecretToken};

use crate::{email::Email, throttle::Throttle};

/// One of the two.
pub(crate) enum Proof {
    Link(SecretToken),
    Code { email: Email, code: String },
}

impl Proof {
    /// From the fields of a body, of which one form must be there.
    pub(crate) fn of(
        token: Option<String>,
        email: Option<Email>,
        code: Option<String>,
    ) -> Result<Self, Problem> {
        match (token, email, code) {
            (Some(token), None, None) => match token.parse() {
                Ok(token) => Ok(Self::Link(token)),
                Err(error) => Err(Problem::invalid_body().pointer("/token", format!("{error}"))),
            },
            // As it stands in the mail, with a space in the middle.
            (None, Some(email), Some(code)) => Ok(Self::Code {
                email,
                code: code.chars().filter(char::is_ascii_digit).collect(),
            }),
            _ => {
                Err(Problem::invalid_body()
                    .pointer("", "has either a token, or an email and a code"))
            }
        }
    }

    /// Counts an attempt: for the address that a code belongs to, and for the network alone where there is a link, which nobody
    /// guesses.
    pub(crate) fn throttle(&self, throttle: &Throttle, network: IpAddr) -> Result<(), Problem> {
        match self {
            Self::Link(_) => throttle.link(network),
            Self::Code { email, .. } => throttle.guess(&email.key(), network, true),
        }
    }
}
