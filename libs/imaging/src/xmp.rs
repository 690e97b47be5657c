//! The mark that says that a trained algorithm had a part in a picture.
//!
//! IPTC's `DigitalSourceType` in an XMP packet: what browsers, search engines and editors look for. This module writes one
//! fixed packet and recognises that property; it is no XMP library.

use crate::{Format, Limits, PictureError, checksum::crc32, sieve::Sieved};

/// The value that is written.
pub const COMPOSITE_WITH_TRAINED_ALGORITHMIC_MEDIA: &str =
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia";

/// Both values that say that a trained algorithm had a part, without what stands before them.
const MARKS: [&[u8]; 2] = [
    b"digitalsourcetype/compositeWithTrainedAlgorithmicMedia",
    b"digitalsourcetype/trainedAlgorithmicMedia",
];

/// No packet longer than this is looked at.
const MAX_PACKET_BYTES: usize = 256 * 1024;

pub(crate) const JPEG_NAMESPACE: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
pub(crate) const PNG_KEYWORD: &[u8] = b"XML:com.adobe.xmp\0";
const PNG_SIGNATURE_AND_IHDR: usize = 8 + 12 + 13;

/// The same file with the mark; a file that has it already stays as it is. The pixels are not touched.
///
/// Any other XMP in the file is left where it is, so this is for files that we encoded ourselves.
pub fn mark_ai_generated(file: &[u8]) -> Result<Vec<u8>, PictureError> {
    let limits = Limits {
        max_bytes: u64::MAX,
        min_side_px: 1,
        ..Limits::STORED
    };
    let header = Sieved::read(file, &limits)?.header();
    if header.ai_generated {
        return Ok(file.to_vec());
    }
    let packet = packet();
    let marked = match header.format {
        Format::Jpeg => mark_jpeg(file, &packet),
        Format::Png => mark_png(file, &packet),
        Format::WebP => mark_webp(file, &packet, header.width_px, header.height_px),
    };
    marked.ok_or(PictureError::Damaged {
        format: header.format,
    })
}

/// Whether a file says that a trained algorithm had a part in it. False for what is no picture.
pub fn is_ai_generated(file: &[u8]) -> bool {
    let limits = Limits {
        max_bytes: u64::MAX,
        min_side_px: 1,
        ..Limits::STORED
    };
    Sieved::read(file, &limits).is_ok_and(|sieved| sieved.header().ai_generated)
}

/// Whether an XMP packet bears the mark.
pub(crate) fn packet_bears_mark(packet: &[u8]) -> bool {
    let packet = &packet[..packet.len().min(MAX_PACKET_BYTES)];
    MARKS
        .iter()
        .any(|mark| packet.windows(mark.len()).any(|window| window == *mark))
}

fn packet() -> Vec<u8> {
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description rdf:about=\"\" xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\" \
         Iptc4xmpExt:DigitalSourceType=\"{COMPOSITE_WITH_TRAINED_ALGORITHMIC_MEDIA}\"/></rdf:RDF></x:xmpmeta>\
         <?xpacket end=\"r\"?>"
    )
    .into_bytes()
}

/// An APP1 segment after the JFIF one, which must stay the first.
fn mark_jpeg(file: &[u8], packet: &[u8]) -> Option<Vec<u8>> {
    let at = match file.get(2..6)? {
        [0xff, 0xe0, high, low] => 4 + usize::from(u16::from_be_bytes([*high, *low])),
        _ => 2,
    };
    let length = u16::try_from(2 + JPEG_NAMESPACE.len() + packet.len()).ok()?;
    let (before, after) = file.split_at_checked(at)?;
    Some(
        [
            before,
            &[0xff, 0xe1],
            &length.to_be_bytes(),
            JPEG_NAMESPACE,
            packet,
            after,
        ]
        .concat(),
    )
}

