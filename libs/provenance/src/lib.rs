//! Says of a picture that a program had a part in it, in two ways that outlive different things, and finds both again.
//!
//! - [`watermark`] is in the pixels: it outlives the loss of all metadata, compression and scaling, and proves nothing.
//! - [`credentials`] is a signed C2PA manifest in the file: it proves who signed it and that nothing was changed since, and is gone when
//!   somebody saves the picture again. Behind the feature of its name.
//!
//! The third mark, IPTC's `DigitalSourceType`, is the business of the crate `imaging`. Nothing here opens a connection, and nothing
//! here knows fashion. It all burns CPU: callers run it off the runtime's threads.

#[cfg(feature = "credentials")]
pub mod credentials;
pub mod watermark;
