//! What crosses a process border: the messages, clients and servers generated from `proto/drape`.
//!
//! The `.proto` files are the documentation; nothing here is written by hand but the module tree, and the token by which the two ends know
//! each other.

mod token;

pub use self::token::{InternalToken, InvalidToken, SaysToken, WantsToken};

/// `drape.events`: the event log for other services.
pub mod events {
    /// Version 1.
    #[expect(
        missing_docs,
        clippy::allow_attributes,
        clippy::pedantic,
        clippy::large_enum_variant,
        reason = "generated; documented in the .proto file"
    )]
    pub mod v1 {
        tonic::include_proto!("drape.events.v1");
    }
}

/// `drape.media`: pictures for a process that holds no bucket credentials.
pub mod media {
    /// Version 1.
    #[expect(
        missing_docs,
        clippy::allow_attributes,
        clippy::pedantic,
        reason = "generated; documented in the .proto file"
    )]
    pub mod v1 {
        tonic::include_proto!("drape.media.v1");
    }
}

/// `drape.tryon`: the try-on engine behind its own process border.
pub mod tryon {
    /// Version 1.
    #[expect(
        missing_docs,
        clippy::allow_attributes,
        clippy::pedantic,
        reason = "generated; documented in the .proto file"
    )]
    pub mod v1 {
        tonic::include_proto!("drape.tryon.v1");

        /// Name of the trailer that carries an encoded [`Refusal`] beside `FAILED_PRECONDITION`.
        pub const REFUSAL_TRAILER: &str = "drape-refusal-bin";
    }
}

/// Largest picture that [`media::v1`] carries in either direction, in bytes.
pub const MAX_PICTURE_BYTES: usize = 32 * 1024 * 1024;

/// Length of a chunk that our own clients and servers send, in bytes.
pub const CHUNK_BYTES: usize = 256 * 1024;
