//! Reads and writes values of ASN.1 as DER has them (X.690): one-byte tags, definite lengths.

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTETS: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OBJECT: u8 = 0x06;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
/// What stands in place of another tag: by its number, with values within.
pub(crate) const TAGGED_0: u8 = 0xa0;

/// Reads one value after the other.
#[derive(Clone, Copy)]
pub(crate) struct Der<'a>(pub(crate) &'a [u8]);

impl<'a> Der<'a> {
    pub(crate) fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// Tag and content.
    pub(crate) fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, rest) = self.0.split_first()?;
        let (first, rest) = rest.split_first()?;
        let (length, rest) = match *first {
            short @ 0..=0x7f => (usize::from(short), rest),
            long @ 0x81..=0x83 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(long - 0x80))?;
                (
                    bytes
                        .iter()
                        .fold(0, |length, byte| (length << 8) | usize::from(*byte)),
                    rest,
                )
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((*tag, content))
    }

    /// The content of the next value, which has to be of this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next()
            .filter(|(found, _)| *found == tag)
            .map(|(_, content)| content)
    }

    /// The next value as it stands, with tag and length.
    pub(crate) fn whole(&mut self) -> Option<&'a [u8]> {
        let before = self.0;
        self.next()?;
        before.get(..before.len() - self.0.len())
    }

    /// The values within the next one, which has to be of this tag.
    pub(crate) fn within(&mut self, tag: u8) -> Option<Self> {
        self.expect(tag).map(Self)
    }
}

/// A value of these parts. None where it would be longer than 16 MiB.
pub(crate) fn value(tag: u8, parts: &[&[u8]]) -> Option<Vec<u8>> {
    let content = parts.concat();
    let [n0, n1, n2, n3] = u32::try_from(content.len()).ok()?.to_be_bytes();
    let length: &[u8] = match (n0, n1, n2, n3) {
        (0, 0, 0, 0..=0x7f) => &[n3],
        (0, 0, 0, _) => &[0x81, n3],
        (0, 0, _, _) => &[0x82, n2, n3],
        (0, _, _, _) => &[0x83, n1, n2, n3],
        _ => return None,
    };
    Some([&[tag], length, &content].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let content = vec![7; length];
            let one = value(OCTETS, &[&content]).unwrap();
            let both = [&one[..], &[NULL, 0]].concat();
            let mut der = Der(&both);
            assert_eq!(der.peek(), Some(OCTETS));
            assert_eq!(der.whole(), Some(&one[..]), "{length}");
            assert_eq!(der.next(), Some((NULL, &[][..])));
            assert_eq!(der.next(), None);
            assert_eq!(Der(&both).expect(OCTETS), Some(&content[..]));
            assert_eq!(Der(&both).expect(SEQUENCE), None);
            assert_eq!(Der(&one[..one.len() - 1]).next(), None);
        }
        // A length that is not said at the beginning.
        assert_eq!(Der(&[SEQUENCE, 0x80, 0, 0]).next(), None);
    }
}
