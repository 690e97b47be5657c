//! Amounts of money in words of a file: exact, never floating point.

use thiserror::Error;

use crate::item::Price;

/// Why an amount was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AmountError {
    /// Nothing is there.
    #[error("the price is missing")]
    Missing,
    /// Not an amount, or one that could mean two things.
    #[error("a price is written like 49.90 EUR")]
    Unclear,
    /// Neither the amount nor the file says which.
    #[error("the price names no currency, and none was given for the file")]
    NoCurrency,
    /// More digits behind the point than the currency has.
    #[error("{currency} has {digits} digits behind the point")]
    TooPrecise {
        /// Which currency.
        currency: String,
        /// Its digits.
        digits: u32,
    },
    /// More than can be kept.
    #[error("the price is too large")]
    TooLarge,
}

/// Digits behind the point that a currency's minor unit stands for (ISO 4217): 2 for most.
pub fn minor_digits(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

/// Reads `49.90 EUR`, `EUR 49,90`, `€49.90`, or `49.90` where the file's currency is known. `1,299.00` and `1.299,00` are
/// read, `1,299` is not: it could mean either.
pub fn parse_amount(text: &str, currency: Option<&str>) -> Result<Price, AmountError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(AmountError::Missing);
    }
    let begins = text.find(|c: char| c.is_ascii_digit());
    let ends = text.rfind(|c: char| c.is_ascii_digit());
    let (Some(begins), Some(ends)) = (begins, ends) else {
        return Err(AmountError::Unclear);
    };
    let (before, rest) = text.split_at(begins);
    let (number, after) = rest.split_at(ends + 1 - begins);
    let said = match (before.trim(), after.trim()) {
        ("", "") => None,
        (said, "") | ("", said) => Some(said),
        _ => return Err(AmountError::Unclear),
    };
    let currency = match said {
        None => currency.ok_or(AmountError::NoCurrency)?.to_owned(),
        Some("€") => "EUR".to_owned(),
        Some("£") => "GBP".to_owned(),
        Some(code) => code.to_ascii_uppercase(),
    };
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(AmountError::Unclear);
    }
    let minor = minor_units(number, minor_digits(&currency), &currency)?;
    Ok(Price { minor, currency })
}

fn minor_units(number: &str, digits: u32, currency: &str) -> Result<u32, AmountError> {
    let point = number.rfind(['.', ',']);
    let (whole, fraction) = match point {
        None => (number, ""),
        Some(at) => (&number[..at], &number[at + 1..]),
    };
    let grouping = point.and_then(|at| whole.find(['.', ',']).map(|_| &number[at..=at]));
    let whole = match grouping {
        None => whole.to_owned(),
        Some(point) => ungrouped(whole, if point == "." { ',' } else { '.' })?,
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(&whole) || !all_digits(fraction) {
        return Err(AmountError::Unclear);
    }
    let said = u32::try_from(fraction.len()).unwrap_or(u32::MAX);
    if said == 3 && digits != 3 {
        return Err(AmountError::Unclear);
    }
    if said > digits && !fraction.bytes().all(|byte| byte == b'0') {
        let currency = currency.to_owned();
        return Err(AmountError::TooPrecise { currency, digits });
    }
    let kept = fraction.get(..fraction.len().min(digits as usize));
    let mut units = format!("{whole}{}", kept.unwrap_or_default());
    units.extend((said..digits).map(|_| '0'));
    units.parse().map_err(|_| AmountError::TooLarge)
}

/// `1,299` without its commas, if they stand before every third digit.
fn ungrouped(whole: &str, separator: char) -> Result<String, AmountError> {
    let mut groups = whole.split(separator);
    let first = groups.next().unwrap_or_default();
    if !(1..=3).contains(&first.len()) {
        return Err(AmountError::Unclear);
    }
    let mut digits = first.to_owned();
    for group in groups {
        if group.len() != 3 {
            return Err(AmountError::Unclear);
        }
        digits.push_str(group);
    }
    Ok(digits)
}

/// `49.90` for 4,990 cents.
pub fn amount_text(price: &Price) -> String {
    let digits = minor_digits(&price.currency);
    let unit = 10_u32.pow(digits);
    let (whole, rest) = (price.minor / unit, price.minor % unit);
    if digits == 0 {
        return whole.to_string();
    }
    format!("{whole}.{rest:0width$}", width = digits as usize)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn price(minor: u32, currency: &str) -> Price {
        Price {
            minor,
            currency: currency.to_owned(),
        }
    }

    #[test]
    fn amounts_are_read_as_shops_write_them() {
        for (text, minor, currency) in [
            ("49.90", 4_990, "USD"),
            ("49,90 EUR", 4_990, "EUR"),
            ("EUR 49.9", 4_990, "EUR"),
            ("€49", 4_900, "EUR"),
            ("1,299.00 GBP", 129_900, "GBP"),
            ("1.234.299,00 eur", 123_429_900, "EUR"),
            ("4900 JPY", 4_900, "JPY"),
            ("4900.00 JPY", 4_900, "JPY"),
            ("1.299 KWD", 1_299, "KWD"),
            ("0.07 EUR", 7, "EUR"),
        ] {
            assert_eq!(
                parse_amount(text, Some("USD")),
                Ok(price(minor, currency)),
                "{text}"
            );
        }
    }

    #[test]
    fn what_could_mean_two_things_is_refused() {
        for text in [
            "1,299",
            "free",
            "49.90.10",
            "-",
            "EUR 5 EUR",
            "4 9 EUR",
            "12,34.5 EUR",
            "49.90 E",
        ] {
            assert_eq!(
                parse_amount(text, Some("EUR")),
                Err(AmountError::Unclear),
                "{text}"
            );
        }
        assert_eq!(parse_amount(" ", None), Err(AmountError::Missing));
        assert_eq!(parse_amount("5", None), Err(AmountError::NoCurrency));
        assert_eq!(
            parse_amount("99999999999", Some("EUR")),
            Err(AmountError::TooLarge)
        );
        assert!(matches!(
            parse_amount("5.5 JPY", None),
            Err(AmountError::TooPrecise { .. })
        ));
    }

    proptest! {
        #[test]
        fn an_amount_reads_back_as_written(minor: u32, code in "[A-Z]{3}|JPY|KWD|CLF") {
            let price = price(minor, &code);
            prop_assert_eq!(parse_amount(&amount_text(&price), Some(&code)), Ok(price));
        }

        #[test]
        fn no_text_is_too_strange(text in ".{0,40}") {
            let _ = parse_amount(&text, Some("EUR"));
        }
    }
}
