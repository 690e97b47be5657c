//! Files into pixels.

use std::{
    io::{Cursor, ErrorKind},
    panic::{AssertUnwindSafe, catch_unwind},
};

use image::{
    DynamicImage, ImageDecoder, ImageError, RgbImage, codecs::webp::WebPDecoder,
    metadata::Orientation,
};
use zune_jpeg::{
    JpegDecoder,
    errors::DecodeErrors,
    zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions},
};

use crate::{Format, Limits, Picture, PictureError, decode_png::decode_png, sieve::Sieved};

/// Decodes a file within [`Limits::UPLOAD`]: upright, RGB or RGBA of 8 bits, whatever the file held.
pub fn decode(bytes: &[u8]) -> Result<Picture, PictureError> {
    decode_within(bytes, &Limits::UPLOAD)
}

/// [`decode`] within other limits.
pub fn decode_within(bytes: &[u8], limits: &Limits) -> Result<Picture, PictureError> {
    let sieved = Sieved::read(bytes, limits)?;
    let header = sieved.header();
    let format = header.format;
    let clean = sieved.clean_file()?;
    // The decoders are other people's code on hostile bytes: a bug in one is a refusal of one picture.
    let mut image = catch_unwind(AssertUnwindSafe(|| match format {
        Format::Jpeg => decode_jpeg(&clean, limits),
        Format::Png => decode_png(&clean, limits),
        Format::WebP => decode_with(
            WebPDecoder::new(Cursor::new(clean.as_slice())),
            format,
            limits,
        ),
    }))
    .unwrap_or(Err(PictureError::Damaged { format }))?;
    if let Some(orientation) = Orientation::from_exif(header.orientation) {
        image.apply_orientation(orientation);
    }
    if (image.width(), image.height()) != (header.width_px, header.height_px) {
        return Err(PictureError::Damaged { format });
    }
    Ok(Picture::new(image, header.ai_generated))
}

fn decode_jpeg(clean: &[u8], limits: &Limits) -> Result<DynamicImage, PictureError> {
    let side = limits.max_side_px as usize;
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(side)
        .set_max_height(side)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(clean), options);
    let pixels = decoder.decode().map_err(|error| from_zune(&error))?;
    let (width, height) = decoder.dimensions().ok_or(PictureError::Damaged {
        format: Format::Jpeg,
    })?;
    let sides = u32::try_from(width).ok().zip(u32::try_from(height).ok());
    sides
        .and_then(|(width, height)| RgbImage::from_raw(width, height, pixels))
        .map(DynamicImage::from)
        .ok_or(PictureError::Damaged {
            format: Format::Jpeg,
        })
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

fn from_zune(error: &DecodeErrors) -> PictureError {
    let format = Format::Jpeg;
    match error {
        DecodeErrors::ExhaustedData | DecodeErrors::IoErrors(_) => PictureError::Truncated,
        DecodeErrors::Unsupported(_) => PictureError::VariantUnsupported {
            format,
            feature: "a rare coding",
        },
        DecodeErrors::Format(_)
        | DecodeErrors::FormatStatic(_)
        | DecodeErrors::IllegalMagicBytes(_)
        | DecodeErrors::HuffmanDecode(_)
        | DecodeErrors::ZeroError
        | DecodeErrors::DqtError(_)
        | DecodeErrors::SosError(_)
        | DecodeErrors::SofError(_)
        | DecodeErrors::MCUError(_)
        | DecodeErrors::LargeDimensions(_)
        | DecodeErrors::TooSmallOutput(..) => PictureError::Damaged { format },
    }
}
