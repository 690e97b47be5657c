//! From the outcome of a command to a problem.

use http::StatusCode;
use jetstream_es::{ExecuteError, LogError};

use crate::Problem;

/// What sort of refusal it is; it decides the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The command itself is wrong: 422.
    Invalid,
    /// What it is about does not exist: 404.
    NotFound,
    /// What it is about is in another state: 409.
    Conflict,
    /// Not for this caller: 403.
    Forbidden,
}

impl RefusalKind {
    /// The status and the title that a problem of this kind has.
    fn status_and_title(self) -> (StatusCode, &'static str) {
        match self {
            Self::Invalid => (StatusCode::UNPROCESSABLE_ENTITY, "The command is wrong"),
            Self::NotFound => (StatusCode::NOT_FOUND, "There is no such thing"),
            Self::Conflict => (
                StatusCode::CONFLICT,
                "The thing's state does not allow this",
            ),
            Self::Forbidden => (StatusCode::FORBIDDEN, "You may not do this"),
        }
    }
}

/// A refusal by a rule. Its `Display` becomes the problem's detail.
pub trait Refusal: std::error::Error + 'static {
    /// A stable kebab-case name.
    fn code(&self) -> &'static str;
    /// What sort of refusal it is.
    fn kind(&self) -> RefusalKind;
}

/// A refusal that is known by its parts: for rules that do not know HTTP.
#[derive(Debug, thiserror::Error)]
#[error("{detail}")]
pub struct Refused {
    /// A stable kebab-case name.
    pub code: &'static str,
    /// What sort of refusal it is.
    pub kind: RefusalKind,
    /// For people.
    pub detail: String,
}

impl Refusal for Refused {
    fn code(&self) -> &'static str {
        self.code
    }

    fn kind(&self) -> RefusalKind {
        self.kind
    }
}

impl Problem {
    /// The problem that a refusal is.
    pub fn refused<R: Refusal>(refusal: &R) -> Self {
        let (status, title) = refusal.kind().status_and_title();
        Self::new(status, refusal.code(), title).detail(refusal.to_string())
    }

    /// The problem that a failed command is; `refuse` says what a rejection by a rule means.
    pub fn of_command<E: std::error::Error + 'static>(
        error: ExecuteError<E>,
        refuse: impl FnOnce(&E) -> Self,
    ) -> Self {
        match error {
            ExecuteError::Rejected(rejection) => refuse(&rejection),
            ExecuteError::Conflict => Self::new(
                StatusCode::CONFLICT,
                "changed-meanwhile",
                "Others changed the thing at the same time",
            )
            .detail("Nothing was stored. Send the request again.")
            .retry_after(1),
            ExecuteError::WrongVersion { expected, found } => {
                Self::version_outdated(expected, found)
            }
            ExecuteError::CommandIdReused => Self::idempotency_key_reused(),
            ExecuteError::Unavailable(error) => Self::from(error),
            ExecuteError::OutcomeUnknown(error) => {
                tracing::error!(error = %chain(&error), "the outcome of a command is unknown");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "outcome-unknown",
                    "It is unknown whether this was done",
                )
                .detail("Send the request again with the same Idempotency-Key: it is done once.")
                .retry_after(2)
            }
            ExecuteError::LogFull => {
                tracing::error!("the event log is full");
                Self::new(
                    StatusCode::INSUFFICIENT_STORAGE,
                    "log-full",
                    "Nothing more can be stored at the moment",
                )
            }
            ExecuteError::TooLarge { bytes, limit } => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "command-too-large",
                "The command is too large",
            )
            .detail(format!("it makes {bytes} bytes, {limit} are allowed")),
            ExecuteError::InvalidId(error) => invalid_id(&error),
            ExecuteError::Corrupt(error) => {
                tracing::error!(error = %chain(&error), "an aggregate's history is damaged");
                Self::internal()
            }
        }
    }
}

impl<R: Refusal> From<ExecuteError<R>> for Problem {
    fn from(error: ExecuteError<R>) -> Self {
        Self::of_command(error, Self::refused)
    }
}

impl From<LogError> for Problem {
    fn from(error: LogError) -> Self {
        if let LogError::InvalidId(error) = &error {
            return invalid_id(error);
        }
        tracing::error!(error = %chain(&error), "the event log cannot be used");
        if let LogError::Corrupt(_) = error {
            return Self::internal();
        }
        Self::unavailable()
    }
}

fn invalid_id(error: &jetstream_es::InvalidId) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "invalid-id", "This is no id").detail(error.to_string())
}

/// An error and all its causes on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("there is no such ship")]
    struct NoShip(RefusalKind);

    impl Refusal for NoShip {
        fn code(&self) -> &'static str {
            "ship-not-found"
        }

        fn kind(&self) -> RefusalKind {
            self.0
        }
    }

    #[test]
    fn every_kind_of_refusal_has_its_status() {
        for (kind, status) in [
            (RefusalKind::Invalid, 422),
            (RefusalKind::NotFound, 404),
            (RefusalKind::Conflict, 409),
            (RefusalKind::Forbidden, 403),
        ] {
            let problem = Problem::from(ExecuteError::Rejected(NoShip(kind)));
            assert_eq!(problem.status().as_u16(), status);
            assert_eq!(problem.code(), "ship-not-found");
        }
    }

    #[test]
    fn an_outage_is_no_server_error() {
        let problem = Problem::from(ExecuteError::<NoShip>::Unavailable(LogError::Disconnected));
        assert_eq!(problem.status(), StatusCode::SERVICE_UNAVAILABLE);
        let problem = Problem::from(ExecuteError::<NoShip>::Conflict);
        assert_eq!(problem.status(), StatusCode::CONFLICT);
    }
}
