//! From a rejection by the domain to a problem.

use domain::{Rejection, RejectionKind};
use http_kit::{Problem, RefusalKind, Refused};
use jetstream_es::ExecuteError;

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
