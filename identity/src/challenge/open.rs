//! A challenge begins: a mail is asked for.

use http_kit::Problem;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{database::in_time, email::Email, mail::MailLanguage, password::StoredPassword};

/// What it opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// An account.
    SignUp,
    /// A new password.
    Recovery,
}

impl Purpose {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::SignUp => "sign-up",
            Self::Recovery => "recovery",
        }
    }
}

/// What is asked for.
pub(crate) struct Wanted {
    pub(crate) id: Uuid,
    pub(crate) purpose: Purpose,
    pub(crate) email: Email,
    pub(crate) language: MailLanguage,
    /// Sign-up: the account that it will be, and its password.
    pub(crate) account: Option<(Uuid, StoredPassword)>,
}

/// Asks for a mail. The same work whether or not there is somebody with this address: whoever writes the mail finds that out.
pub(crate) async fn open(pool: &PgPool, wanted: Wanted) -> Result<(), Problem> {
    let (account, password, pepper) = match wanted.account {
        Some((account, stored)) => (Some(account), Some(stored.phc), stored.pepper),
        None => (None, None, None),
    };
    let insert = sqlx::query!(
        "INSERT INTO identity.challenge (id, purpose, email, email_key, language, account, password, pepper, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + interval '1 day')",
        wanted.id,
        wanted.purpose.as_str(),
        wanted.email.as_str(),
        wanted.email.key(),
        wanted.language.as_str(),
        account,
        password,
        pepper
    );
    in_time(insert.execute(pool)).await?;
    Ok(())
}
