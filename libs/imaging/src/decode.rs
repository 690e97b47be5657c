//! Files into pixels.

use std::{
    io::{Cursor, ErrorKind},
    panic::{AssertUnwindSafe, catch_unwind},
};

use image::{
    DynamicImage, ImageDecoder, ImageError, codecs::webp::WebPDecoder, metadata::Orientation,
};

use crate::{
    Format, Header, Limits, Picture, PictureError,
    decode_jpeg::{Scale, decode_jpeg},
    decode_png::decode_png,
    sieve::Sieved,
};

/// Decodes a file within [`Limits::UPLOAD`]: upright, RGB or RGBA of 8 bits, whatever the file held.
pub fn decode(bytes: &[u8]) -> Result<Picture, PictureError> {
    decode_within(bytes, &Limits::UPLOAD)
}

/// [`decode`] within other limits.
pub fn decode_within(bytes: &[u8], limits: &Limits) -> Result<Picture, PictureError> {
    decode_scaled(bytes, limits, |_| Scale::Whole)
}

/// [`decode_within`] for a picture that is needed no wider than `width_px`: a JPEG of twice that is read at half its size, which
/// costs half as much and measures the same at that width (`ops/bench/pictures`).
pub fn decode_for_width(
    bytes: &[u8],
    limits: &Limits,
    width_px: u32,
) -> Result<Picture, PictureError> {
    decode_scaled(bytes, limits, |header| {
        let halves = header.format == Format::Jpeg && header.width_px / 2 >= width_px;
        if halves { Scale::Half } else { Scale::Whole }
    })
}

fn decode_scaled(
    bytes: &[u8],
    limits: &Limits,
    scale: impl FnOnce(&Header) -> Scale,
) -> Result<Picture, PictureError> {
    let sieved = Sieved::read(bytes, limits)?;
    let header = sieved.header();
    let format = header.format;
    let scale = scale(&header);
    let clean = sieved.clean_file()?;
    // The decoders are other people's code on hostile bytes: a bug in one is a refusal of one picture.
    let mut image = catch_unwind(AssertUnwindSafe(|| {
        let profile = sieved.profile();
        let image = match format {
            Format::Jpeg => decode_jpeg(&clean, scale, sieved.inks_inverted, profile.as_ref()),
            Format::Png => decode_png(&clean, limits),
            Format::WebP => decode_with(
                WebPDecoder::new(Cursor::new(clean.as_slice())),
                format,
                limits,
            ),
        }?;
        Ok(match profile {
            Some(profile) => profile.to_srgb(image),
            None => image,
        })
    }))
    .unwrap_or(Err(PictureError::Damaged { format }))?;
    if let Some(orientation) = Orientation::from_exif(header.orientation) {
        image.apply_orientation(orientation);
    }
    let expected = (scale.of(header.width_px), scale.of(header.height_px));
    if (image.width(), image.height()) != expected {
        return Err(PictureError::Damaged { format });
    }
    Ok(Picture::new(image, header.ai_generated))
}

fn decode_with<D: ImageDecoder>(
    decoder: Result<D, ImageError>,
    format: Format,
    limits: &Limits,
) -> Result<DynamicImage, PictureError> {
    let mut decoder = decoder.map_err(|error| from_image(&error, format))?;
    // `Limits` are advice to some decoders; the output buffer is ours to bound.
    if decoder.total_bytes() > limits.max_decoded_bytes {
        return Err(PictureError::TooComplex { format });
    }
    decoder
        .set_limits(image_limits(limits))
        .map_err(|error| from_image(&error, format))?;
    DynamicImage::from_decoder(decoder).map_err(|error| from_image(&error, format))
}

fn image_limits(limits: &Limits) -> image::Limits {
    let mut decoder = image::Limits::default();
    decoder.max_image_width = Some(limits.max_side_px);
    decoder.max_image_height = Some(limits.max_side_px);
    decoder.max_alloc = Some(limits.max_decoded_bytes);
    decoder
}

fn from_image(error: &ImageError, format: Format) -> PictureError {
    match error {
        ImageError::IoError(io) if io.kind() == ErrorKind::UnexpectedEof => PictureError::Truncated,
        ImageError::Unsupported(_) => PictureError::VariantUnsupported {
            format,
            feature: "a rare coding",
        },
        ImageError::Limits(_) => PictureError::TooComplex { format },
        ImageError::IoError(_)
        | ImageError::Decoding(_)
        | ImageError::Encoding(_)
        | ImageError::Parameter(_) => PictureError::Damaged { format },
    }
}
