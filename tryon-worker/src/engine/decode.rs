//! Pictures from files.

use fast_image_resize::{PixelType, Resizer, images::Image as ResizeImage};
use image::{ImageDecoder, ImageReader};

use super::error::Refusal;
use super::raster::Raster;

/// Decodes upright, on white where it is transparent, with its long side at most `longest`.
pub(super) fn decode(
    bytes: &[u8],
    longest: u32,
    unreadable: Refusal,
) -> Result<Raster<[u8; 3]>, Refusal> {
    let mut reader = ImageReader::new(std::io::Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|_| unreadable)?;
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(8192);
    limits.max_image_height = Some(8192);
    limits.max_alloc = Some(160 << 20);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| unreadable)?;
    let orientation = decoder
        .orientation()
        .unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = image::DynamicImage::from_decoder(decoder).map_err(|_| unreadable)?;
    picture.apply_orientation(orientation);
    let opaque = if picture.color().has_alpha() {
        let mut rgba = picture.to_rgba8();
        for p in rgba.pixels_mut() {
            let a = u32::from(p.0[3]);
            for k in 0..3 {
                p.0[k] = ((u32::from(p.0[k]) * a + 255 * (255 - a) + 127) / 255) as u8;
            }
        }
        image::DynamicImage::ImageRgba8(rgba).to_rgb8()
    } else {
        picture.to_rgb8()
    };
    let (w, h) = opaque.dimensions();
    if w.min(h) < 200 {
        return Err(Refusal::PictureTooSmall);
    }
    let scale = f64::from(longest) / f64::from(w.max(h));
    let (w, h, data) = if scale < 1.0 {
        let (nw, nh) = (
            (f64::from(w) * scale).round() as u32,
            (f64::from(h) * scale).round() as u32,
        );
        let source = ResizeImage::from_vec_u8(w, h, opaque.into_raw(), PixelType::U8x3)
            .map_err(|_| unreadable)?;
        let mut target = ResizeImage::new(nw, nh, PixelType::U8x3);
        Resizer::new()
            .resize(&source, &mut target, None)
            .map_err(|_| unreadable)?;
        (nw, nh, target.into_vec())
    } else {
        (w, h, opaque.into_raw())
    };
    Ok(Raster {
        width: w as usize,
        height: h as usize,
        data: data.as_chunks().0.to_vec(),
    })
}
