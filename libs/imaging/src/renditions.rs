//! The sizes in which a picture is served.

use bytes::Bytes;

use crate::{
    Format, Picture, PictureError, encode_jpeg, encode_webp,
    resize::{LinearPicture, scaled},
};

/// The widths in which every picture is served, in pixels, in ascending order.
pub const RENDITION_WIDTHS_PX: [u32; 4] = [160, 400, 800, 1_600];

const WEBP_QUALITY: u8 = 82;
const JPEG_QUALITY: u8 = 84;

/// One size in one format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendition {
    /// `<asked width>.<extension>`, such as `400.webp`.
    pub name: String,
    /// How `bytes` are written.
    pub format: Format,
    /// Width in pixels: the asked one, or the picture's own where that is smaller.
    pub width_px: u32,
    /// Height in pixels, in the picture's proportion.
    pub height_px: u32,
    /// The file.
    pub bytes: Bytes,
}

/// Every asked width as WebP and as JPEG, in the order asked, WebP first. Nothing is enlarged: a width beyond the picture's own
/// gives the picture at its own width, under the asked name (the same bytes each time).
pub fn renditions(picture: &Picture, widths_px: &[u32]) -> Result<Vec<Rendition>, PictureError> {
    let mut descending = widths_px.to_vec();
    descending.sort_unstable_by(|a, b| b.cmp(a));
    let (full_width, full_height) = (picture.width_px(), picture.height_px());
    let mut made: Vec<OneSize> = Vec::new();
    let mut larger: Option<LinearPicture> = None;
    for asked in descending {
        let width = asked.clamp(1, full_width);
        if made.iter().any(|size| size.width_px == width) {
            continue;
        }
        if width == full_width {
            made.push(OneSize::encode(picture)?);
            continue;
        }
        // Each size is made from the next larger one: the full picture is gone through once.
        let source = match larger.take() {
            Some(source) => source,
            None => LinearPicture::of(picture)?,
        };
        let smaller = source.resize(width, scaled(full_height, width, full_width))?;
        made.push(OneSize::encode(&smaller.to_picture()?)?);
        larger = Some(smaller);
    }
    let mut renditions = Vec::with_capacity(widths_px.len() * 2);
    for &asked in widths_px {
        if let Some(size) = made
            .iter()
            .find(|size| size.width_px == asked.clamp(1, full_width))
        {
            renditions.push(size.rendition(asked, Format::WebP, &size.webp));
            renditions.push(size.rendition(asked, Format::Jpeg, &size.jpeg));
        }
    }
    Ok(renditions)
}

/// One size in both formats.
struct OneSize {
    width_px: u32,
    height_px: u32,
    webp: Bytes,
    jpeg: Bytes,
}

impl OneSize {
    fn encode(picture: &Picture) -> Result<Self, PictureError> {
        Ok(Self {
            width_px: picture.width_px(),
            height_px: picture.height_px(),
            webp: encode_webp(picture, WEBP_QUALITY)?.into(),
            jpeg: encode_jpeg(picture, JPEG_QUALITY)?.into(),
        })
    }

    fn rendition(&self, asked_px: u32, format: Format, bytes: &Bytes) -> Rendition {
        Rendition {
            name: format!("{asked_px}.{}", format.extension()),
            format,
            width_px: self.width_px,
            height_px: self.height_px,
            bytes: bytes.clone(),
        }
    }
}
