//! A garment without the ground of its picture, as a file.

use super::area::Area;
use super::error::TryOnError;
use super::matte::Cutout;

/// So far around the garment its colours go on, in pixels, where nobody sees them: whoever scales the picture carelessly mixes them in.
const MARGIN: f32 = 4.0;

/// A garment on a transparent ground.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutoutFile {
    /// A PNG without metadata, RGBA and not premultiplied.
    pub png: Vec<u8>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The smallest box that holds all that can be seen: left, top, width, height.
    pub bounds: [u32; 4],
}

/// Writes what was cut out. Nothing, if nothing of it can be seen.
pub(crate) fn encode(cutout: &Cutout) -> Result<Option<CutoutFile>, TryOnError> {
    let alpha = cutout.alpha.map(|a| (a.clamp(0.0, 1.0) * 255.0).round());
    let (w, h) = (alpha.width, alpha.height);
    let Some(seen) = Area::around(&alpha, 0) else {
        return Ok(None);
    };
    let away = alpha.distance_to(|a| a > 0.0);
    let mut pixels = Vec::with_capacity(w * h * 4);
    for i in 0..w * h {
        let colour = if away.data[i] <= MARGIN {
            cutout.colours.data[i].map(|v| v.clamp(0.0, 255.0).round() as u8)
        } else {
            [0; 3]
        };
        pixels.extend_from_slice(&colour);
        pixels.push(alpha.data[i] as u8);
    }
    let (width, height) = (w as u32, h as u32);
    let mut png = Vec::with_capacity(pixels.len() / 3);
    let write = |out: &mut Vec<u8>| -> Result<(), png::EncodingError> {
        let mut encoder = png::Encoder::new(out, width, height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Balanced);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&pixels)?;
        writer.finish()
    };
    write(&mut png).map_err(|error| TryOnError::Fault(error.to_string()))?;
    Ok(Some(CutoutFile {
        png,
        width,
        height,
        bounds: [seen.x, seen.y, seen.width, seen.height].map(|v| v as u32),
    }))
}

#[cfg(test)]
mod tests {
    use super::super::raster::{Colours, Plane};
    use super::*;

    #[test]
    fn what_is_cut_out_is_written_with_its_opacity_and_its_bounds() {
        let inside = |x: usize, y: usize| (5..15).contains(&x) && (10..30).contains(&y);
        let cutout = Cutout {
            colours: Colours::filled(20, 40, [200.0, 30.4, 40.0]),
            alpha: Plane::from_fn(20, 40, |x, y| match (inside(x, y), x) {
                (true, 5) => 0.5,
                (true, _) => 1.0,
                (false, _) => 0.0,
            }),
        };
        let file = encode(&cutout).unwrap().unwrap();
        assert_eq!(file.bounds, [5, 10, 10, 20]);
        let picture = image::load_from_memory(&file.png).unwrap();
        let picture = picture.as_rgba8().unwrap();
        assert_eq!(picture.dimensions(), (file.width, file.height));
        assert_eq!(picture.get_pixel(10, 20).0, [200, 30, 40, 255]);
        assert_eq!(picture.get_pixel(5, 20).0, [200, 30, 40, 128]);
        // Beside it, and far away.
        assert_eq!(picture.get_pixel(4, 20).0, [200, 30, 40, 0]);
        assert_eq!(picture.get_pixel(10, 39).0, [0; 4]);
    }

    #[test]
    fn of_what_cannot_be_seen_nothing_is_written() {
        let cutout = Cutout {
            colours: Colours::filled(20, 40, [200.0; 3]),
            alpha: Plane::filled(20, 40, 0.001),
        };
        assert_eq!(encode(&cutout).unwrap(), None);
    }
}
