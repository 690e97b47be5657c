//! JPEG, by libjpeg-turbo.
//!
//! Its C reads hostile bytes, so it gets them only from the sieve: sides within the limits, few scans, no metadata, an end. What it
//! warns of (data that ends early, contradicting tables) is an error here: a damaged file is no picture with a grey bottom.

use image::{DynamicImage, GrayImage, RgbImage};
use turbojpeg::{Colorspace, Decompressor, Error, Image, PixelFormat, ScalingFactor};

use crate::{Format, PictureError, profile::Profile};

const DAMAGED: PictureError = PictureError::Damaged {
    format: Format::Jpeg,
};

/// What libjpeg-turbo says when the entropy-coded data is shorter than the picture.
const ENDS_EARLY: [&str; 2] = ["premature end", "Premature end"];

/// What it says of JPEGs that it knows and does not read.
const UNSUPPORTED: [&str; 3] = ["Unsupported", "not supported", "not implemented"];

/// How large a picture is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// Every pixel.
    Whole,
    /// Half as wide and high, from the low frequencies of each block alone.
    Half,
}

impl Scale {
    /// A side at this scale.
    pub(crate) const fn of(self, side_px: u32) -> u32 {
        match self {
            Self::Whole => side_px,
            Self::Half => side_px.div_ceil(2),
        }
    }

    const fn factor(self) -> ScalingFactor {
        match self {
            Self::Whole => ScalingFactor::ONE,
            Self::Half => ScalingFactor::ONE_HALF,
        }
    }
}

/// Decodes a file from the sieve, whose sides it held against the limits: RGB or grey. Inks become RGB here, by the profile if there is one.
pub(crate) fn decode_jpeg(
    clean: &[u8],
    scale: Scale,
    inks_inverted: bool,
    profile: Option<&Profile>,
) -> Result<DynamicImage, PictureError> {
    let mut decoder = Decompressor::new().map_err(|error| from_turbo(&error))?;
    let header = decoder
        .read_header(clean)
        .map_err(|error| from_turbo(&error))?;
    decoder
        .set_scaling_factor(scale.factor())
        .map_err(|error| from_turbo(&error))?;
    let header = header.scaled(scale.factor());
    let sides = u32::try_from(header.width)
        .ok()
        .zip(u32::try_from(header.height).ok());
    let (width, height) = sides.ok_or(DAMAGED)?;
    let (format, channels) = match header.colorspace {
        Colorspace::Gray => (PixelFormat::GRAY, 1),
        Colorspace::RGB | Colorspace::YCbCr => (PixelFormat::RGB, 3),
        Colorspace::CMYK | Colorspace::YCCK => (PixelFormat::CMYK, 4),
    };
    let mut pixels = vec![0; header.width * header.height * channels];
    let output = Image {
        pixels: pixels.as_mut_slice(),
        width: header.width,
        pitch: header.width * channels,
        height: header.height,
        format,
    };
    decoder
        .decompress(clean, output)
        .map_err(|error| from_turbo(&error))?;
    let image = match header.colorspace {
        Colorspace::Gray => GrayImage::from_raw(width, height, pixels).map(DynamicImage::from),
        Colorspace::RGB | Colorspace::YCbCr => {
            RgbImage::from_raw(width, height, pixels).map(DynamicImage::from)
        }
        Colorspace::CMYK | Colorspace::YCCK => {
            let rgb = rgb_from_inks(pixels, inks_inverted, profile);
            RgbImage::from_raw(width, height, rgb).map(DynamicImage::from)
        }
    };
    image.ok_or(DAMAGED)
}

/// Four inks a pixel into sRGB. Photoshop writes them inverted and says so by its marker.
fn rgb_from_inks(mut inks: Vec<u8>, inverted: bool, profile: Option<&Profile>) -> Vec<u8> {
    if inverted {
        for ink in &mut inks {
            *ink = !*ink;
        }
    }
    if let Some(rgb) = profile.and_then(|profile| profile.srgb_from_inks(&inks)) {
        return rgb;
    }
    // Without a profile nobody knows the inks; this is what viewers show.
    let paper = |ink: u8, black: u8| {
        let light = u32::from(!ink) * u32::from(!black);
        u8::try_from((light + 127) / 255).unwrap_or(u8::MAX)
    };
    inks.chunks_exact(4)
        .flat_map(|ink| [0, 1, 2].map(|channel| paper(ink[channel], ink[3])))
        .collect()
}

fn from_turbo(error: &Error) -> PictureError {
    let Error::TurboJpegError(message) = error else {
        return DAMAGED;
    };
    if ENDS_EARLY.iter().any(|early| message.contains(early)) {
        PictureError::Truncated
    } else if UNSUPPORTED.iter().any(|rare| message.contains(rare)) {
        PictureError::VariantUnsupported {
            format: Format::Jpeg,
            feature: "a rare coding",
        }
    } else {
        DAMAGED
    }
}
