//! Accounts in the log: opened, and told apart from those that are only configured.

use domain::{
    Rejection, RejectionKind,
    identity::account::{Account, RegisterAccount, Role as DomainRole},
};
use http::StatusCode;
use http_kit::{Problem, RefusalKind, Refused, Roles};
use jetstream_es::{CommandContext, ExecuteError};
use uuid::Uuid;

use crate::{Identity, role};

/// A new id.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where requests of nobody enter the system"
)]
pub(crate) fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// 409 for a caller whom the sign-in does not know: their token is configured.
pub(crate) fn not_signed_up() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "not-signed-up",
        "This account has no sign-in of its own",
    )
    .detail("Its token stands in the configuration. Sign up to have what belongs to a person.")
}

/// 404 for an account that does not exist.
pub(crate) fn not_found() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "account-not-found",
        "There is no such account",
    )
}

impl Identity {
    /// Opens a shopper's account in the log. `cause` is what it is opened for: repeated, nothing happens.
    pub(crate) async fn open_account(&self, account: Uuid, cause: Uuid) -> Result<(), Problem> {
        let context =
            CommandContext::new(format!("sign-up-{cause}")).with_actor(account.to_string());
        let command = RegisterAccount {
            roles: vec![DomainRole::Shopper],
        };
        let id = account.to_string();
        let opened = self.accounts.execute(&id, command.into(), context).await;
        opened.map(|_| ()).map_err(problem)
    }

    /// What the log says that an account may do; none where there is no such account.
    pub(crate) async fn roles_of(&self, account: Uuid) -> Result<Option<Roles>, Problem> {
        let loaded = self.accounts.load(&account.to_string()).await?;
        let account: Account = loaded.aggregate;
        Ok(account.roles().map(role::from_domain))
    }
}

/// The problem that a failed command is: for `map_err`.
pub(crate) fn problem<R: Rejection>(error: ExecuteError<R>) -> Problem {
    Problem::of_command(error, |rejection| {
        Problem::refused(&Refused {
            code: rejection.code(),
            kind: match rejection.kind() {
                RejectionKind::NotFound => RefusalKind::NotFound,
                RejectionKind::Conflict => RefusalKind::Conflict,
                RejectionKind::Invalid => RefusalKind::Invalid,
            },
            detail: rejection.to_string(),
        })
    })
}
