//! As much of CBOR (RFC 8949) as manifests are written in: definite lengths, no arithmetic on floating point numbers.

/// Nothing that is nested deeper is read.
const DEEPEST: usize = 32;
/// Nor anything of more items: a byte of a file may not cost fifty of memory without end.
const MOST: usize = 20_000;

/// A data item.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Unsigned(u64),
    /// This number less than -1.
    Negative(u64),
    Bytes(Vec<u8>),
    Text(String),
    Array(Vec<Self>),
    Map(Vec<(Self, Self)>),
    Tag(u64, Box<Self>),
    Null,
    Bool(bool),
    /// A number with a fraction, or something that is not written here.
    Other,
}

impl Value {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A map with texts as its keys.
    pub(crate) fn map<const N: usize>(entries: [(&str, Self); N]) -> Self {
        let entries = entries.into_iter();
        Self::Map(
            entries
                .map(|(key, value)| (Self::text(key), value))
                .collect(),
        )
    }

    /// What a map has under this text.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.find(|found| matches!(found, Self::Text(text) if text == key))
    }

    /// What a map has under this number.
    pub(crate) fn at(&self, key: u64) -> Option<&Self> {
        self.find(|found| *found == Self::Unsigned(key))
    }

    fn find(&self, is_wanted: impl Fn(&Self) -> bool) -> Option<&Self> {
        let Self::Map(entries) = self else {
            return None;
        };
        let found = entries.iter().find(|(key, _)| is_wanted(key));
        found.map(|(_, value)| value)
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        if let Self::Tag(0, inner) = self {
            // A time is a text with a tag.
            return inner.as_text();
        }
        if let Self::Text(text) = self {
            Some(text)
        } else {
            None
        }
    }

    pub(crate) fn as_bytes(&self) -> Option<&[u8]> {
        if let Self::Bytes(bytes) = self {
            Some(bytes)
        } else {
            None
        }
    }

    pub(crate) fn as_array(&self) -> Option<&[Self]> {
        if let Self::Array(items) = self {
            Some(items)
        } else {
            None
        }
    }

    pub(crate) fn as_size(&self) -> Option<usize> {
        if let Self::Unsigned(number) = self {
            usize::try_from(*number).ok()
        } else {
            None
        }
    }

    pub(crate) fn encoded(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Unsigned(number) => head(out, 0, *number),
            Self::Negative(number) => head(out, 1, *number),
            Self::Bytes(bytes) => {
                head(out, 2, bytes.len() as u64);
                out.extend_from_slice(bytes);
            }
            Self::Text(text) => {
                head(out, 3, text.len() as u64);
                out.extend_from_slice(text.as_bytes());
            }
            Self::Array(items) => {
                head(out, 4, items.len() as u64);
                for item in items {
                    item.write(out);
                }
            }
            Self::Map(entries) => {
                head(out, 5, entries.len() as u64);
                for (key, value) in entries {
                    key.write(out);
                    value.write(out);
                }
            }
            Self::Tag(tag, value) => {
                head(out, 6, *tag);
                value.write(out);
            }
            Self::Bool(value) => out.push(if *value { 0xf5 } else { 0xf4 }),
            Self::Null | Self::Other => out.push(0xf6),
        }
    }

    /// The one item that these bytes are; none where they are something else.
    pub(crate) fn decoded(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let value = read(&mut rest, 0, &mut 0)?;
        rest.is_empty().then_some(value)
    }
}

fn head(out: &mut Vec<u8>, major: u8, number: u64) {
    let major = major << 5;
    let be = number.to_be_bytes();
    match number {
        0..24 => out.push(major | be[7]),
        24..0x100 => out.extend_from_slice(&[major | 0x18, be[7]]),
        0x100..0x1_0000 => {
            out.push(major | 0x19);
            out.extend_from_slice(&be[6..]);
        }
        0x1_0000..0x1_0000_0000 => {
            out.push(major | 0x1a);
            out.extend_from_slice(&be[4..]);
        }
        0x1_0000_0000.. => {
            out.push(major | 0x1b);
            out.extend_from_slice(&be);
        }
    }
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

fn read(rest: &mut &[u8], depth: usize, items: &mut usize) -> Option<Value> {
    *items += 1;
    if depth > DEEPEST || *items > MOST {
        return None;
    }
    let first = take(rest, 1)?[0];
    let bytes = match first & 0x1f {
        0..24 => 0,
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return None,
    };
    let number = if bytes == 0 {
        u64::from(first & 0x1f)
    } else {
        let more = take(rest, bytes)?.iter();
        more.fold(0, |number, byte| (number << 8) | u64::from(*byte))
    };
    // What is not there cannot be as long as it says: nothing is reserved for it.
    let size = usize::try_from(number).ok()?;
    Some(match first >> 5 {
        0 => Value::Unsigned(number),
        1 => Value::Negative(number),
        2 => Value::Bytes(take(rest, size)?.to_vec()),
        3 => Value::Text(String::from_utf8(take(rest, size)?.to_vec()).ok()?),
        4 => {
            let items = (0..size).map(|_| read(rest, depth + 1, items));
            Value::Array(items.collect::<Option<_>>()?)
        }
        5 => {
            let entries = (0..size)
                .map(|_| Some((read(rest, depth + 1, items)?, read(rest, depth + 1, items)?)));
            Value::Map(entries.collect::<Option<_>>()?)
        }
        6 => Value::Tag(number, Box::new(read(rest, depth + 1, items)?)),
        _ => match first {
            0xf4 => Value::Bool(false),
            0xf5 => Value::Bool(true),
            0xf6 | 0xf7 => Value::Null,
            _ => Value::Other,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let value = Value::map([
            (
                "number",
                Value::Array(
                    [0, 23, 24, 255, 256, 65_535, 65_536, u64::MAX]
                        .map(Value::Unsigned)
                        .to_vec(),
                ),
            ),
            ("less", Value::Negative(6)),
            ("bytes", Value::Bytes(vec![7; 300])),
            ("time", Value::Tag(0, Box::new(Value::text("now")))),
            ("nothing", Value::Null),
            ("yes", Value::Bool(true)),
        ]);
        assert_eq!(Value::decoded(&value.encoded()), Some(value));
    }

    #[test]
    fn what_ends_early_goes_on_too_long_or_too_deep_is_nothing() {
        let whole = Value::map([("bytes", Value::Bytes(vec![7; 30]))]).encoded();
        for end in 0..whole.len() {
            assert_eq!(Value::decoded(&whole[..end]), None);
        }
        assert_eq!(Value::decoded(&[whole, vec![0]].concat()), None);
        assert_eq!(Value::decoded(&[0x81; 1_000]), None);
        assert_eq!(
            Value::decoded(&[vec![0x99, 0x75, 0x30], vec![0; 30_000]].concat()),
            None
        );
        // An array of more items than there is memory for.
        assert_eq!(
            Value::decoded(&[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            None
        );
    }
}
