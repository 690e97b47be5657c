//! Resampling.

use std::sync::OnceLock;

use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::{DynamicImage, ImageBuffer, Rgb, Rgba};

use crate::{Picture, PictureError};

const FAILED: PictureError = PictureError::NotWritable {
    what: "a smaller picture",
};

/// Resamples with Lanczos-3 in linear light, so that thin light and dark lines keep their weight. Sides of at least 1.
pub fn resize(picture: &Picture, width_px: u32, height_px: u32) -> Result<Picture, PictureError> {
    LinearPicture::of(picture)?
        .resize(width_px, height_px)?
        .to_picture()
}

/// Pixels of 16 bits in linear light: `ImageRgb16` or `ImageRgba16`.
pub(crate) struct LinearPicture {
    image: DynamicImage,
    /// The sides in these pixels; a half picture of odd sides ends within its last pixel.
    sides: (f64, f64),
    ai_generated: bool,
}

/// [`resize`] to a smaller width in the picture's proportion: one that is at least twice as wide is halved on the way, which measures
/// the same and costs a fraction.
pub fn shrink(picture: &Picture, width_px: u32) -> Result<Picture, PictureError> {
    let height_px = scaled(picture.height_px(), width_px, picture.width_px());
    LinearPicture::for_width(picture, width_px)?
        .resize(width_px, height_px)?
        .to_picture()
}

impl LinearPicture {
    /// What is needed of a picture that is made no wider than this.
    pub(crate) fn for_width(picture: &Picture, width_px: u32) -> Result<Self, PictureError> {
        if picture.width_px() / 2 >= width_px {
            Self::half_of(picture)
        } else {
            Self::of(picture)
        }
    }

    /// Every pixel.
    pub(crate) fn of(picture: &Picture) -> Result<Self, PictureError> {
        let table = linear_table();
        let linear = if picture.has_alpha() {
            let pixels = picture.pixels().chunks_exact(4);
            pixels.flat_map(|p| linear_rgba(table, p)).collect()
        } else {
            let pixels = picture.pixels().iter();
            pixels.map(|&value| table[usize::from(value)]).collect()
        };
        let (width, height) = (picture.width_px(), picture.height_px());
        let sides = (f64::from(width), f64::from(height));
        Self::from_linear(picture, (width, height), sides, linear)
    }

    /// Half as wide and high: each pixel the mean light of four, a quarter of the memory.
    pub(crate) fn half_of(picture: &Picture) -> Result<Self, PictureError> {
        let table = linear_table();
        let (width, height) = (picture.width_px(), picture.height_px());
        let channels = if picture.has_alpha() { 4 } else { 3 };
        let stride = width as usize * channels;
        let (half_width, half_height) = (width.div_ceil(2), height.div_ceil(2));
        let count = half_width as usize * half_height as usize * channels;
        let mut linear = Vec::with_capacity(count);
        for rows in picture.pixels().chunks(stride * 2) {
            // The last row of an odd height stands for two.
            let (upper, lower) = rows.split_at(stride);
            let lower = if lower.is_empty() { upper } else { lower };
            let blocks = upper.chunks(2 * channels).zip(lower.chunks(2 * channels));
            if channels == 3 {
                blocks.for_each(|(upper, lower)| linear.extend(mean_rgb(table, upper, lower)));
            } else {
                blocks.for_each(|(upper, lower)| linear.extend(mean_rgba(table, upper, lower)));
            }
        }
        let sides = (f64::from(width) / 2.0, f64::from(height) / 2.0);
        Self::from_linear(picture, (half_width, half_height), sides, linear)
    }

    fn from_linear(
        picture: &Picture,
        (width, height): (u32, u32),
        sides: (f64, f64),
        linear: Vec<u16>,
    ) -> Result<Self, PictureError> {
        let image = if picture.has_alpha() {
            ImageBuffer::<Rgba<u16>, _>::from_raw(width, height, linear).map(DynamicImage::from)
        } else {
            ImageBuffer::<Rgb<u16>, _>::from_raw(width, height, linear).map(DynamicImage::from)
        };
        Ok(Self {
            image: image.ok_or(FAILED)?,
            sides,
            ai_generated: picture.ai_generated,
        })
    }

    pub(crate) fn resize(&self, width_px: u32, height_px: u32) -> Result<Self, PictureError> {
        let options = ResizeOptions::new().crop(0.0, 0.0, self.sides.0, self.sides.1);
        Ok(Self {
            image: resample(&self.image, width_px, height_px, &options)?,
            sides: (f64::from(width_px), f64::from(height_px)),
            ai_generated: self.ai_generated,
        })
    }

    pub(crate) fn to_picture(&self) -> Result<Picture, PictureError> {
        let table = srgb_table();
        let srgb = |value: u16| table.get(usize::from(value)).copied().unwrap_or(u8::MAX);
        let (width, height) = (self.image.width(), self.image.height());
        let picture = match (self.image.as_rgb16(), self.image.as_rgba16()) {
            (Some(image), _) => {
                let pixels = image.as_raw().iter().map(|&value| srgb(value));
                Picture::from_rgb(width, height, pixels.collect())
            }
            (None, Some(image)) => {
                let pixels = image
                    .as_raw()
                    .chunks_exact(4)
                    .flat_map(|p| [srgb(p[0]), srgb(p[1]), srgb(p[2]), p[3].to_be_bytes()[0]]);
                Picture::from_rgba(width, height, pixels.collect())
            }
            (None, None) => None,
        };
        let mut picture = picture.ok_or(FAILED)?;
        picture.ai_generated = self.ai_generated;
        Ok(picture)
    }
}

