//! The mean colour of a picture, shown until the picture itself is there.

use std::fmt;

use crate::{
    Picture,
    resize::{linear_from_srgb, srgb_from_linear},
};

/// About so many pixels are looked at.
const SAMPLES: usize = 65_536;

/// A colour in sRGB; displayed as `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeanColour {
    /// Red.
    pub red: u8,
    /// Green.
    pub green: u8,
    /// Blue.
    pub blue: u8,
}

impl fmt::Display for MeanColour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

/// The mean in linear light, each pixel weighted by its opacity; white when all are transparent.
pub fn mean_colour(picture: &Picture) -> MeanColour {
    let channels = if picture.has_alpha() { 4 } else { 3 };
    let step = (picture.pixels().len() / channels / SAMPLES).max(1);
    let mut sums = [0_u64; 3];
    let mut weight = 0_u64;
    for pixel in picture.pixels().chunks_exact(channels).step_by(step) {
        let alpha = u64::from(pixel.get(3).copied().unwrap_or(u8::MAX));
        weight += alpha;
        for (sum, &value) in sums.iter_mut().zip(pixel) {
            *sum += alpha * u64::from(linear_from_srgb(value));
        }
    }
    let mean = |sum: u64| {
        let linear = sum.checked_div(weight).unwrap_or(u64::from(u16::MAX));
        srgb_from_linear(u16::try_from(linear).unwrap_or(u16::MAX))
    };
    MeanColour {
        red: mean(sums[0]),
        green: mean(sums[1]),
        blue: mean(sums[2]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_taken_in_linear_light() {
        let stripes = Picture::from_rgb(2, 1, vec![0, 0, 0, 255, 255, 255]).unwrap();
        assert_eq!(mean_colour(&stripes).to_string(), "#bcbcbc");
    }

    #[test]
    fn what_cannot_be_seen_does_not_count() {
        let picture = Picture::from_rgba(2, 1, vec![255, 0, 0, 255, 0, 255, 0, 0]).unwrap();
        assert_eq!(mean_colour(&picture).to_string(), "#ff0000");
    }
}
