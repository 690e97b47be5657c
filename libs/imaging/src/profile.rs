//! Colour profiles (ICC): every picture becomes sRGB when it is read, and none is written.
//!
//! A profile says what the numbers mean; what cannot show more than sRGB needs no profile if the numbers are sRGB's. Display P3, Adobe
//! RGB, scanners' profiles, grey and CMYK are converted, relative to the white point. Colours outside sRGB move to its edge: one meaning of
//! a pixel's numbers in all renditions, in the try-on and in the placeholder is worth more here than the deepest reds.
//! A profile that is damaged, or not for this kind of pixels, is left aside, as browsers do.

use image::{DynamicImage, RgbImage, RgbaImage};
use moxcms::{ColorProfile, DataColorSpace, Layout, RenderingIntent, TransformOptions};

/// No profile longer than this is looked at; the longest in use, for inks, have about 2 MiB.
pub(crate) const MAX_PROFILE_BYTES: usize = 4 << 20;

/// Values that differ by no more than this are the same colour: profiles of sRGB differ in rounding.
const SAME: u8 = 2;

/// A profile that was read.
pub(crate) struct Profile(ColorProfile);

impl Profile {
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        ColorProfile::new_from_slice(bytes).ok().map(Self)
    }

    /// Four inks a pixel, not inverted, into RGB; none if the profile is not for inks.
    pub(crate) fn srgb_from_inks(&self, inks: &[u8]) -> Option<Vec<u8>> {
        if self.0.color_space != DataColorSpace::Cmyk {
            return None;
        }
        // Four channels are four channels.
        self.convert(inks, Layout::Rgba, Layout::Rgb)
    }

    /// The picture in sRGB; as it was, if the profile is not for such pixels or is sRGB itself.
    pub(crate) fn to_srgb(&self, image: DynamicImage) -> DynamicImage {
        let (width, height) = (image.width(), image.height());
        let has_alpha = image.color().has_alpha();
        let space = self.0.color_space;
        let converted = if space == DataColorSpace::Gray && !image.color().has_color() {
            let grey = image.to_luma_alpha8();
            self.convert(grey.as_raw(), Layout::GrayAlpha, Layout::Rgba)
                .and_then(|pixels| RgbaImage::from_raw(width, height, pixels))
                .map(DynamicImage::from)
        } else if space != DataColorSpace::Rgb || self.is_srgb() {
            // Inks were converted when they were decoded; nothing else is a picture's.
            None
        } else if has_alpha {
            self.convert(image.to_rgba8().as_raw(), Layout::Rgba, Layout::Rgba)
                .and_then(|pixels| RgbaImage::from_raw(width, height, pixels))
                .map(DynamicImage::from)
        } else {
            self.convert(image.to_rgb8().as_raw(), Layout::Rgb, Layout::Rgb)
                .and_then(|pixels| RgbImage::from_raw(width, height, pixels))
                .map(DynamicImage::from)
        };
        converted.unwrap_or(image)
    }

    /// Whether the profile leaves a cube of colours where it is. Names lie; this does not.
    fn is_srgb(&self) -> bool {
        const STEPS: [u8; 6] = [0, 51, 102, 153, 204, 255];
        let cube: Vec<u8> = STEPS
            .iter()
            .flat_map(|&red| {
                STEPS
                    .iter()
                    .flat_map(move |&green| STEPS.iter().flat_map(move |&blue| [red, green, blue]))
            })
            .collect();
        self.convert(&cube, Layout::Rgb, Layout::Rgb)
            .is_some_and(|seen| {
                cube.iter()
                    .zip(seen)
                    .all(|(said, seen)| said.abs_diff(seen) <= SAME)
            })
    }

    fn convert(&self, pixels: &[u8], from: Layout, to: Layout) -> Option<Vec<u8>> {
        let options = TransformOptions {
            rendering_intent: RenderingIntent::RelativeColorimetric,
            ..TransformOptions::default()
        };
        let transform = self
            .0
            .create_transform_8bit(from, &ColorProfile::new_srgb(), to, options)
            .ok()?;
        let count = pixels.len() / from.channels();
        let mut converted = vec![0; count * to.channels()];
        transform.transform(pixels, &mut converted).ok()?;
        Some(converted)
    }
}
