//! Whether somebody has their second factor at hand.

use blob_store::{SealingKey, SubjectKeys as _};
use http::StatusCode;
use http_kit::Problem;
use uuid::Uuid;

use super::{recovery_codes, totp};
use crate::{Identity, database::in_time};

/// What the secret is sealed about, so that it is mistaken for nothing else that is sealed under the same key.
const ABOUT: &[u8] = b"totp";

/// What somebody shows.
pub(crate) enum Shown {
    /// What the app says.
    Code(String),
    /// What stands on the paper.
    Recovery(String),
}

impl Shown {
    /// From the fields of a body, of which one may be there.
    pub(crate) fn of(
        code: Option<String>,
        recovery_code: Option<String>,
    ) -> Result<Option<Self>, Problem> {
        match (code, recovery_code) {
            (None, None) => Ok(None),
            (Some(code), None) => Ok(Some(Self::Code(digits(&code)))),
            (None, Some(code)) => Ok(Some(Self::Recovery(code))),
            (Some(_), Some(_)) => Err(Problem::invalid_body()
                .pointer("", "has a code or a recovery code, not both of them")),
        }
    }
}

/// A code as an app shows it, with a space in the middle.
pub(super) fn digits(code: &str) -> String {
    code.chars().filter(char::is_ascii_digit).collect()
}

/// The second factor that was shown is none, or was used before.
pub(super) fn refused(status: StatusCode) -> Problem {
    Problem::new(
        status,
        "second-factor-refused",
        "The code is wrong, or was used before",
    )
    .detail("An app's code is good for half a minute, once; a recovery code is good once.")
}

/// The secret of an app and what has been taken of it.
struct App {
    sealed: Vec<u8>,
    last_step: i64,
    now_s: i64,
}

impl Identity {
    /// Whether they need more than a password.
    pub(crate) async fn has_second_factor(&self, account: Uuid) -> Result<bool, Problem> {
        let select = sqlx::query_scalar!(
            "SELECT EXISTS (SELECT FROM identity.totp WHERE account = $1 AND confirmed_at IS NOT NULL) AS \"has!\"",
            account
        );
        in_time(select.fetch_one(&self.pool)).await
    }

    /// Demands that somebody who has a second factor shows it, else 422.
    pub(crate) async fn demand_second_factor(
        &self,
        account: Uuid,
        shown: Option<&Shown>,
    ) -> Result<(), Problem> {
        if !self.has_second_factor(account).await? {
            return Ok(());
        }
        let is_shown = match shown {
            Some(shown) => self.take_second_factor(account, shown).await?,
            None => false,
        };
        if is_shown {
            return Ok(());
        }
        Err(refused(StatusCode::UNPROCESSABLE_ENTITY))
    }

    /// Whether this is a second factor of theirs, and takes it: it is good once.
    pub(crate) async fn take_second_factor(
        &self,
        account: Uuid,
        shown: &Shown,
    ) -> Result<bool, Problem> {
        match shown {
            Shown::Code(code) => self.take_code(account, code).await,
            Shown::Recovery(code) => {
                let delete = sqlx::query!(
                    "DELETE FROM identity.recovery_code WHERE account = $1 AND code = $2",
                    account,
                    recovery_codes::hash(account, code)
                );
                let done = in_time(delete.execute(&self.pool)).await?;
                Ok(done.rows_affected() == 1)
            }
        }
    }

    async fn take_code(&self, account: Uuid, code: &str) -> Result<bool, Problem> {
        let Some(step) = self.step_of(account, code, true).await? else {
            return Ok(false);
        };
        // Of two who show the same code at the same time, one is too late.
        let update = sqlx::query!(
            "UPDATE identity.totp SET last_step = $2 WHERE account = $1 AND last_step < $2",
            account,
            step
        );
        let done = in_time(update.execute(&self.pool)).await?;
        Ok(done.rows_affected() == 1)
    }

    /// The step whose code this is, of the app that was confirmed or still has to be.
    pub(super) async fn step_of(
        &self,
        account: Uuid,
        code: &str,
        is_confirmed: bool,
    ) -> Result<Option<i64>, Problem> {
        let select = sqlx::query_as!(
            App,
            "SELECT sealed, last_step, extract(epoch FROM now())::bigint AS \"now_s!\"
             FROM identity.totp WHERE account = $1 AND (confirmed_at IS NOT NULL) = $2",
            account,
            is_confirmed
        );
        let Some(app) = in_time(select.fetch_optional(&self.pool)).await? else {
            return Ok(None);
        };
        let key = self.key_of(account).await?;
        let secret = key.open(ABOUT, &app.sealed).map_err(|error| {
            tracing::error!(%account, "a second factor cannot be opened: {error}");
            Problem::internal()
        })?;
        Ok(totp::step_of(&secret, code, app.now_s, app.last_step))
    }

    /// The secret of an app, as it is kept.
    pub(super) async fn seal_totp(&self, account: Uuid, secret: &[u8]) -> Result<Vec<u8>, Problem> {
        let key = self.key_of(account).await?;
        key.seal(ABOUT, secret).map_err(|error| {
            tracing::error!("a second factor cannot be sealed: {error}");
            Problem::internal()
        })
    }

    /// What belongs to somebody is sealed under this key, and gone when it is.
    async fn key_of(&self, account: Uuid) -> Result<SealingKey, Problem> {
        match self.subject_keys.key(account, true).await {
            Ok(Some(key)) => Ok(key),
            Ok(None) => Err(crate::account::not_found()),
            Err(error) => {
                tracing::error!(
                    "a second factor is out of reach: {}",
                    telemetry::chain(&error)
                );
                Err(Problem::unavailable())
            }
        }
    }
}