/// An uncompressed iTXt chunk after IHDR.
fn mark_png(file: &[u8], packet: &[u8]) -> Option<Vec<u8>> {
    let (before, after) = file.split_at_checked(PNG_SIGNATURE_AND_IHDR)?;
    // After the keyword: not compressed, compression method 0, empty language tag, empty translated keyword.
    let chunk = [b"iTXt", PNG_KEYWORD, &[0, 0, 0, 0], packet].concat();
    let length = u32::try_from(chunk.len() - 4).ok()?;
    Some(
        [
            before,
            &length.to_be_bytes(),
            &chunk,
            &crc32(&chunk).to_be_bytes(),
            after,
        ]
        .concat(),
    )
}

/// An `XMP ` chunk at the end, and the extended header that announces it.
fn mark_webp(file: &[u8], packet: &[u8], width_px: u32, height_px: u32) -> Option<Vec<u8>> {
    const XMP_FLAG: u8 = 0x04;
    const ALPHA_FLAG: u8 = 0x10;
    let riff_end = 8 + usize::try_from(u32::from_le_bytes(*file.get(4..8)?.first_chunk()?)).ok()?;
    let chunks = file.get(12..riff_end.min(file.len()))?;
    let mut body = Vec::with_capacity(file.len() + packet.len() + 64);
    if chunks.starts_with(b"VP8X") {
        body.extend_from_slice(chunks);
        *body.get_mut(8)? |= XMP_FLAG;
    } else {
        let lossless_with_alpha = chunks.starts_with(b"VP8L") && chunks.get(12)? & 0x10 != 0;
        let flags = XMP_FLAG | if lossless_with_alpha { ALPHA_FLAG } else { 0 };
        body.extend_from_slice(b"VP8X\x0a\0\0\0");
        body.extend_from_slice(&[flags, 0, 0, 0]);
        body.extend_from_slice(&(width_px.checked_sub(1)?).to_le_bytes()[..3]);
        body.extend_from_slice(&(height_px.checked_sub(1)?).to_le_bytes()[..3]);
        body.extend_from_slice(chunks);
    }
    if body.len() % 2 == 1 {
        body.push(0);
    }
    body.extend_from_slice(b"XMP ");
    body.extend_from_slice(&u32::try_from(packet.len()).ok()?.to_le_bytes());
    body.extend_from_slice(packet);
    if body.len() % 2 == 1 {
        body.push(0);
    }
    let length = u32::try_from(body.len() + 4).ok()?;
    Some([b"RIFF", &length.to_le_bytes()[..], b"WEBP", &body].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Picture, decode, encode_jpeg, encode_png, encode_webp};

    fn files() -> Vec<Vec<u8>> {
        let opaque = Picture::from_rgb(
            96,
            65,
            (0..96 * 65 * 3)
                .map(|i| u8::try_from(i % 251).unwrap())
                .collect(),
        )
        .unwrap();
        let clear = Picture::from_rgba(
            65,
            96,
            (0..65 * 96 * 4)
                .map(|i| u8::try_from(i % 241).unwrap())
                .collect(),
        )
        .unwrap();
        vec![
            encode_jpeg(&opaque, 90).unwrap(),
            encode_png(&opaque).unwrap(),
            encode_png(&clear).unwrap(),
            encode_webp(&opaque, 90).unwrap(),
            encode_webp(&clear, 90).unwrap(),
        ]
    }

    #[test]
    fn a_marked_file_says_so_and_shows_the_same_pixels() {
        for file in files() {
            assert!(!is_ai_generated(&file));
            let marked = mark_ai_generated(&file).unwrap();
            assert!(is_ai_generated(&marked));
            assert_eq!(
                decode(&marked).unwrap().pixels(),
                decode(&file).unwrap().pixels()
            );
        }
    }

    #[test]
    fn marking_twice_is_marking_once() {
        for file in files() {
            let marked = mark_ai_generated(&file).unwrap();
            assert_eq!(mark_ai_generated(&marked).unwrap(), marked);
        }
    }

    #[test]
    fn the_mark_outlives_decoding_and_encoding() {
        for file in files() {
            let picture = decode(&mark_ai_generated(&file).unwrap()).unwrap();
            assert!(picture.is_ai_generated());
            for again in [
                encode_jpeg(&picture, 80),
                encode_png(&picture),
                encode_webp(&picture, 80),
            ] {
                assert!(is_ai_generated(&again.unwrap()));
            }
        }
    }
}
