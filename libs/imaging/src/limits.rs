//! What a picture from outside may cost.

use crate::PictureError;

/// What a picture from outside may cost; held against its header before anything is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest file, in bytes.
    pub max_bytes: u64,
    /// Longest side, in pixels.
    pub max_side_px: u32,
    /// Largest product of the sides.
    pub max_pixels: u64,
    /// Shortest side, in pixels.
    pub min_side_px: u32,
    /// Largest buffer that a decoder may ask for, in bytes. 25 million pixels of 16-bit RGBA need 200 MB.
    pub max_decoded_bytes: u64,
}

impl Limits {
    /// What is taken from the public.
    pub const UPLOAD: Self = Self {
        max_bytes: 20 * 1024 * 1024,
        max_side_px: 8_192,
        max_pixels: 25_000_000,
        min_side_px: 64,
        max_decoded_bytes: 256 * 1024 * 1024,
    };

    /// What we wrote ourselves: the same, but a lossless original may be a longer file than what was sent.
    pub const STORED: Self = Self {
        max_bytes: 32 * 1024 * 1024,
        ..Self::UPLOAD
    };

    pub(crate) fn check_size(&self, bytes: &[u8]) -> Result<(), PictureError> {
        let size_bytes = bytes.len() as u64;
        if size_bytes > self.max_bytes {
            return Err(PictureError::TooLarge {
                size_bytes,
                max_bytes: self.max_bytes,
            });
        }
        Ok(())
    }

    pub(crate) fn check_sides(&self, width_px: u32, height_px: u32) -> Result<(), PictureError> {
        let Self {
            max_side_px,
            max_pixels,
            min_side_px,
            ..
        } = *self;
        let pixels = u64::from(width_px) * u64::from(height_px);
        if width_px > max_side_px || height_px > max_side_px || pixels > max_pixels {
            return Err(PictureError::TooManyPixels {
                width_px,
                height_px,
                max_side_px,
                max_pixels,
            });
        }
        if width_px < min_side_px || height_px < min_side_px {
            return Err(PictureError::TooSmall {
                width_px,
                height_px,
                min_side_px,
            });
        }
        Ok(())
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::UPLOAD
    }
}
