//! PNG: chunks up to `IEND` (ISO/IEC 15948). An animated PNG gives its still image.

use image::metadata::Orientation;

use super::{Sieved, orientation_of};
use crate::{Format, Limits, PictureError, checksum::crc32, xmp};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
const DAMAGED: PictureError = PictureError::Damaged {
    format: Format::Png,
};

pub(super) fn read<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Sieved<'a>, PictureError> {
    let mut at = SIGNATURE.len();
    let mut sieved = Sieved {
        bytes,
        format: Format::Png,
        width_px: 0,
        height_px: 0,
        orientation: Orientation::NoTransforms,
        ai_generated: false,
        profile: Vec::new(),
        inks_inverted: false,
        keep: Vec::new(),
    };
    let mut raw_bytes = 0;
    let mut data_bytes = 0;
    loop {
        let [l3, l2, l1, l0, kind @ ..]: [u8; 8] = bytes
            .get(at..)
            .and_then(|rest| rest.first_chunk())
            .copied()
            .ok_or(PictureError::Truncated)?;
        let length = usize::try_from(u32::from_be_bytes([l3, l2, l1, l0])).unwrap_or(usize::MAX);
        let payload_at = at + 8;
        // The header may be looked at before the rest is there: a giant is a giant even if it is cut off.
        if sieved.width_px == 0 {
            raw_bytes = read_header(
                &mut sieved,
                kind,
                length,
                bytes.get(payload_at..).unwrap_or_default(),
                limits,
            )?;
        }
        let payload_end = payload_at
            .checked_add(length)
            .ok_or(PictureError::Truncated)?;
        let payload = bytes
            .get(payload_at..payload_end)
            .ok_or(PictureError::Truncated)?;
        let end = payload_end + 4;
        if end > bytes.len() {
            return Err(PictureError::Truncated);
        }
        match &kind {
            b"IHDR" | b"PLTE" | b"tRNS" => sieved.keep.push(at..end),
            b"IDAT" => {
                data_bytes += length as u64;
                sieved.keep.push(at..end);
            }
            b"IEND" if data_bytes == 0 => return Err(DAMAGED),
            b"IEND" => {
                sieved.keep.push(at..end);
                break;
            }
            b"eXIf" => sieved.orientation = orientation_of(payload).unwrap_or(sieved.orientation),
            // A name, a null byte, the way of compression (there is one), the profile.
            b"iCCP" => {
                let name = payload.iter().take(80).position(|&byte| byte == 0);
                if let Some(name) = name.filter(|_| sieved.profile.is_empty()) {
                    let start = (payload_at + name + 2).min(payload_end);
                    sieved.profile.push(start..payload_end);
                }
            }
            b"iTXt" => {
                let packet = payload.strip_prefix(xmp::PNG_KEYWORD);
                sieved.ai_generated |= packet.is_some_and(xmp::packet_bears_mark);
            }
            [b'A'..=b'Z', ..] => return Err(DAMAGED),
            _ => {}
        }
        at = end;
    }
    // Deflate never needs more than the raw bytes and a little; more is a bomb that keeps a decoder busy.
    if data_bytes > raw_bytes + raw_bytes / 16 + 65_536 {
        return Err(PictureError::TooComplex {
            format: Format::Png,
        });
    }
    Ok(sieved)
}

/// Reads `IHDR` and answers how many bytes the pixels have before compression, filter bytes included.
fn read_header(
    sieved: &mut Sieved<'_>,
    kind: [u8; 4],
    length: usize,
    payload: &[u8],
    limits: &Limits,
) -> Result<u64, PictureError> {
    if &kind != b"IHDR" || length != 13 {
        return Err(DAMAGED);
    }
    let &[w3, w2, w1, w0, h3, h2, h1, h0, depth, colour, ..] = payload else {
        return Err(PictureError::Truncated);
    };
    sieved.width_px = u32::from_be_bytes([w3, w2, w1, w0]);
    sieved.height_px = u32::from_be_bytes([h3, h2, h1, h0]);
    if sieved.width_px == 0 || sieved.height_px == 0 {
        return Err(DAMAGED);
    }
    limits.check_sides(sieved.width_px, sieved.height_px)?;
    let channels = match colour {
        0 | 3 => 1,
        2 => 3,
        4 => 2,
        6 => 4,
        _ => return Err(DAMAGED),
    };
    let row_bits = u64::from(sieved.width_px) * channels * u64::from(depth);
    // Interlacing adds partial rows: at most one more filter byte and one more byte for each row of each pass.
    Ok((row_bits.div_ceil(8) + 8) * u64::from(sieved.height_px))
}

/// A file of the kept chunks, whose checksums are verified.
pub(super) fn assemble<'a>(kept: impl Iterator<Item = &'a [u8]>) -> Result<Vec<u8>, PictureError> {
    let mut file = SIGNATURE.to_vec();
    for chunk in kept {
        let (content, checksum) = chunk.split_last_chunk::<4>().ok_or(DAMAGED)?;
        if content.get(4..).map(crc32) != Some(u32::from_be_bytes(*checksum)) {
            return Err(DAMAGED);
        }
        file.extend_from_slice(chunk);
    }
    Ok(file)
}
