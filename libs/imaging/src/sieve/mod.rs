//! The sieve: walks through a file's structure, holds its header against the limits, and keeps only what a decoder needs.
//!
//! Each format's walker reads lengths and headers, never pixels. What it keeps is a list of ranges, so that looking at a file
//! costs no copy of it.

mod jpeg;
mod png;
mod webp;

use std::{io::Read, ops::Range};

use flate2::read::ZlibDecoder;
use image::metadata::Orientation;

use crate::{
    Format, Header, Limits, PictureError,
    profile::{MAX_PROFILE_BYTES, Profile},
};

/// What a walker found.
#[derive(Debug)]
pub(crate) struct Sieved<'a> {
    bytes: &'a [u8],
    format: Format,
    /// As stored, before turning upright.
    width_px: u32,
    height_px: u32,
    orientation: Orientation,
    ai_generated: bool,
    /// Where the colour profile is, in parts; a PNG's is compressed.
    profile: Vec<Range<usize>>,
    /// Whether a JPEG of four inks counts them from white, as Photoshop does.
    pub(crate) inks_inverted: bool,
    /// What goes into the clean file, in order.
    keep: Vec<Range<usize>>,
}

impl<'a> Sieved<'a> {
    /// Walks through the whole file.
    pub(crate) fn read(bytes: &'a [u8], limits: &Limits) -> Result<Self, PictureError> {
        if bytes.is_empty() {
            return Err(PictureError::Empty);
        }
        limits.check_size(bytes)?;
        match Format::sniff(bytes)? {
            Format::Jpeg => jpeg::read(bytes, limits),
            Format::Png => png::read(bytes, limits),
            Format::WebP => webp::read(bytes, limits),
        }
    }

    pub(crate) fn header(&self) -> Header {
        let turned = matches!(
            self.orientation,
            Orientation::Rotate90
                | Orientation::Rotate270
                | Orientation::Rotate90FlipH
                | Orientation::Rotate270FlipH
        );
        let (width_px, height_px) = if turned {
            (self.height_px, self.width_px)
        } else {
            (self.width_px, self.height_px)
        };
        Header {
            format: self.format,
            width_px,
            height_px,
            orientation: self.orientation.to_exif(),
            ai_generated: self.ai_generated,
        }
    }

    /// The colour profile, if there is one of bearable length. No more of a compressed one is unpacked than that.
    pub(crate) fn profile(&self) -> Option<Profile> {
        let parts: Vec<&[u8]> = self
            .profile
            .iter()
            .filter_map(|range| self.bytes.get(range.clone()))
            .collect();
        let stored = parts.concat();
        let mut bytes = Vec::new();
        let limit = MAX_PROFILE_BYTES as u64 + 1;
        match self.format {
            Format::Png => ZlibDecoder::new(stored.as_slice())
                .take(limit)
                .read_to_end(&mut bytes)
                .ok()?,
            Format::Jpeg | Format::WebP => {
                stored.as_slice().take(limit).read_to_end(&mut bytes).ok()?
            }
        };
        if bytes.is_empty() || bytes.len() > MAX_PROFILE_BYTES {
            return None;
        }
        Profile::read(&bytes)
    }

    /// The file with nothing in it but what a decoder needs. The checksums of a PNG are verified on the way.
    pub(crate) fn clean_file(&self) -> Result<Vec<u8>, PictureError> {
        let kept = self
            .keep
            .iter()
            .filter_map(|range| self.bytes.get(range.clone()));
        match self.format {
            Format::Jpeg => Ok(jpeg::assemble(kept)),
            Format::Png => png::assemble(kept),
            Format::WebP => Ok(webp::assemble(kept, self.width_px, self.height_px)),
        }
    }
}

/// The orientation in an EXIF block, if it names one that exists. The block starts with the TIFF header.
fn orientation_of(exif: &[u8]) -> Option<Orientation> {
    Orientation::from_exif_chunk(exif)
}
