//! Which format a file has.

use std::{fmt, path::Path, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A format of catalogue files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Ours: one garment a line, as JSON.
    Jsonl,
    /// Ours: one size a row.
    Csv,
    /// Shopify's products: one size a row, a handle for the style.
    ShopifyCsv,
    /// Google Merchant, with tabs.
    GoogleTsv,
    /// Google Merchant, as RSS 2.0 or Atom.
    GoogleXml,
}

/// The text names no format.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a format is one of jsonl, csv, shopify-csv, google-tsv, google-xml")]
pub struct UnknownFormat;

impl Format {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Jsonl,
        Self::Csv,
        Self::ShopifyCsv,
        Self::GoogleTsv,
        Self::GoogleXml,
    ];

    /// Its name in addresses and command lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::ShopifyCsv => "shopify-csv",
            Self::GoogleTsv => "google-tsv",
            Self::GoogleXml => "google-xml",
        }
    }

    /// What the name's ending and the first bytes say; none where they leave it open.
    pub fn detect(name: Option<&Path>, head: &[u8]) -> Option<Self> {
        let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        let first = head.iter().find(|byte| !byte.is_ascii_whitespace());
        let ending = name.and_then(Path::extension).and_then(|it| it.to_str());
        match ending.map(str::to_ascii_lowercase).as_deref() {
            Some("jsonl" | "ndjson") => return Some(Self::Jsonl),
            Some("xml" | "rss" | "atom") => return Some(Self::GoogleXml),
            Some("tsv") => return Some(Self::GoogleTsv),
            Some(_) | None => {}
        }
        match first? {
            b'{' => Some(Self::Jsonl),
            b'<' => Some(Self::GoogleXml),
            _ => Self::of_header(head),
        }
    }

    fn of_header(head: &[u8]) -> Option<Self> {
        let line = head.split(|byte| *byte == b'\n').next()?;
        let line = String::from_utf8_lossy(line).to_ascii_lowercase();
        let mut tabs = line.split('\t');
        if line.contains('\t') && tabs.any(|name| name.trim().trim_matches('"') == "id") {
            return Some(Self::GoogleTsv);
        }
        let names: Vec<_> = line
            .split(',')
            .map(|name| name.trim().trim_matches('"'))
            .collect();
        let has = |name: &str| names.contains(&name);
        if (has("handle") || has("url handle")) && (has("title") || has("variant price")) {
            Some(Self::ShopifyCsv)
        } else if has("name") && (has("size") || has("price")) {
            Some(Self::Csv)
        } else {
            None
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == text)
            .ok_or(UnknownFormat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_ending_or_its_beginning() {
        for (name, head, format) in [
            (Some("a.ndjson"), "", Some(Format::Jsonl)),
            (Some("a.XML"), "", Some(Format::GoogleXml)),
            (
                Some("a.csv"),
                "\u{feff}\"Handle\",Title\n",
                Some(Format::ShopifyCsv),
            ),
            (Some("a.csv"), "id,name,size\r\n", Some(Format::Csv)),
            (Some("feed.txt"), "id\ttitle\n", Some(Format::GoogleTsv)),
            (None, "  {\"name\":", Some(Format::Jsonl)),
            (None, "<?xml", Some(Format::GoogleXml)),
            (Some("a.csv"), "a,b\n", None),
            (None, "", None),
        ] {
            let found = Format::detect(name.map(Path::new), head.as_bytes());
            assert_eq!(found, format, "{name:?} {head}");
        }
    }
}
