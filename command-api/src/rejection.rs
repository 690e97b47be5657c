//! From a rejection by the domain to a problem.

use domain::{Rejection, RejectionKind};
use http_kit::{Problem, Refusal, RefusalKind};
use jetstream_es::ExecuteError;

/// A rejection by the domain, as HTTP sees it.
#[derive(Debug, thiserror::Error)]
#[error("{detail}")]
struct Refused {
    code: &'static str,
    kind: RefusalKind,
    detail: String,
}

impl Refusal for Refused {
    fn code(&self) -> &'static str {
        self.code
    }

    fn kind(&self) -> RefusalKind {
        self.kind
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
