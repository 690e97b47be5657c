//! Why a command was refused, in a form that a client can act on.

use std::{convert::Infallible, fmt};

/// What sort of refusal it is; the HTTP layer turns it into a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RejectionKind {
    /// The thing that the command is about does not exist.
    NotFound,
    /// The thing is in a state that does not allow the command.
    Conflict,
    /// The command itself is wrong, in whatever state the thing is.
    Invalid,
}

/// A refusal by a rule. Its `Display` is written for people; its code is stable and for programs.
pub trait Rejection: std::error::Error + fmt::Debug + Send + Sync + 'static {
    /// A stable kebab-case name, such as `garment-not-found`.
    fn code(&self) -> &'static str;
    /// What sort of refusal it is.
    fn kind(&self) -> RejectionKind;
}

/// Of a command that puts down what is in force already: nothing can be refused any more.
impl Rejection for Infallible {
    fn code(&self) -> &'static str {
        match *self {}
    }

    fn kind(&self) -> RejectionKind {
        match *self {}
    }
}

/// Declares the rejections of one command: variant, code, kind and message in one line each.
macro_rules! rejections {
    ($(#[$doc:meta])* $name:ident { $($variant:ident => $code:literal, $kind:ident, $message:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        pub enum $name {$(
            #[doc = $message]
            #[error($message)]
            $variant,
        )+}

        impl $crate::Rejection for $name {
            fn code(&self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            fn kind(&self) -> $crate::RejectionKind {
                match self { $(Self::$variant => $crate::RejectionKind::$kind,)+ }
            }
        }
    };
}
pub(crate) use rejections;
