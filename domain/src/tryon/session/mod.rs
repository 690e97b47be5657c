//! A try-on: requested, started by a worker (again, if that worker dies), then ended once.

mod cancel_try_on;
mod events;
mod fail_try_on;
mod mode;
mod rate_try_on;
mod request_try_on;
mod start_try_on;
mod state;
mod succeed_try_on;

pub use self::{
    cancel_try_on::{CancelTryOn, CancelTryOnRejection},
    events::{FailureReason, Rating, RatingReason, SessionEvent, StageTime, Worn},
    fail_try_on::{FailTryOn, FailTryOnRejection},
    mode::Mode,
    rate_try_on::{RateTryOn, RateTryOnRejection},
    request_try_on::{RequestTryOn, RequestTryOnRejection},
    start_try_on::{MAX_ATTEMPTS, StartTryOn, StartTryOnRejection},
    state::{Feedback, Phase, Request, Session, SessionCommand, SessionRejection},
    succeed_try_on::{SucceedTryOn, SucceedTryOnRejection},
};
