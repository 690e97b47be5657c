//! JPEG: segments up to the scans, scans up to the end marker (ITU-T T.81).

use std::ops::Range;

use image::metadata::Orientation;

use super::{Sieved, orientation_of};
use crate::{Format, Limits, PictureError, xmp};

/// More scans than any encoder makes; each one makes a decoder go over all coefficients again.
const MAX_SCANS: usize = 64;

const DAMAGED: PictureError = PictureError::Damaged {
    format: Format::Jpeg,
};
const EXIF: &[u8] = b"Exif\0\0";
const PROFILE: &[u8] = b"ICC_PROFILE\0";

const fn unsupported(feature: &'static str) -> PictureError {
    PictureError::VariantUnsupported {
        format: Format::Jpeg,
        feature,
    }
}

pub(super) fn read<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Sieved<'a>, PictureError> {
    let mut sieved = Sieved {
        bytes,
        format: Format::Jpeg,
        width_px: 0,
        height_px: 0,
        orientation: Orientation::NoTransforms,
        ai_generated: false,
        profile: Vec::new(),
        inks_inverted: false,
        keep: Vec::new(),
    };
    let mut profile = Vec::new();
    let mut scans = 0;
    let mut at = 2;
    loop {
        let start = next_marker(bytes, at)?;
        let marker = bytes[start + 1];
        match marker {
            // The end. What stands behind it (a second picture, a film, a trailer) is not looked at.
            0xd9 if scans == 0 => return Err(DAMAGED),
            0xd9 => {
                sieved.profile = in_order(profile);
                return Ok(sieved);
            }
            // Markers without a segment.
            0x01 | 0xd0..=0xd8 => at = start + 2,
            _ => {
                let length = usize::from(u16::from_be_bytes(take(bytes, start + 2)?));
                let end = start + 2 + length;
                let payload = bytes.get(start + 4..end).ok_or(if length < 2 {
                    DAMAGED
                } else {
                    PictureError::Truncated
                })?;
                read_segment(&mut sieved, marker, payload, limits)?;
                if marker == 0xe2
                    && let Some(&[number, count, ..]) = payload.strip_prefix(PROFILE)
                {
                    let part = start + 4 + PROFILE.len() + 2..end;
                    profile.push((number, count, part));
                }
                if is_needed(marker, payload) {
                    sieved.keep.push(start..end);
                }
                at = end;
                if marker == 0xda {
                    scans += 1;
                    if sieved.width_px == 0 {
                        return Err(DAMAGED);
                    }
                    if scans > MAX_SCANS {
                        return Err(PictureError::TooComplex {
                            format: Format::Jpeg,
                        });
                    }
                    at = end_of_scan(bytes, end)?;
                    sieved.keep.push(end..at);
                }
            }
        }
    }
}

/// A file of the kept segments.
pub(super) fn assemble<'a>(kept: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut file = vec![0xff, 0xd8];
    kept.for_each(|part| file.extend_from_slice(part));
    file.extend_from_slice(&[0xff, 0xd9]);
    file
}

/// Position of the next marker's 0xff; what cannot be one is passed over.
fn next_marker(bytes: &[u8], mut at: usize) -> Result<usize, PictureError> {
    loop {
        let [first, second] = take(bytes, at)?;
        if first == 0xff && second != 0xff && second != 0 {
            return Ok(at);
        }
        at += 1;
    }
}

/// Position of the first marker behind entropy-coded data that starts at `at`.
fn end_of_scan(bytes: &[u8], mut at: usize) -> Result<usize, PictureError> {
    loop {
        at += bytes
            .get(at..)
            .and_then(|rest| rest.iter().position(|&byte| byte == 0xff))
            .ok_or(PictureError::Truncated)?;
        match bytes.get(at + 1) {
            None => return Err(PictureError::Truncated),
            Some(0 | 0xd0..=0xd7) => at += 2,
            Some(0xff) => at += 1,
            Some(_) => return Ok(at),
        }
    }
}

fn read_segment(
    sieved: &mut Sieved<'_>,
    marker: u8,
    payload: &[u8],
    limits: &Limits,
) -> Result<(), PictureError> {
    match marker {
        0xc0..=0xc2 => {
            if sieved.width_px != 0 {
                return Err(DAMAGED);
            }
            let &[precision, h1, h0, w1, w0, components, ..] = payload else {
                return Err(DAMAGED);
            };
            sieved.height_px = u16::from_be_bytes([h1, h0]).into();
            sieved.width_px = u16::from_be_bytes([w1, w0]).into();
            if sieved.height_px == 0 {
                return Err(unsupported("a height that only its end tells"));
            }
            limits.check_sides(sieved.width_px, sieved.height_px)?;
            if precision != 8 {
                return Err(unsupported("samples of more than 8 bits"));
            }
            if !matches!(components, 1 | 3 | 4) {
                return Err(unsupported("an unusual number of colour channels"));
            }
        }
        0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
            return Err(unsupported("lossless, hierarchical or arithmetic coding"));
        }
        0xe1 => {
            if let Some(exif) = payload.strip_prefix(EXIF) {
                sieved.orientation = orientation_of(exif).unwrap_or(sieved.orientation);
            } else if let Some(packet) = payload.strip_prefix(xmp::JPEG_NAMESPACE) {
                sieved.ai_generated |= xmp::packet_bears_mark(packet);
            }
        }
        0xee => sieved.inks_inverted |= payload.starts_with(b"Adobe"),
        _ => {}
    }
    Ok(())
}

/// The parts of a colour profile, each with its number and how many there are; nothing if they are not all there.
fn in_order(mut parts: Vec<(u8, u8, Range<usize>)>) -> Vec<Range<usize>> {
    parts.sort_unstable_by_key(|(number, ..)| *number);
    let all = parts.len();
    let whole = parts
        .iter()
        .zip(1..)
        .all(|((number, count, _), expected)| (usize::from(*count), *number) == (all, expected));
    if whole {
        parts.into_iter().map(|(.., part)| part).collect()
    } else {
        Vec::new()
    }
}

/// Frames, tables, scans, and the two application segments that say how colours are coded.
fn is_needed(marker: u8, payload: &[u8]) -> bool {
    match marker {
        0xc0..=0xc2 | 0xc4 | 0xda | 0xdb | 0xdd => true,
        0xee => payload.starts_with(b"Adobe"),
        0xe0 => payload.starts_with(b"JFIF\0"),
        _ => false,
    }
}

fn take<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], PictureError> {
    bytes
        .get(at..)
        .and_then(|rest| rest.first_chunk())
        .copied()
        .ok_or(PictureError::Truncated)
}
