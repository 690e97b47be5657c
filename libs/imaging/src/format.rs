//! The three formats that are taken, and how to tell them from everything else.

use std::fmt;

use crate::PictureError;

/// How a picture's bytes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    WebP,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::Jpeg, Self::Png, Self::WebP];

    /// The media type, for `Content-Type`.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
        }
    }

    /// The usual end of a file's name, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::WebP => "webp",
        }
    }

    /// Tells the format by magic bytes; names and media types lie.
    pub fn sniff(bytes: &[u8]) -> Result<Self, PictureError> {
        match bytes {
            [] => Err(PictureError::Empty),
            [0xff, 0xd8, 0xff, ..] => Ok(Self::Jpeg),
            [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Ok(Self::Png),
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'E',
                b'B',
                b'P',
                ..,
            ] => Ok(Self::WebP),
            _ if is_start_of_known(bytes) => Err(PictureError::Truncated),
            _ => Err(PictureError::FormatUnsupported {
                found: name_of_other(bytes),
            }),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
        })
    }
}

/// Whether the bytes are a proper prefix of magic bytes.
fn is_start_of_known(bytes: &[u8]) -> bool {
    b"\xff\xd8\xff".starts_with(bytes)
        || b"\x89PNG\r\n\x1a\n".starts_with(bytes)
        || b"RIFF".starts_with(bytes)
        || (bytes.len() < 12
            && bytes.starts_with(b"RIFF")
            && bytes.get(8..).is_none_or(|rest| b"WEBP".starts_with(rest)))
}

/// What people send instead, so that the refusal can name it.
fn name_of_other(bytes: &[u8]) -> &'static str {
    let text = bytes.trim_ascii_start();
    match bytes {
        [b'G', b'I', b'F', b'8', ..] => "a GIF",
        [b'B', b'M', ..] => "a BMP",
        [b'%', b'P', b'D', b'F', ..] => "a PDF",
        [b'P', b'K', 3, 4, ..] => "a ZIP archive",
        [0x1f, 0x8b, ..] => "a gzip archive",
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => "a TIFF",
        [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', ..] => "an AVIF",
        [_, _, _, _, b'f', b't', b'y', b'p', b'h' | b'm', ..] => "a HEIF picture or a video",
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => "a video",
        _ if text.starts_with(b"<svg") || text.starts_with(b"<?xml") => "an SVG or XML text",
        _ if text.starts_with(b"<") => "an HTML text",
        _ => "not a picture of a known format",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_first_bytes_say() {
        assert_eq!(Format::sniff(b"\xff\xd8\xff\xe0"), Ok(Format::Jpeg));
        assert_eq!(Format::sniff(b"\x89PNG\r\n\x1a\n\0"), Ok(Format::Png));
        assert_eq!(Format::sniff(b"RIFF\0\0\0\0WEBPVP8 "), Ok(Format::WebP));
    }

    #[test]
    fn other_files_are_refused_by_name() {
        for (bytes, name) in [
            (&b"GIF89a"[..], "a GIF"),
            (b"%PDF-1.7", "a PDF"),
            (b"  <svg xmlns=", "an SVG or XML text"),
            (b"\0\0\0\x20ftypheic", "a HEIF picture or a video"),
            (b"RIFF\0\0\0\0WAVEfmt ", "not a picture of a known format"),
        ] {
            assert_eq!(
                Format::sniff(bytes),
                Err(PictureError::FormatUnsupported { found: name })
            );
        }
    }

    #[test]
    fn the_first_bytes_of_a_picture_alone_are_a_truncated_picture() {
        assert_eq!(Format::sniff(b""), Err(PictureError::Empty));
        for bytes in [
            &b"\xff\xd8"[..],
            b"\x89PN",
            b"RIF",
            b"RIFF\0\0",
            b"RIFF\0\0\0\0WE",
        ] {
            assert_eq!(Format::sniff(bytes), Err(PictureError::Truncated));
        }
    }
}
