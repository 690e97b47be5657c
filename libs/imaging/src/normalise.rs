//! What is kept of an upload.

use bytes::Bytes;

use crate::{Format, Limits, Picture, PictureError, decode, encode_jpeg, encode_png, encode_webp};

/// Tried in this order until the file fits.
const JPEG_QUALITIES: [u8; 3] = [92, 80, 60];

/// An upload as it is kept: upright and without metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Normalised {
    /// The file, at most [`Limits::STORED`]`.max_bytes` long.
    pub bytes: Bytes,
    /// JPEG; PNG or (only where that would be too long) WebP when pixels are transparent.
    pub format: Format,
    /// Width in pixels.
    pub width_px: u32,
    /// Height in pixels.
    pub height_px: u32,
}

/// Decodes a file within [`Limits::UPLOAD`] and writes it anew: upright, 8 bits, without metadata (but the mark of
/// [`xmp`](crate::xmp) if it had one). The same bytes in give the same bytes out.
pub fn normalise(bytes: &[u8]) -> Result<Normalised, PictureError> {
    let picture = decode(bytes)?;
    let (bytes, format) = if picture.has_alpha() {
        transparent(&picture)?
    } else {
        opaque(&picture)?
    };
    Ok(Normalised {
        bytes,
        format,
        width_px: picture.width_px(),
        height_px: picture.height_px(),
    })
}

fn opaque(picture: &Picture) -> Result<(Bytes, Format), PictureError> {
    for quality in JPEG_QUALITIES {
        let file = encode_jpeg(picture, quality)?;
        if fits(&file) {
            return Ok((file.into(), Format::Jpeg));
        }
    }
    Err(PictureError::NotWritable {
        what: "a JPEG of bearable size",
    })
}

fn transparent(picture: &Picture) -> Result<(Bytes, Format), PictureError> {
    let file = encode_png(picture)?;
    if fits(&file) {
        return Ok((file.into(), Format::Png));
    }
    let file = encode_webp(picture, 92)?;
    if fits(&file) {
        return Ok((file.into(), Format::WebP));
    }
    Err(PictureError::NotWritable {
        what: "a WebP of bearable size",
    })
}

fn fits(file: &[u8]) -> bool {
    Limits::STORED.check_size(file).is_ok()
}
