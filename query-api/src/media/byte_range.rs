//! Parts of a file (RFC 9110, section 14): one range, of bytes that never change.

use axum::http::{
    HeaderMap,
    header::{IF_RANGE, RANGE},
};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it.
    Whole,
    /// From the first byte to the one after the last.
    Part(usize, usize),
    /// Nothing that is there.
    Nothing,
}

/// Reads the request's range of a file of `length` bytes. Several ranges, other units and what is no range are answered with the whole,
/// as is a range of another version of the file.
pub(super) fn wanted(headers: &HeaderMap, etag: &str, length: usize) -> Wanted {
    let text = |name| {
        let value = headers.get(name)?;
        value.to_str().ok().map(str::trim)
    };
    if headers.contains_key(IF_RANGE) && text(IF_RANGE) != Some(etag) {
        return Wanted::Whole;
    }
    let Some((first, last)) = text(RANGE)
        .and_then(|range| range.strip_prefix("bytes="))
        .and_then(|range| range.split_once('-'))
    else {
        return Wanted::Whole;
    };
    let number = |text: &str| text.parse::<usize>().ok();
    match (
        first.is_empty(),
        number(first),
        last.is_empty(),
        number(last),
    ) {
        (true, _, false, Some(0)) => Wanted::Nothing,
        (true, _, false, Some(count)) if length > 0 => {
            Wanted::Part(length.saturating_sub(count), length)
        }
        (false, Some(first), true, _) if first < length => Wanted::Part(first, length),
        (false, Some(first), false, Some(last)) if first <= last && first < length => {
            Wanted::Part(first, last.saturating_add(1).min(length))
        }
        (false, Some(first), false, Some(last)) if first > last => Wanted::Whole,
        (false, Some(_), true, _) | (false, Some(_), false, Some(_)) => Wanted::Nothing,
        _ => Wanted::Whole,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn asked(range: &'static str, if_range: Option<&'static str>) -> Wanted {
        let mut headers = HeaderMap::from_iter([(RANGE, HeaderValue::from_static(range))]);
        if let Some(etag) = if_range {
            headers.insert(IF_RANGE, HeaderValue::from_static(etag));
        }
        wanted(&headers, "\"tag\"", 100)
    }

    #[test]
    fn one_range_of_bytes_is_understood() {
        assert_eq!(asked("bytes=0-9", None), Wanted::Part(0, 10));
        assert_eq!(asked("bytes=90-", None), Wanted::Part(90, 100));
        assert_eq!(asked("bytes=-5", None), Wanted::Part(95, 100));
        assert_eq!(asked("bytes=-500", None), Wanted::Part(0, 100));
        assert_eq!(asked("bytes=50-999", None), Wanted::Part(50, 100));
        assert_eq!(wanted(&HeaderMap::new(), "", 100), Wanted::Whole);
    }

    #[test]
    fn what_is_not_there_cannot_be_had() {
        for range in ["bytes=100-", "bytes=100-200", "bytes=-0"] {
            assert_eq!(asked(range, None), Wanted::Nothing, "{range}");
        }
    }

    #[test]
    fn what_is_not_understood_is_the_whole() {
        for range in [
            "bytes=0-1,5-6",
            "lines=1-2",
            "bytes=9-1",
            "bytes=-",
            "bytes=a-b",
            "",
        ] {
            assert_eq!(asked(range, None), Wanted::Whole, "{range}");
        }
    }

    #[test]
    fn a_range_of_another_version_is_the_whole() {
        assert_eq!(asked("bytes=0-9", Some("\"tag\"")), Wanted::Part(0, 10));
        assert_eq!(asked("bytes=0-9", Some("\"other\"")), Wanted::Whole);
        assert_eq!(asked("bytes=0-9", Some("W/\"tag\"")), Wanted::Whole);
    }
}
