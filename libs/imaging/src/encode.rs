//! Pixels into files. No metadata but the mark of [`xmp`].

use image::{
    ExtendedColorType, ImageEncoder,
    codecs::{
        jpeg::JpegEncoder,
        png::{CompressionType, FilterType, PngEncoder},
    },
};

use crate::{Format, Picture, PictureError, xmp};

/// Effort of libwebp, 0 (fast) to 6 (small).
const WEBP_METHOD: i32 = 4;

/// Baseline JPEG without chroma subsampling (thin coloured prints stay sharp); transparent pixels become white.
/// `quality` is 1 to 100.
pub fn encode_jpeg(picture: &Picture, quality: u8) -> Result<Vec<u8>, PictureError> {
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, quality.clamp(1, 100))
        .write_image(
            &picture.to_opaque(),
            picture.width_px(),
            picture.height_px(),
            ExtendedColorType::Rgb8,
        )
        .map_err(|_| PictureError::NotWritable { what: "a JPEG" })?;
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
