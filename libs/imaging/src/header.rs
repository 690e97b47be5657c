//! What a file says about itself, before anything is decoded.

use crate::{Format, Limits, PictureError, sieve::Sieved};

/// What a file says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// By magic bytes.
    pub format: Format,
    /// Width in pixels, upright.
    pub width_px: u32,
    /// Height in pixels, upright.
    pub height_px: u32,
    /// EXIF orientation, 1 to 8, already counted in the sides above; 1 when the file names none.
    pub orientation: u8,
    /// Whether its XMP says that a trained algorithm had a part in it.
    pub ai_generated: bool,
}

/// Reads headers within [`Limits::UPLOAD`]. Decodes nothing, allocates next to nothing, and reads the file once.
///
/// Finds a file that is too large, too small, of another format, animated or cut off; only [`decode`](crate::decode) finds
/// damaged pixels.
pub fn inspect(bytes: &[u8]) -> Result<Header, PictureError> {
    inspect_within(bytes, &Limits::UPLOAD)
}

/// [`inspect`] within other limits.
pub fn inspect_within(bytes: &[u8], limits: &Limits) -> Result<Header, PictureError> {
    Sieved::read(bytes, limits).map(|sieved| sieved.header())
}
