//! Short words with a rule that facets are made of: brands and materials, the codes of sizes on sale, paths of categories, languages;
//! and what a decision of an admin names: a view, a network.

use std::{fmt, net::IpAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The text is none of what was wanted; the message says what is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct LabelError(&'static str);

macro_rules! labels {
    ($($(#[$doc:meta])* $name:ident($fits:path, $rule:literal, $pattern:literal)),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(extend("pattern" = $pattern))]
        pub struct $name(String);

        impl $name {
            /// The rule, as clients' documents say it.
            pub const PATTERN: &'static str = $pattern;

            /// Accepts the text as it stands.
            pub fn parse(text: &str) -> Result<Self, LabelError> {
                if $fits(text) { Ok(Self(text.to_owned())) } else { Err(LabelError($rule)) }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = LabelError;

            fn try_from(text: String) -> Result<Self, LabelError> {
                if $fits(&text) { Ok(Self(text)) } else { Err(LabelError($rule)) }
            }
        }

        impl From<$name> for String {
            fn from(label: $name) -> Self {
                label.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

labels! {
    /// A word that shoppers filter by: a brand, a material, a fit, a season.
    Label(
        is_label,
        "give 1 to 60 printable characters, without space at either end",
        r"^[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]{0,58}[^\s\x00-\x1f\x7f-\x9f])?$"
    ),
    /// The code by which the shop keeps one size of one garment (stock keeping unit).
    Sku(
        is_sku,
        "a SKU has 1 to 64 letters, digits and - _ . /",
        r"^[0-9A-Za-z._/-]{1,64}$"
    ),
    /// A version of the words that people agree to when they upload a photo.
    PolicyVersion(
        is_policy_version,
        "a version of the policy has 1 to 40 letters, digits and - _ .",
        r"^[0-9A-Za-z._-]{1,40}$"
    ),
    /// Where in the tree of categories a garment stands, from the root: `women/tops/shirts`.
    CategoryPath(
        is_path,
        "a category's path has 1 to 6 slugs with / between them, such as women/tops/shirts",
        r"^[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*){0,5}$"
    ),
    /// The name of a further attribute: `neckline`.
    AttributeName(
        is_attribute_name,
        "an attribute's name has 1 to 40 lower-case letters, digits and _, and begins with a letter",
        r"^[a-z][a-z0-9_]{0,39}$"
    ),
    /// A view that is kept of the log: `garment_card`.
    ViewName(
        is_attribute_name,
        "a view's name has 1 to 40 lower-case letters, digits and _, and begins with a letter",
        r"^[a-z][a-z0-9_]{0,39}$"
    ),
    /// A network so wide that it points at nobody: a /24 of IPv4 or a /48 of IPv6.
    WideNetwork(
        is_wide_network,
        "a network is a /24 or a /48, such as 203.0.113.0/24 or 2001:db8:1::/48",
        r"^([0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.0/24|[0-9a-f:]{2,18}/48)$"
    ),
    /// A language by its code of two letters (ISO 639-1): `de`.
    Language(is_language, "a language has two lower-case letters, such as de", r"^[a-z]{2}$"),
    /// A moment in UTC, to the second: `2026-07-01T08:00:00Z`. Sorts as text.
    Moment(
        is_moment,
        "a moment is written 2026-07-01T08:00:00Z",
        r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$"
    ),
}

fn is_label(text: &str) -> bool {
    (1..=60).contains(&text.chars().count())
        && text.trim() == text
        && !text.chars().any(char::is_control)
}

fn is_sku(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b))
}

fn is_policy_version(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

fn is_path(text: &str) -> bool {
    text.split('/').count() <= 6 && text.split('/').all(|part| super::Slug::parse(part).is_ok())
}

fn is_attribute_name(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn is_wide_network(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else {
        return false;
    };
    match (address.parse::<IpAddr>(), bits) {
        (Ok(IpAddr::V4(found)), "24") => {
            let [.., last] = found.octets();
            last == 0
        }
        (Ok(IpAddr::V6(found)), "48") => {
            let [_, _, _, rest @ ..] = found.segments();
            rest == [0; 5] && found.to_string() == address
        }
        (Ok(IpAddr::V4(_) | IpAddr::V6(_)) | Err(_), _) => false,
    }
}

fn is_language(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|b| b.is_ascii_lowercase())
}

fn is_moment(text: &str) -> bool {
    let number = |from: usize, to: usize| -> Option<u32> {
        let digits = text.get(from..to)?;
        let plain = digits.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| digits.parse().ok()).flatten()
    };
    let marks = [
        (4, "-"),
        (7, "-"),
        (10, "T"),
        (13, ":"),
        (16, ":"),
        (19, "Z"),
    ];
    let in_range = |from, to, range: std::ops::RangeInclusive<u32>| {
        number(from, to).is_some_and(|number| range.contains(&number))
    };
    text.len() == 20
        && marks
            .iter()
            .all(|(at, mark)| text.get(*at..at + 1) == Some(mark))
        && in_range(0, 4, 1..=9999)
        && in_range(5, 7, 1..=12)
        && in_range(8, 10, 1..=days_of(number(0, 4), number(5, 7)))
        && in_range(11, 13, 0..=23)
        && in_range(14, 16, 0..=59)
        && in_range(17, 19, 0..=59)
}

/// How many days the month has; 31 where it is none.
fn days_of(year: Option<u32>, month: Option<u32>) -> u32 {
    let year = year.unwrap_or(0);
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        Some(2) if is_leap => 29,
        Some(2) => 28,
        Some(4 | 6 | 9 | 11) => 30,
        Some(_) | None => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_rule() {
        assert!(Label::parse("Virgin wool").is_ok());
        for bad in ["", " wool", "wool ", "a\nb", &"w".repeat(61)] {
            assert!(Label::parse(bad).is_err(), "{bad}");
        }
        assert!(Sku::parse("LS-01.M/2").is_ok());
        for bad in ["", "a b", "ä", &"s".repeat(65)] {
            assert!(Sku::parse(bad).is_err(), "{bad}");
        }
        assert!(CategoryPath::parse("women/tops/t-shirts").is_ok());
        for bad in ["", "/women", "women/", "Women", "a//b", "a/b/c/d/e/f/g"] {
            assert!(CategoryPath::parse(bad).is_err(), "{bad}");
        }
        assert!(AttributeName::parse("sleeve_length").is_ok());
        for bad in ["", "1st", "Neck", "a-b"] {
            assert!(AttributeName::parse(bad).is_err(), "{bad}");
        }
        for good in ["203.0.113.0/24", "2001:db8:1::/48", "::/48"] {
            assert!(WideNetwork::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "203.0.113.7/24",
            "203.0.113.7",
            "203.0.0.0/16",
            "2001:db8:1:2::/48",
            "2001:DB8:1::/48",
            "2001:db8:1::/64",
            "here/24",
        ] {
            assert!(WideNetwork::parse(bad).is_err(), "{bad}");
        }
        assert!(Language::parse("de").is_ok());
        for bad in ["", "d", "DE", "deu"] {
            assert!(Language::parse(bad).is_err(), "{bad}");
        }
        assert!(Moment::parse("2026-07-01T08:00:00Z").is_ok());
        assert!(Moment::parse("2028-02-29T08:00:00Z").is_ok());
        for bad in [
            "",
            "0000-01-01T08:00:00Z",
            "2026-13-01T08:00:00Z",
            "2026-02-29T08:00:00Z",
            "2026-04-31T08:00:00Z",
            "2026-07-01 08:00:00Z",
            "2026-07-01T08:00:00.5Z",
            "2026-07-01T8:00:000Z",
            "2026-07-01T08:00:0éZ",
        ] {
            assert!(Moment::parse(bad).is_err(), "{bad}");
        }
    }
}
