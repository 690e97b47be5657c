//! Marks the result: a watermark in the pixels that were edited, and a PNG that says that it was made by an algorithm.

use provenance::watermark;
use sha2::{Digest, Sha256};

use super::error::TryOnError;
use super::try_on::TryOnInput;

/// IPTC's term for a picture composed of a photograph and generated parts.
pub const DIGITAL_SOURCE_TYPE: &str =
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia";

/// Writes the watermark into the edited pixels, and into no other. The same request gives the same mark, and the mark says nothing of
/// who asked: it is a part of a hash of both pictures and of what was tried on.
pub(crate) fn watermark(
    pixels: &mut [[u8; 3]],
    width: usize,
    edited: &[bool],
    input: &TryOnInput<'_>,
) {
    let [a, b, c, d, ..] = <[u8; 32]>::from(hashed(input).finalize());
    watermark::embed(pixels, width, edited, u32::from_be_bytes([a, b, c, d]));
}

/// What a try-on is told apart by: SHA-256 over those of both pictures, and the category; more may follow.
pub(crate) fn hashed(input: &TryOnInput<'_>) -> Sha256 {
    Sha256::new()
        .chain_update(Sha256::digest(input.person))
        .chain_update(Sha256::digest(input.garment))
        .chain_update(input.category.as_str())
}

/// Encodes sRGB bytes with the mark in an XMP packet.
pub(crate) fn encode(
    pixels: &[[u8; 3]],
    width: usize,
    height: usize,
) -> Result<Vec<u8>, TryOnError> {
    let packet = format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?><x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description rdf:about=\"\" \
         xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\" \
         Iptc4xmpExt:DigitalSourceType=\"{DIGITAL_SOURCE_TYPE}\"/></rdf:RDF></x:xmpmeta><?xpacket end=\"r\"?>"
    );
    let mut out = Vec::with_capacity(pixels.len());
    let write = |out: &mut Vec<u8>| -> Result<(), png::EncodingError> {
        let mut encoder = png::Encoder::new(out, width as u32, height as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        encoder.add_itxt_chunk("XML:com.adobe.xmp".to_owned(), packet)?;
        let mut writer = encoder.write_header()?;
        writer.write_image_data(pixels.as_flattened())?;
        writer.finish()
    };
    write(&mut out).map_err(|e| TryOnError::Fault(e.to_string()))?;
    Ok(out)
}
