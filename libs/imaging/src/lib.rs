//! Pictures in, checked and upright; renditions out.
//!
//! A picture that comes from outside is read in three steps, each of which may refuse it with a [`PictureError`]:
//! 1. [`inspect`] looks at magic bytes and headers only, and holds them against [`Limits`]; nothing is decoded.
//! 2. The sieve copies what a decoder needs into a new file, so that decoders never see metadata, animation, trailing data or
//!    a file that ends early.
//! 3. [`decode`] makes upright RGB or RGBA pixels of 8 bits, or says what is wrong.
//!
//! Everything here burns CPU and blocks: callers run it in a bounded pool, never on a runtime thread. It knows neither
//! fashion, files, networks nor time.
//!
//! A picture that says in its XMP that it was made by a trained algorithm keeps saying so through every function here.

mod checksum;
mod colour;
mod decode;
mod decode_jpeg;
mod decode_png;
mod encode;
mod error;
mod format;
mod header;
mod limits;
mod normalise;
mod picture;
mod placeholder;
mod profile;
mod renditions;
mod resize;
mod sieve;
pub mod xmp;

pub use self::{
    colour::{MeanColour, mean_colour},
    decode::{decode, decode_for_width, decode_within},
    encode::{encode_avif, encode_jpeg, encode_png, encode_webp},
    error::PictureError,
    format::Format,
    header::{Header, inspect, inspect_within},
    limits::Limits,
    normalise::{Normalised, normalise},
    picture::Picture,
    placeholder::{Placeholder, placeholder},
    renditions::{
        AVIF_QUALITY, AVIF_SPEED, JPEG_QUALITY, Rendition, RenditionFormat, WEBP_QUALITY,
        renditions, transparent_renditions,
    },
    resize::{resize, shrink},
};
