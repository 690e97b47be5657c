//! PNG, row by row.
//!
//! The image crate's decoder goes on inflating after the last row, to the end of the data: ten megabytes in the file can be ten
//! gigabytes of zeros. Here nothing is inflated that no row needs.

use std::io::{Cursor, ErrorKind};

use image::{DynamicImage, GrayAlphaImage, GrayImage, RgbImage, RgbaImage};
use png::{
    BitDepth, ColorType, DecodingError, InterlaceInfo, Limits as PngLimits, Transformations,
};

use crate::{Format, Limits, PictureError};

const DAMAGED: PictureError = PictureError::Damaged {
    format: Format::Png,
};
const TOO_COMPLEX: PictureError = PictureError::TooComplex {
    format: Format::Png,
};

/// More than this behind the last row's data was put there to cost time.
const MAX_IDLE_BYTES: u64 = 65_536;

/// First column, first row and distance of rows in each of the seven passes of an interlaced PNG.
const PASSES: [(u32, u32, u32); 7] = [
    (0, 0, 8),
    (4, 0, 8),
    (0, 4, 8),
    (2, 0, 4),
    (0, 2, 4),
    (1, 0, 2),
    (0, 1, 2),
];

/// Decodes a file from the sieve, whose checksums were verified there.
pub(crate) fn decode_png(clean: &[u8], limits: &Limits) -> Result<DynamicImage, PictureError> {
    let max_bytes = usize::try_from(limits.max_decoded_bytes).unwrap_or(usize::MAX);
    let mut input = Cursor::new(clean);
    let mut decoder = png::Decoder::new_with_limits(&mut input, PngLimits { bytes: max_bytes });
    decoder.ignore_checksums(true);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|error| from_png(&error))?;
    let (width, height, interlaced) = (
        reader.info().width,
        reader.info().height,
        reader.info().interlaced,
    );
    let (colour, depth) = reader.output_color_type();
    let size = reader
        .output_buffer_size()
        .filter(|&size| size <= max_bytes)
        .ok_or(TOO_COMPLEX)?;
    let stride = reader.output_line_size(width).ok_or(TOO_COMPLEX)?;
    let bits_per_pixel = u8::try_from(colour.samples() * 8).map_err(|_| DAMAGED)?;
    if depth != BitDepth::Eight || stride == 0 {
        return Err(DAMAGED);
    }
    let mut pixels = vec![0; size];
    if interlaced {
        for _ in 0..interlaced_rows(width, height) {
            let row = reader
                .next_interlaced_row()
                .map_err(|error| from_png(&error))?
                .ok_or(DAMAGED)?;
            let InterlaceInfo::Adam7(place) = row.interlace() else {
                return Err(DAMAGED);
            };
            png::expand_interlaced_row(&mut pixels, stride, row.data(), place, bits_per_pixel);
        }
    } else {
        for row in pixels.chunks_exact_mut(stride) {
            reader
                .read_row(row)
                .map_err(|error| from_png(&error))?
                .ok_or(DAMAGED)?;
        }
    }
    drop(reader);
    if (clean.len() as u64).saturating_sub(input.position()) > MAX_IDLE_BYTES {
        return Err(TOO_COMPLEX);
    }
    match colour {
        ColorType::Grayscale => GrayImage::from_raw(width, height, pixels).map(DynamicImage::from),
        ColorType::GrayscaleAlpha => {
            GrayAlphaImage::from_raw(width, height, pixels).map(DynamicImage::from)
        }
        ColorType::Rgb => RgbImage::from_raw(width, height, pixels).map(DynamicImage::from),
        ColorType::Rgba => RgbaImage::from_raw(width, height, pixels).map(DynamicImage::from),
        ColorType::Indexed => None,
    }
    .ok_or(DAMAGED)
}

/// How many rows an interlaced picture has in all passes that reach it.
fn interlaced_rows(width: u32, height: u32) -> u32 {
    let reached = PASSES.iter().filter(|(column, ..)| *column < width);
    reached
        .map(|&(_, first, step)| height.saturating_sub(first).div_ceil(step))
        .sum()
}

fn from_png(error: &DecodingError) -> PictureError {
    match error {
        DecodingError::IoError(io) if io.kind() == ErrorKind::UnexpectedEof => {
            PictureError::Truncated
        }
        DecodingError::LimitsExceeded => TOO_COMPLEX,
        DecodingError::IoError(_) | DecodingError::Format(_) | DecodingError::Parameter(_) => {
            DAMAGED
        }
    }
}
