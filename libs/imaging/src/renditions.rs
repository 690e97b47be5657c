//! A picture in the sizes and formats in which it is served. Which sizes is the caller's decision.

use std::fmt;

use bytes::Bytes;

use crate::{
    Picture, PictureError, encode_avif, encode_jpeg, encode_webp,
    resize::{LinearPicture, scaled},
};

/// Quality of AVIF renditions. The three formats are about equal to the eye, each by its own measure (`ops/bench/pictures`).
pub const AVIF_QUALITY: u8 = 60;
/// Quality of WebP renditions.
pub const WEBP_QUALITY: u8 = 82;
/// Quality of JPEG renditions.
pub const JPEG_QUALITY: u8 = 84;
/// Speed of libaom, 0 (small) to 10 (fast).
pub const AVIF_SPEED: u8 = 7;

/// How a rendition is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RenditionFormat {
    /// The smallest.
    Avif,
    /// For everybody else.
    WebP,
    /// For mail programs and what else knows neither.
    Jpeg,
}

impl RenditionFormat {
    /// Every format, the best first.
    pub const ALL: [Self; 3] = [Self::Avif, Self::WebP, Self::Jpeg];

    /// The media type, for `Content-Type`.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Avif => "image/avif",
            Self::WebP => "image/webp",
            Self::Jpeg => "image/jpeg",
        }
    }

    /// The end of the name, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Avif => "avif",
            Self::WebP => "webp",
            Self::Jpeg => "jpg",
        }
    }

    /// Whether pixels can be transparent in it.
    pub const fn has_alpha(self) -> bool {
        match self {
            Self::Avif | Self::WebP => true,
            Self::Jpeg => false,
        }
    }

    fn encode(self, picture: &Picture) -> Result<Bytes, PictureError> {
        let file = match self {
            Self::Avif => encode_avif(picture, AVIF_QUALITY, AVIF_SPEED),
            Self::WebP => encode_webp(picture, WEBP_QUALITY),
            Self::Jpeg => encode_jpeg(picture, JPEG_QUALITY),
        };
        file.map(Bytes::from)
    }
}

impl fmt::Display for RenditionFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.extension())
    }
}

/// One size in one format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendition {
    /// `<declared width>.<extension>`, such as `400.webp`.
    pub name: String,
    /// How `bytes` are written.
    pub format: RenditionFormat,
    /// Width in pixels: the declared one, or the picture's own where that is smaller.
    pub width_px: u32,
    /// Height in pixels, in the picture's proportion.
    pub height_px: u32,
    /// The file.
    pub bytes: Bytes,
}

/// The picture at each declared width that it reaches, in every format, smallest first; the first width that it does not reach
/// holds it at its own. Nothing is enlarged, and nothing is there twice. Widths are given in ascending order.
///
/// A picture in which a trained algorithm had a part has no AVIF, which could not say so.
pub fn renditions(picture: &Picture, widths_px: &[u32]) -> Result<Vec<Rendition>, PictureError> {
    made(picture, widths_px, &RenditionFormat::ALL)
}

/// The same in the formats that can be transparent alone.
pub fn transparent_renditions(
    picture: &Picture,
    widths_px: &[u32],
) -> Result<Vec<Rendition>, PictureError> {
    let formats = RenditionFormat::ALL.map(|format| format.has_alpha().then_some(format));
    let formats: Vec<_> = formats.into_iter().flatten().collect();
    made(picture, widths_px, &formats)
}

fn made(
    picture: &Picture,
    widths_px: &[u32],
    formats: &[RenditionFormat],
) -> Result<Vec<Rendition>, PictureError> {
    let (full_width, full_height) = (picture.width_px(), picture.height_px());
    let reached = widths_px.partition_point(|&width| width < full_width);
    let declared = &widths_px[..widths_px.len().min(reached + 1)];
    let Some(&largest) = declared.last() else {
        return Ok(Vec::new());
    };
    let mut sizes = Vec::with_capacity(declared.len());
    let mut larger: Option<LinearPicture> = None;
    for &width in declared.iter().rev() {
        if width >= full_width {
            sizes.push(encoded(picture, width, formats)?);
            continue;
        }
        // Each size is made from the next larger one: the full picture is gone through once.
        let source = match larger.take() {
            Some(source) => source,
            None => LinearPicture::for_width(picture, largest)?,
        };
        let smaller = source.resize(width, scaled(full_height, width, full_width))?;
        sizes.push(encoded(&smaller.to_picture()?, width, formats)?);
        larger = Some(smaller);
    }
    sizes.reverse();
    Ok(sizes.concat())
}

/// One size in these formats.
fn encoded(
    picture: &Picture,
    declared_px: u32,
    formats: &[RenditionFormat],
) -> Result<Vec<Rendition>, PictureError> {
    formats
        .iter()
        .copied()
        .filter(|&format| format != RenditionFormat::Avif || !picture.is_ai_generated())
        .map(|format| {
            Ok(Rendition {
                name: format!("{declared_px}.{format}"),
                format,
                width_px: picture.width_px(),
                height_px: picture.height_px(),
                bytes: format.encode(picture)?,
            })
        })
        .collect()
}
