//! Pixels into files. No metadata but the mark of [`xmp`].

use image::{
    ExtendedColorType, ImageEncoder,
    codecs::png::{CompressionType, FilterType, PngEncoder},
};
use libavif::{RgbPixels, YuvFormat};
use turbojpeg::{Compressor, Image, PixelFormat, Subsamp};

use crate::{Format, Picture, PictureError, xmp};

/// Effort of libwebp, 0 (fast) to 6 (small).
const WEBP_METHOD: i32 = 4;

/// Baseline JPEG without chroma subsampling (thin coloured prints stay sharp); transparent pixels become white.
/// `quality` is 1 to 100.
pub fn encode_jpeg(picture: &Picture, quality: u8) -> Result<Vec<u8>, PictureError> {
    let pixels = picture.to_opaque();
    let (width, height) = (picture.width_px() as usize, picture.height_px() as usize);
    let write = || {
        let mut encoder = Compressor::new()?;
        encoder.set_quality(i32::from(quality.clamp(1, 100)))?;
        encoder.set_subsamp(Subsamp::None)?;
        encoder.set_optimize(true)?;
        encoder.compress_to_vec(Image {
            pixels: pixels.as_ref(),
            width,
            pitch: width * 3,
            height,
            format: PixelFormat::RGB,
        })
    };
    let file = write().map_err(|_| PictureError::NotWritable { what: "a JPEG" })?;
    marked(picture, file, Format::Jpeg)
}

/// PNG, lossless.
pub fn encode_png(picture: &Picture) -> Result<Vec<u8>, PictureError> {
    let colour = if picture.has_alpha() {
        ExtendedColorType::Rgba8
    } else {
        ExtendedColorType::Rgb8
    };
    let mut file = Vec::new();
    PngEncoder::new_with_quality(&mut file, CompressionType::Default, FilterType::Adaptive)
        .write_image(
            picture.pixels(),
            picture.width_px(),
            picture.height_px(),
            colour,
        )
        .map_err(|_| PictureError::NotWritable { what: "a PNG" })?;
    marked(picture, file, Format::Png)
}

/// Lossy WebP, with its alpha channel if there is one. `quality` is 0 to 100.
pub fn encode_webp(picture: &Picture, quality: u8) -> Result<Vec<u8>, PictureError> {
    const FAILED: PictureError = PictureError::NotWritable { what: "a WebP" };
    let (pixels, width, height) = (picture.pixels(), picture.width_px(), picture.height_px());
    let encoder = if picture.has_alpha() {
        webp::Encoder::from_rgba(pixels, width, height)
    } else {
        webp::Encoder::from_rgb(pixels, width, height)
    };
    let mut config = webp::WebPConfig::new().map_err(|()| FAILED)?;
    config.quality = f32::from(quality.min(100));
    config.method = WEBP_METHOD;
    let file = encoder.encode_advanced(&config).map_err(|_| FAILED)?;
    marked(picture, file.to_vec(), Format::WebP)
}

/// AVIF by libaom, colours at half size, with its alpha channel if there is one. `quality` is 0 to 100, `speed` 0 (small) to 10 (fast).
///
/// Refuses a picture with the mark of [`xmp`]: this writer has no place for it.
pub fn encode_avif(picture: &Picture, quality: u8, speed: u8) -> Result<Vec<u8>, PictureError> {
    const FAILED: PictureError = PictureError::NotWritable { what: "an AVIF" };
    if picture.is_ai_generated() {
        return Err(PictureError::NotWritable {
            what: "a marked AVIF",
        });
    }
    let pixels = RgbPixels::new(picture.width_px(), picture.height_px(), picture.pixels())
        .map_err(|_| FAILED)?
        .to_image(YuvFormat::Yuv420);
    let mut encoder = libavif::Encoder::new();
    encoder
        .set_max_threads(1)
        .set_quality(quality.min(100))
        .set_alpha_quality(quality.min(100))
        .set_speed(speed.min(10));
    let mut file = encoder.encode(&pixels).map_err(|_| FAILED)?.to_vec();
    name_colours(&mut file);
    Ok(file)
}

/// The container says "unknown" of its colours, and viewers guess: sRGB (1, 13), mixed as in BT.601 (6), is what they are.
fn name_colours(file: &mut [u8]) {
    const UNKNOWN: &[u8] = b"colrnclx\0\x02\0\x02\0\x02";
    const SRGB: [u8; 6] = [0, 1, 0, 13, 0, 6];
    let Some(at) = file
        .windows(UNKNOWN.len())
        .position(|window| window == UNKNOWN)
    else {
        return;
    };
    let values = at + UNKNOWN.len() - SRGB.len();
    file[values..values + SRGB.len()].copy_from_slice(&SRGB);
}

fn marked(picture: &Picture, file: Vec<u8>, format: Format) -> Result<Vec<u8>, PictureError> {
    if !picture.is_ai_generated() {
        return Ok(file);
    }
    xmp::mark_ai_generated(&file).map_err(|_| PictureError::NotWritable {
        what: format_with_mark(format),
    })
}

const fn format_with_mark(format: Format) -> &'static str {
    match format {
        Format::Jpeg => "a marked JPEG",
        Format::Png => "a marked PNG",
        Format::WebP => "a marked WebP",
    }
}
