//! An imperceptible watermark of 32 bits: spread spectrum in the luminance.
//!
//! The picture is laid out in square chips whose size is a fixed share of its width, so that a picture that was scaled is read without
//! a search. Each chip is made a little lighter or darker, as a pseudo-random sequence and eight bytes decide: four of payload and four
//! that follow from them, the name and the version of this watermark ([`code`]). Reading needs neither the original nor a mask: it
//! correlates what each chip differs by from those around it with the same sequence.
//!
//! A picture without the mark reads as one with a chance of at most [`FALSE_ALARM`], whatever it shows: the eight bytes that are tried
//! would have to agree with each other in 32 bits by accident.
//!
//! It says what made a picture; it is no proof. Whoever knows this code can write the mark into any picture and can take it out again.
//! Cut off at the left or at the top, or turned, a picture cannot be read any more.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::many_single_char_names,
    reason = "pixel arithmetic: places and levels are small numbers"
)]

mod code;
mod detect;
mod embed;
mod grid;

pub use self::{
    detect::{FALSE_ALARM, Found, detect},
    embed::embed,
};

/// Pixels of a picture: sRGB, row by row from the top, `pixels.len()` a multiple of `width`.
#[derive(Debug, Clone, Copy)]
pub struct Pixels<'a> {
    /// The pixels.
    pub pixels: &'a [[u8; 3]],
    /// How many make a row.
    pub width: usize,
}

impl Pixels<'_> {
    /// How many rows there are.
    pub(crate) fn height(&self) -> usize {
        self.pixels.len().checked_div(self.width).unwrap_or(0)
    }
}

/// Rec. 601 luminance, 0 to 255.
pub(crate) fn luminance([red, green, blue]: [u8; 3]) -> f32 {
    0.299 * f32::from(red) + 0.587 * f32::from(green) + 0.114 * f32::from(blue)
}
