//! WebP: chunks of a RIFF file (RFC 9649).

use image::metadata::Orientation;

use super::{Sieved, orientation_of};
use crate::{Format, Limits, PictureError, xmp};

const DAMAGED: PictureError = PictureError::Damaged {
    format: Format::WebP,
};
const ANIMATION_FLAG: u8 = 0x02;
const ALPHA_FLAG: u8 = 0x10;

pub(super) fn read<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Sieved<'a>, PictureError> {
    let mut sieved = Sieved {
        bytes,
        format: Format::WebP,
        width_px: 0,
        height_px: 0,
        orientation: Orientation::NoTransforms,
        ai_generated: false,
        profile: Vec::new(),
        inks_inverted: false,
        keep: Vec::new(),
    };
    let riff_end = usize::try_from(le32(bytes, 4)?)
        .unwrap_or(usize::MAX)
        .saturating_add(8);
    let mut at = 12;
    let mut canvas = None;
    let mut has_pixels = false;
    while at < riff_end {
        let kind: [u8; 4] = bytes
            .get(at..)
            .and_then(|rest| rest.first_chunk())
            .copied()
            .ok_or(PictureError::Truncated)?;
        let length = usize::try_from(le32(bytes, at + 4)?).unwrap_or(usize::MAX);
        let payload_at = at + 8;
        // Headers are looked at before the rest is there: a giant is a giant even if it is cut off.
        let start = bytes.get(payload_at..).unwrap_or_default();
        let sides = match &kind {
            b"VP8X" => Some(extended_sides(start)?),
            b"VP8 " => Some(lossy_sides(start)?),
            b"VP8L" => Some(lossless_sides(start)?),
            b"ANIM" | b"ANMF" => return Err(PictureError::Animated),
            _ => None,
        };
        if let Some((width_px, height_px)) = sides {
            limits.check_sides(width_px, height_px)?;
            if &kind == b"VP8X" && canvas.is_none() && !has_pixels {
                canvas = sides;
            } else if &kind == b"VP8X"
                || has_pixels
                || canvas.is_some_and(|canvas| Some(canvas) != sides)
            {
                return Err(DAMAGED);
            } else {
                has_pixels = true;
            }
            (sieved.width_px, sieved.height_px) = (width_px, height_px);
        }
        let payload_end = payload_at
            .checked_add(length)
            .ok_or(PictureError::Truncated)?;
        if payload_end > riff_end {
            return Err(DAMAGED);
        }
        let payload = bytes
            .get(payload_at..payload_end)
            .ok_or(PictureError::Truncated)?;
        match &kind {
            b"VP8 " | b"VP8L" | b"ALPH" => sieved.keep.push(at..payload_end),
            b"EXIF" => {
                let exif = payload.strip_prefix(b"Exif\0\0").unwrap_or(payload);
                sieved.orientation = orientation_of(exif).unwrap_or(sieved.orientation);
            }
            b"ICCP" if sieved.profile.is_empty() => sieved.profile.push(payload_at..payload_end),
            b"XMP " => sieved.ai_generated |= xmp::packet_bears_mark(payload),
            _ => {}
        }
        at = payload_end + length % 2;
    }
    if riff_end > bytes.len() {
        return Err(PictureError::Truncated);
    }
    if has_pixels { Ok(sieved) } else { Err(DAMAGED) }
}

/// A RIFF file of the kept chunks; an alpha chunk needs the extended header.
pub(super) fn assemble<'a>(
    kept: impl Iterator<Item = &'a [u8]>,
    width_px: u32,
    height_px: u32,
) -> Vec<u8> {
    let mut file = b"RIFF\0\0\0\0WEBP".to_vec();
    for chunk in kept {
        if chunk.starts_with(b"ALPH") && file.len() == 12 {
            file.extend_from_slice(b"VP8X\x0a\0\0\0");
            file.extend_from_slice(&[ALPHA_FLAG, 0, 0, 0]);
            file.extend_from_slice(&width_px.saturating_sub(1).to_le_bytes()[..3]);
            file.extend_from_slice(&height_px.saturating_sub(1).to_le_bytes()[..3]);
        }
        file.extend_from_slice(chunk);
        if chunk.len() % 2 == 1 {
            file.push(0);
        }
    }
    let length = u32::try_from(file.len() - 8).unwrap_or(u32::MAX);
    file[4..8].copy_from_slice(&length.to_le_bytes());
    file
}

fn extended_sides(start: &[u8]) -> Result<(u32, u32), PictureError> {
    let &[flags, _, _, _, w0, w1, w2, h0, h1, h2, ..] = start else {
        return Err(PictureError::Truncated);
    };
    if flags & ANIMATION_FLAG != 0 {
        return Err(PictureError::Animated);
    }
    Ok((
        u32::from_le_bytes([w0, w1, w2, 0]) + 1,
        u32::from_le_bytes([h0, h1, h2, 0]) + 1,
    ))
}

fn lossy_sides(start: &[u8]) -> Result<(u32, u32), PictureError> {
    let &[_, _, _, s0, s1, s2, w0, w1, h0, h1, ..] = start else {
        return Err(PictureError::Truncated);
    };
    if [s0, s1, s2] != [0x9d, 0x01, 0x2a] {
        return Err(DAMAGED);
    }
    let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
    Ok((side(w0, w1), side(h0, h1)))
}

fn lossless_sides(start: &[u8]) -> Result<(u32, u32), PictureError> {
    let &[signature, b0, b1, b2, b3, ..] = start else {
        return Err(PictureError::Truncated);
    };
    if signature != 0x2f {
        return Err(DAMAGED);
    }
    let bits = u32::from_le_bytes([b0, b1, b2, b3]);
    Ok(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
}

fn le32(bytes: &[u8], at: usize) -> Result<u32, PictureError> {
    bytes
        .get(at..)
        .and_then(|rest| rest.first_chunk())
        .map(|b| u32::from_le_bytes(*b))
        .ok_or(PictureError::Truncated)
}
