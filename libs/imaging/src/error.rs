//! Why a picture is refused.

use crate::Format;

/// Why a picture is refused. The message says what to do; [`PictureError::code`] never changes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// There are no bytes.
    #[error("the picture is empty; send the bytes of a JPEG, PNG or WebP file")]
    Empty,
    /// The file is longer than the limit.
    #[error("the picture has {size_bytes} bytes; send one of at most {max_bytes} bytes")]
    TooLarge {
        /// Length of the file.
        size_bytes: u64,
        /// The longest that is taken.
        max_bytes: u64,
    },
    /// The magic bytes are of no format that is taken, whatever the file's name says.
    #[error("this is {found}; send a JPEG, PNG or WebP picture")]
    FormatUnsupported {
        /// What it looks like, with its article.
        found: &'static str,
    },
    /// The format is right, a rare feature of it is not taken.
    #[error("this {format} uses {feature}; save it again as an ordinary {format}")]
    VariantUnsupported {
        /// The file's format.
        format: Format,
        /// The feature, as a noun.
        feature: &'static str,
    },
    /// The header promises more pixels than the limit.
    #[error(
        "the picture has {width_px} × {height_px} pixels; \
         send one of at most {max_side_px} pixels a side and {max_pixels} pixels in all"
    )]
    TooManyPixels {
        /// Width in pixels.
        width_px: u32,
        /// Height in pixels.
        height_px: u32,
        /// Longest side that is taken.
        max_side_px: u32,
        /// Largest product of the sides that is taken.
        max_pixels: u64,
    },
    /// Too few pixels to show anything.
    #[error(
        "the picture has {width_px} × {height_px} pixels; send one of at least {min_side_px} pixels a side"
    )]
    TooSmall {
        /// Width in pixels.
        width_px: u32,
        /// Height in pixels.
        height_px: u32,
        /// Shortest side that is taken.
        min_side_px: u32,
    },
    /// The file ends before the picture does.
    #[error("the picture ends too early; send the whole file")]
    Truncated,
    /// The picture moves.
    #[error("the picture is animated; send a single frame")]
    Animated,
    /// The file contradicts itself or its format.
    #[error("the {format} is damaged; save it again and send the new file")]
    Damaged {
        /// The file's format.
        format: Format,
    },
    /// The file is made so that reading it costs far more than a picture of its size may cost.
    #[error("the {format} is needlessly complex; save it again as an ordinary {format}")]
    TooComplex {
        /// The file's format.
        format: Format,
    },
    /// An encoder or resampler gave up on good pixels.
    #[error("the picture could not be written as {what}; try another picture")]
    NotWritable {
        /// What was being made.
        what: &'static str,
    },
}

impl PictureError {
    /// The stable, machine-readable name of the reason.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "picture-empty",
            Self::TooLarge { .. } => "picture-too-large",
            Self::FormatUnsupported { .. } => "picture-format-unsupported",
            Self::VariantUnsupported { .. } => "picture-variant-unsupported",
            Self::TooManyPixels { .. } => "picture-too-many-pixels",
            Self::TooSmall { .. } => "picture-too-small",
            Self::Truncated => "picture-truncated",
            Self::Animated => "picture-animated",
            Self::Damaged { .. } => "picture-damaged",
            Self::TooComplex { .. } => "picture-too-complex",
            Self::NotWritable { .. } => "picture-not-writable",
        }
    }
}
