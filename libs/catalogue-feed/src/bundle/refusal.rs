//! Why a zip is not read.

use thiserror::Error;

/// Why a zip is not read. Whoever sends one hears it: each has a stable code.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BundleRefusal {
    /// It has no directory, or one that makes no sense.
    #[error("this is no whole zip: {0}")]
    Damaged(String),
    /// It has more entries than are taken.
    #[error("the zip has {found} entries; at most {most} are taken")]
    TooManyEntries {
        /// How many it has.
        found: usize,
        /// How many are taken.
        most: usize,
    },
    /// An entry has a name that leads elsewhere, or none.
    #[error("{0} is no path within a zip")]
    PathUnsafe(String),
    /// An entry is encrypted.
    #[error("{0} is encrypted")]
    Encrypted(String),
    /// An entry is a link, a device or the like.
    #[error("{0} is a link or a device, not a file")]
    NoFile(String),
    /// An entry is an archive itself.
    #[error("{0} is an archive itself")]
    Nested(String),
    /// An entry is packed in a way that is seldom used.
    #[error(
        "{0} is packed in a way that is not read here; zip it with deflate, or without compression"
    )]
    MethodUnsupported(String),
    /// All entries together would be too long.
    #[error("unpacked, the zip would be longer than {most} bytes")]
    TooLarge {
        /// How long they may be.
        most: u64,
    },
    /// An entry is packed so tightly that it must be made for it.
    #[error("{name} would unpack to more than {most} times its length in the zip")]
    RatioTooHigh {
        /// Which entry.
        name: String,
        /// How many times are taken.
        most: u64,
    },
    /// It holds no catalogue.
    #[error(
        "the zip holds no catalogue: a file that ends with .jsonl, .ndjson, .csv, .tsv, .xml, .rss or .atom"
    )]
    NoTable,
    /// It holds several.
    #[error("the zip holds several catalogues: {0} and {1}")]
    SeveralTables(String, String),
}

impl BundleRefusal {
    /// Its stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Damaged(_) => "zip-damaged",
            Self::TooManyEntries { .. } => "zip-entries-exceeded",
            Self::PathUnsafe(_) => "zip-path-unsafe",
            Self::Encrypted(_) => "zip-encrypted",
            Self::NoFile(_) => "zip-link",
            Self::Nested(_) => "zip-nested",
            Self::MethodUnsupported(_) => "zip-method-unsupported",
            Self::TooLarge { .. } => "zip-too-large",
            Self::RatioTooHigh { .. } => "zip-ratio-exceeded",
            Self::NoTable => "zip-without-catalogue",
            Self::SeveralTables(..) => "zip-catalogue-ambiguous",
        }
    }
}
