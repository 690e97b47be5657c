//! Resampling.

use std::sync::OnceLock;

use fast_image_resize::{ResizeOptions, Resizer};
use image::{DynamicImage, ImageBuffer, Rgb, Rgba};

use crate::{Picture, PictureError};

const FAILED: PictureError = PictureError::NotWritable {
    what: "a smaller picture",
};

/// Above this many pixels the copy in linear light (twice the bytes) is made only after a first reduction.
const LINEAR_MAX_PIXELS: u64 = 12_700_000;

/// The longest side that the first reduction of a huge picture leaves.
const FIRST_REDUCTION_SIDE_PX: u32 = 3_500;

/// Resamples with Lanczos-3 in linear light, so that thin light and dark lines keep their weight. Sides of at least 1.
pub fn resize(picture: &Picture, width_px: u32, height_px: u32) -> Result<Picture, PictureError> {
    LinearPicture::of(picture)?
        .resize(width_px, height_px)?
        .to_picture()
}

/// Pixels of 16 bits in linear light: `ImageRgb16` or `ImageRgba16`.
pub(crate) struct LinearPicture {
    image: DynamicImage,
    ai_generated: bool,
}

impl LinearPicture {
    pub(crate) fn of(picture: &Picture) -> Result<Self, PictureError> {
        let (width, height) = (picture.width_px(), picture.height_px());
        let ai_generated = picture.ai_generated;
        if u64::from(width) * u64::from(height) > LINEAR_MAX_PIXELS {
            let (small_width, small_height) = fit(width, height, FIRST_REDUCTION_SIDE_PX);
            let image = resample(&picture.image, small_width, small_height)?;
            return Self::of(&Picture {
                image,
                ai_generated,
            });
        }
        let pixels = picture.pixels();
        let image = if picture.has_alpha() {
            let linear = pixels.chunks_exact(4).flat_map(|p| {
                [
                    linear_from_srgb(p[0]),
                    linear_from_srgb(p[1]),
                    linear_from_srgb(p[2]),
                    u16::from(p[3]) * 257,
                ]
            });
            ImageBuffer::<Rgba<u16>, _>::from_raw(width, height, linear.collect())
                .map(DynamicImage::from)
        } else {
            let linear = pixels.iter().map(|&value| linear_from_srgb(value));
            ImageBuffer::<Rgb<u16>, _>::from_raw(width, height, linear.collect())
                .map(DynamicImage::from)
        };
        Ok(Self {
            image: image.ok_or(FAILED)?,
            ai_generated,
        })
    }

    pub(crate) fn resize(&self, width_px: u32, height_px: u32) -> Result<Self, PictureError> {
        let image = resample(&self.image, width_px, height_px)?;
        Ok(Self {
            image,
            ai_generated: self.ai_generated,
        })
    }

    pub(crate) fn to_picture(&self) -> Result<Picture, PictureError> {
        let (width, height) = (self.image.width(), self.image.height());
        let picture = match (self.image.as_rgb16(), self.image.as_rgba16()) {
            (Some(image), _) => {
                let pixels = image.as_raw().iter().map(|&value| srgb_from_linear(value));
                Picture::from_rgb(width, height, pixels.collect())
            }
            (None, Some(image)) => {
                let pixels = image.as_raw().chunks_exact(4).flat_map(|p| {
                    [
                        srgb_from_linear(p[0]),
                        srgb_from_linear(p[1]),
                        srgb_from_linear(p[2]),
                        p[3].to_be_bytes()[0],
                    ]
                });
                Picture::from_rgba(width, height, pixels.collect())
            }
            (None, None) => None,
        };
        let mut picture = picture.ok_or(FAILED)?;
        picture.ai_generated = self.ai_generated;
        Ok(picture)
    }
}

fn resample(
    image: &DynamicImage,
    width_px: u32,
    height_px: u32,
) -> Result<DynamicImage, PictureError> {
    if width_px == 0 || height_px == 0 {
        return Err(FAILED);
    }
    let mut smaller = DynamicImage::new(width_px, height_px, image.color());
    Resizer::new()
        .resize(image, &mut smaller, &ResizeOptions::new())
        .map_err(|_| FAILED)?;
    Ok(smaller)
}

/// Sides of at most `side`, in the same proportion.
fn fit(width: u32, height: u32, side: u32) -> (u32, u32) {
    let longest = width.max(height).max(side);
    (scaled(width, side, longest), scaled(height, side, longest))
}

/// `length * numerator / denominator`, rounded, at least 1.
pub(crate) fn scaled(length: u32, numerator: u32, denominator: u32) -> u32 {
    let (length, numerator, denominator) = (
        u64::from(length),
        u64::from(numerator),
        u64::from(denominator.max(1)),
    );
    u32::try_from((length * numerator + denominator / 2) / denominator)
        .unwrap_or(u32::MAX)
        .max(1)
}

/// IEC 61966-2-1, 8 bits to 16.
pub(crate) fn linear_from_srgb(value: u8) -> u16 {
    static TABLE: OnceLock<Vec<u16>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        (0..=u8::MAX)
            .map(|index| {
                let encoded = f64::from(index) / 255.0;
                let linear = if encoded <= 0.040_45 {
                    encoded / 12.92
                } else {
                    ((encoded + 0.055) / 1.055).powf(2.4)
                };
                to_u16(linear * 65_535.0)
            })
            .collect()
    });
    table.get(usize::from(value)).copied().unwrap_or(u16::MAX)
}

/// IEC 61966-2-1, 16 bits to 8.
pub(crate) fn srgb_from_linear(value: u16) -> u8 {
    static TABLE: OnceLock<Vec<u8>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        (0..=u16::MAX)
            .map(|index| {
                let linear = f64::from(index) / 65_535.0;
                let encoded = if linear <= 0.003_130_8 {
                    linear * 12.92
                } else {
                    1.055 * linear.powf(1.0 / 2.4) - 0.055
                };
                u8::try_from(to_u16(encoded * 255.0)).unwrap_or(u8::MAX)
            })
            .collect()
    });
    table.get(usize::from(value)).copied().unwrap_or(u8::MAX)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the range of u16 first"
)]
fn to_u16(value: f64) -> u16 {
    value.round().clamp(0.0, 65_535.0) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_survives_the_way_to_linear_light_and_back() {
        for value in 0..=u8::MAX {
            assert_eq!(srgb_from_linear(linear_from_srgb(value)), value);
        }
    }

    #[test]
    fn a_fine_checkerboard_shrinks_to_its_mean_light() {
        let pixels = (0..128 * 128)
            .flat_map(|i| [if (i + i / 128) % 2 == 0 { 255 } else { 0 }; 3])
            .collect();
        let board = Picture::from_rgb(128, 128, pixels).unwrap();
        let small = resize(&board, 16, 16).unwrap();
        assert!(
            small
                .pixels()
                .iter()
                .all(|&value| (186..=190).contains(&value)),
            "{:?}",
            small.pixels()
        );
    }

    #[test]
    fn transparent_pixels_do_not_bleed() {
        let pixels = (0..64 * 64)
            .flat_map(|i| {
                if i % 64 < 31 {
                    [255, 0, 0, 255]
                } else {
                    [0, 255, 0, 0]
                }
            })
            .collect();
        let half = Picture::from_rgba(64, 64, pixels).unwrap();
        let small = resize(&half, 8, 8).unwrap();
        for pixel in small.pixels().chunks_exact(4).filter(|pixel| pixel[3] > 64) {
            assert!(pixel[0] > 240 && pixel[1] < 16, "{pixel:?}");
        }
    }
}
