//! Decoded pixels.

use image::{DynamicImage, RgbImage, RgbaImage};

/// Upright pixels: RGB or RGBA (not premultiplied), 8 bits each, sRGB, rows from the top, without padding.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Only `ImageRgb8` or `ImageRgba8`.
    pub(crate) image: DynamicImage,
    pub(crate) ai_generated: bool,
}

impl Picture {
    /// Takes `width_px × height_px × 3` bytes; `None` when they are not that many or a side is zero.
    pub fn from_rgb(width_px: u32, height_px: u32, pixels: Vec<u8>) -> Option<Self> {
        if width_px == 0
            || height_px == 0
            || pixels.len() as u64 != u64::from(width_px) * u64::from(height_px) * 3
        {
            return None;
        }
        RgbImage::from_raw(width_px, height_px, pixels).map(|image| Self::new(image.into(), false))
    }

    /// Takes `width_px × height_px × 4` bytes; `None` when they are not that many or a side is zero.
    pub fn from_rgba(width_px: u32, height_px: u32, pixels: Vec<u8>) -> Option<Self> {
        if width_px == 0
            || height_px == 0
            || pixels.len() as u64 != u64::from(width_px) * u64::from(height_px) * 4
        {
            return None;
        }
        RgbaImage::from_raw(width_px, height_px, pixels).map(|image| Self::new(image.into(), false))
    }

    /// Any other layout becomes RGB or RGBA here, and an alpha channel that hides nothing is dropped.
    pub(crate) fn new(image: DynamicImage, ai_generated: bool) -> Self {
        let image = if image.color().has_alpha() {
            without_idle_alpha(image.into_rgba8())
        } else {
            image.into_rgb8().into()
        };
        Self {
            image,
            ai_generated,
        }
    }

    /// Width in pixels, at least 1.
    pub fn width_px(&self) -> u32 {
        self.image.width()
    }

    /// Height in pixels, at least 1.
    pub fn height_px(&self) -> u32 {
        self.image.height()
    }

    /// Whether a pixel is four bytes (RGBA) instead of three (RGB).
    pub fn has_alpha(&self) -> bool {
        self.image.color().has_alpha()
    }

    /// The bytes of all pixels.
    pub fn pixels(&self) -> &[u8] {
        self.image.as_bytes()
    }

    /// The bytes of all pixels, without a copy.
    pub fn into_pixels(self) -> Vec<u8> {
        self.image.into_bytes()
    }

    /// Whether a trained algorithm had a part in it. Every encoder here writes that into the file.
    pub const fn is_ai_generated(&self) -> bool {
        self.ai_generated
    }

    /// The same picture, marked as one in which a trained algorithm had a part.
    #[must_use]
    pub fn marked_ai_generated(mut self) -> Self {
        self.ai_generated = true;
        self
    }

    /// The bytes of all pixels of the same picture on white, without an alpha channel: three each.
    pub fn to_opaque(&self) -> std::borrow::Cow<'_, [u8]> {
        if !self.has_alpha() {
            return self.pixels().into();
        }
        let mut rgb = Vec::with_capacity(self.pixels().len() / 4 * 3);
        for pixel in self.pixels().chunks_exact(4) {
            let alpha = u32::from(pixel[3]);
            rgb.extend(pixel[..3].iter().map(|&value| over_white(value, alpha)));
        }
        rgb.into()
    }
}

/// One channel over white; `alpha` is 0 to 255.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a weighted mean of two bytes is a byte"
)]
fn over_white(value: u8, alpha: u32) -> u8 {
    ((u32::from(value) * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

fn without_idle_alpha(rgba: RgbaImage) -> DynamicImage {
    if rgba.pixels().any(|pixel| pixel.0[3] != u8::MAX) {
        return rgba.into();
    }
    DynamicImage::ImageRgba8(rgba).into_rgb8().into()
}
