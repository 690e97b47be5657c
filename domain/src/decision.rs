//! How the commands of an aggregate become one `cqrs_es` command type.

use cqrs_es::Aggregate;

/// A command's rule: events that follow from it in the given state, or why it is refused.
pub(crate) trait Decide<A: Aggregate> {
    /// Why this command may be refused.
    type Rejection;

    /// Decides without touching anything. No events means that there is nothing left to do.
    fn decide(&self, state: &A) -> Result<Vec<A::Event>, Self::Rejection>;
}

/// The table of contents of an aggregate: its commands with their rejections, and the plumbing to `cqrs_es`.
macro_rules! commands {
    ($aggregate:ident: $type:literal, $event:ty; $command:ident, $rejection:ident { $($name:ident or $refused:ident,)+ }) => {
        #[doc = concat!("Everything that can be asked of a `", stringify!($aggregate), "`.")]
        #[derive(Debug, Clone, PartialEq)]
        pub enum $command {$(
            #[doc = concat!("See [`", stringify!($name), "`].")]
            $name($name),
        )+}

        #[doc = concat!("Why a command to a `", stringify!($aggregate), "` was refused.")]
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        pub enum $rejection {$(
            #[doc = concat!("See [`", stringify!($refused), "`].")]
            #[error(transparent)]
            $name(#[from] $refused),
        )+}

        impl $crate::Rejection for $rejection {
            fn code(&self) -> &'static str {
                match self { $(Self::$name(rejection) => rejection.code(),)+ }
            }

            fn kind(&self) -> $crate::RejectionKind {
                match self { $(Self::$name(rejection) => rejection.kind(),)+ }
            }
        }

        $(impl From<$name> for $command {
            fn from(command: $name) -> Self {
                Self::$name(command)
            }
        })+

        impl cqrs_es::Aggregate for $aggregate {
            const TYPE: &'static str = $type;
            type Command = $command;
            type Event = $event;
            type Error = $rejection;
            type Services = ();

            async fn handle(
                &mut self,
                command: $command,
                _services: &(),
                sink: &cqrs_es::event_sink::EventSink<Self>,
            ) -> Result<(), $rejection> {
                let events = match command {
                    $($command::$name(command) => $crate::decision::Decide::decide(&command, self)?,)+
                };
                for event in events {
                    sink.write(event, self).await;
                }
                Ok(())
            }

            fn apply(&mut self, event: $event) {
                self.evolve(event);
            }
        }
    };
}
pub(crate) use commands;

/// Implements `cqrs_es::DomainEvent` from a variant → version table, and demands that it is complete.
macro_rules! event_versions {
    ($event:ident { $($variant:ident => $version:literal,)+ }) => {
        impl $event {
            /// Each event with the version that is written today.
            pub(crate) const VERSIONS: &'static [(&'static str, &'static str)] =
                &[$((stringify!($variant), $version),)+];
        }

        impl cqrs_es::DomainEvent for $event {
            fn event_type(&self) -> String {
                match self { $(Self::$variant { .. } => stringify!($variant).to_owned(),)+ }
            }

            fn event_version(&self) -> String {
                match self { $(Self::$variant { .. } => $version.to_owned(),)+ }
            }
        }
    };
}
pub(crate) use event_versions;