/// At most `side` pixels a side, as RGBA, in no hurry to be exact: for placeholders.
pub(crate) fn thumbnail(picture: &Picture, side: u32) -> Result<(u32, u32, Vec<u8>), PictureError> {
    let (width, height) = (picture.width_px(), picture.height_px());
    let longest = width.max(height);
    let (small_width, small_height) = (
        scaled(width, side.min(longest), longest),
        scaled(height, side.min(longest), longest),
    );
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Box));
    let small = resample(&picture.image, small_width, small_height, &options)?;
    Ok((small_width, small_height, small.into_rgba8().into_raw()))
}

fn resample(
    image: &DynamicImage,
    width_px: u32,
    height_px: u32,
    options: &ResizeOptions,
) -> Result<DynamicImage, PictureError> {
    if width_px == 0 || height_px == 0 {
        return Err(FAILED);
    }
    let mut smaller = DynamicImage::new(width_px, height_px, image.color());
    Resizer::new()
        .resize(image, &mut smaller, options)
        .map_err(|_| FAILED)?;
    Ok(smaller)
}

fn linear_rgba(table: &[u16; 256], pixel: &[u8]) -> [u16; 4] {
    let linear = |channel: usize| table[usize::from(pixel[channel])];
    [linear(0), linear(1), linear(2), u16::from(pixel[3]) * 257]
}

/// The mean light of a block: one or two pixels of each of two rows.
fn mean_rgb(table: &[u16; 256], upper: &[u8], lower: &[u8]) -> [u16; 3] {
    let last = upper.len() - 3;
    let light = |row: &[u8], at: usize| u32::from(table[usize::from(row[at])]);
    [0, 1, 2].map(|channel| {
        let sum = light(upper, channel)
            + light(upper, last + channel)
            + light(lower, channel)
            + light(lower, last + channel);
        mean_of_four(sum)
    })
}

/// The same, where what cannot be seen does not count.
fn mean_rgba(table: &[u16; 256], upper: &[u8], lower: &[u8]) -> [u16; 4] {
    let last = upper.len() - 4;
    let block = [upper, &upper[last..], lower, &lower[last..]];
    let alpha: u32 = block.iter().map(|pixel| u32::from(pixel[3])).sum();
    let [red, green, blue] = [0, 1, 2].map(|channel| {
        let light = block
            .iter()
            .map(|pixel| u64::from(table[usize::from(pixel[channel])]) * u64::from(pixel[3]));
        let mean = light.sum::<u64>().checked_div(u64::from(alpha));
        u16::try_from(mean.unwrap_or(0)).unwrap_or(u16::MAX)
    });
    [red, green, blue, mean_of_four(alpha * 257)]
}

fn mean_of_four(sum: u32) -> u16 {
    u16::try_from((sum + 2) / 4).unwrap_or(u16::MAX)
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
fn linear_table() -> &'static [u16; 256] {
    static TABLE: OnceLock<[u16; 256]> = OnceLock::new();
    TABLE.get_or_init(|| {
        std::array::from_fn(|index| {
            let encoded = f64::from(u8::try_from(index).unwrap_or(u8::MAX)) / 255.0;
            let linear = if encoded <= 0.040_45 {
                encoded / 12.92
            } else {
                ((encoded + 0.055) / 1.055).powf(2.4)
            };
            to_u16(linear * 65_535.0)
        })
    })
}

/// IEC 61966-2-1, 16 bits to 8.
fn srgb_table() -> &'static [u8] {
    static TABLE: OnceLock<Vec<u8>> = OnceLock::new();
    TABLE.get_or_init(|| {
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
    })
}

/// One value of the table from 8 bits to 16.
pub(crate) fn linear_from_srgb(value: u8) -> u16 {
    linear_table()[usize::from(value)]
}

/// One value of the table from 16 bits to 8.
pub(crate) fn srgb_from_linear(value: u16) -> u8 {
    srgb_table()
        .get(usize::from(value))
        .copied()
        .unwrap_or(u8::MAX)
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
    fn a_half_picture_has_the_light_of_the_whole_one() {
        // Odd sides: the last column and row stand for two.
        let pixels: Vec<u8> = (0..65_u32 * 33)
            .flat_map(|i| [u8::try_from(i % 65 * 2 + i / 65 * 3).unwrap(); 3])
            .collect();
        let picture = Picture::from_rgb(65, 33, pixels).unwrap();
        let half = LinearPicture::half_of(&picture).unwrap();
        assert_eq!((half.image.width(), half.image.height()), (33, 17));
        let (one, other) = (
            half.resize(13, 7).unwrap().to_picture().unwrap(),
            resize(&picture, 13, 7).unwrap(),
        );
        let furthest = one
            .pixels()
            .iter()
            .zip(other.pixels())
            .map(|(a, b)| a.abs_diff(*b))
            .max();
        assert!(furthest < Some(4), "{furthest:?}");
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
