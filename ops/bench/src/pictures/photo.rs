//! What is worked on: a JPEG of 12 million pixels, and the pixels that it was made of.
//!
//! No photograph may be shipped, so one is made: a landscape of clouds of every size (as photographs have their detail at every size), woven
//! cloth with thin coloured threads, hard edges, and a sensor's grain. The same every time.

use std::{
    f64::consts::TAU,
    path::{Path, PathBuf},
};

use anyhow::Context;
use imaging::{Limits, Picture};

const WIDTH_PX: u32 = 4_000;
const HEIGHT_PX: u32 = 3_000;
/// As cameras write.
const QUALITY: u8 = 92;

/// A photo.
pub(crate) struct Photo {
    /// As a JPEG.
    pub(crate) file: PathBuf,
    /// Before it became one.
    pub(crate) pixels: Picture,
}

/// The given photo, or the one that is made here.
pub(crate) fn photo(given: Option<&Path>, folder: &Path) -> anyhow::Result<Photo> {
    if let Some(file) = given {
        let bytes = std::fs::read(file).with_context(|| format!("no {}", file.display()))?;
        return Ok(Photo {
            file: file.to_owned(),
            pixels: imaging::decode_within(&bytes, &Limits::UPLOAD)?,
        });
    }
    let pixels = made()?;
    let file = folder.join("photo.jpg");
    std::fs::write(&file, subsampled(&pixels)?)?;
    Ok(Photo { file, pixels })
}

/// Chroma at half size, as cameras write.
fn subsampled(picture: &Picture) -> anyhow::Result<Vec<u8>> {
    let (width, height) = (picture.width_px() as usize, picture.height_px() as usize);
    let mut encoder = turbojpeg::Compressor::new()?;
    encoder.set_quality(i32::from(QUALITY))?;
    encoder.set_subsamp(turbojpeg::Subsamp::Sub2x2)?;
    Ok(encoder.compress_to_vec(turbojpeg::Image {
        pixels: picture.pixels(),
        width,
        pitch: width * 3,
        height,
        format: turbojpeg::PixelFormat::RGB,
    })?)
}

fn made() -> anyhow::Result<Picture> {
    let mut pixels = Vec::with_capacity((WIDTH_PX * HEIGHT_PX * 3) as usize);
    for y in 0..HEIGHT_PX {
        for x in 0..WIDTH_PX {
            pixels.extend_from_slice(&pixel(x, y));
        }
    }
    Picture::from_rgb(WIDTH_PX, HEIGHT_PX, pixels).context("as many pixels as the sides say")
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to a byte first"
)]
fn pixel(x: u32, y: u32) -> [u8; 3] {
    let (u, v) = (
        f64::from(x) / f64::from(WIDTH_PX),
        f64::from(y) / f64::from(HEIGHT_PX),
    );
    let cloud = clouds(f64::from(x), f64::from(y));
    let mut colour = [
        90.0 + 120.0 * cloud + 30.0 * v,
        110.0 + 90.0 * cloud,
        170.0 - 60.0 * cloud + 40.0 * (1.0 - v),
    ];
    // A garment of woven cloth: threads of three and five pixels, coloured stripes, and a hard outline.
    let from_middle = ((u - 0.5) / 0.22).powi(2) + ((v - 0.55) / 0.4).powi(2);
    if from_middle < 1.0 {
        let thread = 18.0 * (TAU * f64::from(x) / 5.0).sin() * (TAU * f64::from(y) / 3.0).cos();
        let stripe = if (x / 37).is_multiple_of(3) {
            55.0
        } else {
            0.0
        };
        let fold = 40.0 * (TAU * (u * 9.0 + cloud)).sin();
        colour = [
            120.0 + thread + fold + stripe,
            60.0 + thread + 0.6 * fold,
            70.0 + thread + 0.6 * fold + (35.0 - stripe).max(0.0),
        ];
    }
    // Writing: hard dark strokes.
    if (0.05..0.2).contains(&v)
        && (x / 11 + y / 17).is_multiple_of(5)
        && noise(x / 11, y / 17) > 0.4
    {
        colour = [25.0, 25.0, 30.0];
    }
    let grain = 9.0 * (noise(x, y) + noise(x ^ 0x5bd1, y ^ 0x9e37) - 1.0);
    colour.map(|value| (value + grain).round().clamp(0.0, 255.0) as u8)
}

/// Smooth noise of seven sizes, each half as strong as the next larger one.
fn clouds(x: f64, y: f64) -> f64 {
    let mut sum = 0.0;
    let mut size = 900.0;
    let mut strength = 0.5;
    for _ in 0..7 {
        sum += strength * smooth(x / size, y / size);
        size /= 2.3;
        strength /= 1.9;
    }
    sum
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "coordinates are positive and small"
)]
fn smooth(x: f64, y: f64) -> f64 {
    let (left, top) = (x.floor(), y.floor());
    let ease = |t: f64| t * t * (3.0 - 2.0 * t);
    let (s, t) = (ease(x - left), ease(y - top));
    let (left, top) = (left as u32, top as u32);
    let upper = noise(left, top) * (1.0 - s) + noise(left + 1, top) * s;
    let lower = noise(left, top + 1) * (1.0 - s) + noise(left + 1, top + 1) * s;
    upper * (1.0 - t) + lower * t
}

/// 0 to 1, the same for the same place.
fn noise(x: u32, y: u32) -> f64 {
    let mut hash = x.wrapping_mul(0x85eb_ca6b) ^ y.wrapping_mul(0xc2b2_ae35);
    hash = (hash ^ (hash >> 15)).wrapping_mul(0x2c1b_3c6d);
    hash = (hash ^ (hash >> 12)).wrapping_mul(0x297a_2d39);
    f64::from(hash ^ (hash >> 15)) / f64::from(u32::MAX)
}
