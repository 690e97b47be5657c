//! What is shown until a picture is there.

use crate::{MeanColour, Picture, PictureError, mean_colour, resize::thumbnail};

/// The hash's own limit.
const SIDE_PX: u32 = 100;

/// A picture in a few bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    /// One colour.
    pub mean_colour: MeanColour,
    /// A blurred picture in about 25 bytes (Evan Wallace's ThumbHash), with its proportions and its transparency.
    pub thumbhash: Vec<u8>,
}

/// The placeholders of a picture.
pub fn placeholder(picture: &Picture) -> Result<Placeholder, PictureError> {
    let (width, height, pixels) = thumbnail(picture, SIDE_PX)?;
    Ok(Placeholder {
        mean_colour: mean_colour(picture),
        thumbhash: thumbhash::rgba_to_thumb_hash(width as usize, height as usize, &pixels),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_keeps_the_proportions_and_the_colour() {
        let red = Picture::from_rgb(300, 200, [200, 30, 40].repeat(300 * 200)).unwrap();
        let placeholder = placeholder(&red).unwrap();
        assert_eq!(placeholder.mean_colour.to_string(), "#c81e28");
        assert!((5..=25).contains(&placeholder.thumbhash.len()));
        let ratio = thumbhash::thumb_hash_to_approximate_aspect_ratio(&placeholder.thumbhash);
        // It keeps them in steps.
        assert!((ratio.unwrap() - 1.5).abs() < 0.25, "{ratio:?}");
        let (red, green, blue, alpha) =
            thumbhash::thumb_hash_to_average_rgba(&placeholder.thumbhash).unwrap();
        assert!((red - 0.78).abs() < 0.05 && green < 0.2 && blue < 0.25);
        assert!(alpha > 0.99);
    }
}
