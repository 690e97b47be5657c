//! Boxes within boxes (JUMBF, ISO 19566-5): what a manifest is packed in.

/// What the identifiers of kinds end with; their first four bytes say which.
const KIND_ENDS: [u8; 12] = [0, 0x11, 0, 0x10, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
/// A label is there, and may be asked for.
const TOGGLES: u8 = 3;

/// A box with a kind and a label, and boxes within.
#[derive(Clone, Copy)]
pub(crate) struct Labelled<'a> {
    /// The first four bytes of its kind, such as `c2ma`.
    pub(crate) kind: &'a [u8],
    pub(crate) label: &'a str,
    /// All that is in it, its description too: what is hashed.
    pub(crate) content: &'a [u8],
    /// The boxes after its description.
    inner: &'a [u8],
}

impl<'a> Labelled<'a> {
    /// The boxes in it that have labels.
    pub(crate) fn labelled(&self) -> Option<Vec<Self>> {
        let boxes = boxes(self.inner)?.into_iter();
        boxes
            .filter(|(kind, _)| *kind == b"jumb")
            .map(|(_, content)| Self::of(content))
            .collect()
    }

    /// What its first box of this kind holds.
    pub(crate) fn data(&self, kind: &[u8; 4]) -> Option<&'a [u8]> {
        let mut boxes = boxes(self.inner)?.into_iter();
        boxes
            .find(|(found, _)| *found == kind)
            .map(|(_, data)| data)
    }

    fn of(content: &'a [u8]) -> Option<Self> {
        let (description, inner) = first(content)?;
        let (b"jumd", description) = description else {
            return None;
        };
        let (kind, rest) = description.split_at_checked(16)?;
        let (toggles, rest) = rest.split_first()?;
        let label = if toggles & 2 == 0 {
            ""
        } else {
            let end = rest.iter().position(|byte| *byte == 0)?;
            std::str::from_utf8(&rest[..end]).ok()?
        };
        Some(Self {
            kind: &kind[..4],
            label,
            content,
            inner,
        })
    }
}

/// The outermost box of a file's manifests.
pub(crate) fn outermost(bytes: &[u8]) -> Option<Labelled<'_>> {
    let ((kind, content), _) = first(bytes)?;
    Labelled::of(content).filter(|found| kind == b"jumb" && found.kind == b"c2pa")
}

type Plain<'a> = (&'a [u8; 4], &'a [u8]);

fn boxes(mut rest: &[u8]) -> Option<Vec<Plain<'_>>> {
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (one, left) = first(rest)?;
        found.push(one);
        rest = left;
    }
    Some(found)
}

/// The first box, and what comes after it.
fn first(bytes: &[u8]) -> Option<(Plain<'_>, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (kind, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    // Of unusual lengths, 0 (to the end) and 1 (a longer number follows), no writer of manifests has need.
    let (content, rest) = rest.split_at_checked(length.checked_sub(8)?)?;
    Some(((kind, content), rest))
}

/// A plain box; none where it would be too long.
pub(crate) fn plain(kind: &[u8; 4], content: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(content.len() + 8).ok()?;
    Some([&length.to_be_bytes(), kind, content].concat())
}

/// What is in a box with a kind and a label: its description and these boxes.
pub(crate) fn content(kind: &[u8; 4], label: &str, inner: &[u8]) -> Option<Vec<u8>> {
    let description = [kind, &KIND_ENDS[..], &[TOGGLES], label.as_bytes(), &[0]].concat();
    Some([&plain(b"jumd", &description)?, inner].concat())
}

/// A box with a kind and a label.
pub(crate) fn labelled(kind: &[u8; 4], label: &str, inner: &[u8]) -> Option<Vec<u8>> {
    plain(b"jumb", &content(kind, label, inner)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_found() {
        let inner = labelled(b"cbor", "one", &plain(b"cbor", b"data").unwrap()).unwrap();
        let packed = labelled(b"c2pa", "c2pa", &inner).unwrap();
        let outer = outermost(&packed).unwrap();
        assert_eq!((outer.kind, outer.label), (&b"c2pa"[..], "c2pa"));
        let child = |outer: Labelled<'_>| {
            let children = outer.labelled()?;
            children
                .first()
                .map(|one| (one.label == "one", one.data(b"cbor") == Some(b"data")))
        };
        assert_eq!(child(outer), Some((true, true)));
        for end in 0..packed.len() {
            assert!(outermost(&packed[..end]).is_none());
        }
        for at in 0..packed.len() {
            let mut changed = packed.clone();
            changed[at] = !changed[at];
            let _ = outermost(&changed).and_then(child);
        }
    }
}
