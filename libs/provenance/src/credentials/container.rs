//! Where in a JPEG, PNG or WebP file a manifest stands.

use std::ops::Range;

use super::MediaType;

const PNG_SIGNATURE_AND_IHDR: usize = 8 + 12 + 13;
/// What a segment of a JPEG can hold besides its own length and the header of a part of a box.
const LONGEST_IN_JPEG: usize = 65_000;
/// Of a part of a box: "JP", the number of the box, the number of the part.
const PART_HEADER: usize = 8;
/// Of its second and further parts, once more: length and kind of the box.
const PART_REPEATS: usize = 8;

/// A manifest in a file.
pub(crate) struct Embedded {
    /// The file's bytes that are not the picture's own.
    pub(crate) place: Range<usize>,
    pub(crate) manifest: Vec<u8>,
}

/// The file's manifest. None where there is none; an error where what is there cannot be one.
pub(crate) fn find(file: &[u8], media_type: MediaType) -> Result<Option<Embedded>, ()> {
    match media_type {
        MediaType::Jpeg => find_in_jpeg(file),
        MediaType::Png => single(chunks_of_png(file)?.into_iter(), b"caBX", file, 4),
        MediaType::WebP => single(chunks_of_webp(file)?.into_iter(), b"C2PA", file, 0),
    }
}

/// A file without manifest, and the place where one goes.
pub(crate) struct Prepared {
    pub(crate) before: Vec<u8>,
    pub(crate) after: Vec<u8>,
}

/// Takes out the manifest that a file has, and finds the place for another one.
pub(crate) fn prepare(file: &[u8], media_type: MediaType) -> Result<Prepared, ()> {
    let mut file = file.to_vec();
    if let Some(embedded) = find(&file, media_type)? {
        file.drain(embedded.place);
        if media_type == MediaType::WebP {
            // What came after the picture is not ours to keep.
            lengthen(&mut file, media_type, 0).ok_or(())?;
        }
    }
    let at = match media_type {
        MediaType::Jpeg => after_the_first_segments(&file)?,
        MediaType::Png => PNG_SIGNATURE_AND_IHDR,
        MediaType::WebP => {
            let end = end_of_riff(&file)?;
            file.truncate(end);
            if file.len() % 2 == 1 {
                file.push(0);
            }
            file.len()
        }
    };
    let after = file.get(at..).ok_or(())?.to_vec();
    file.truncate(at);
    Ok(Prepared {
        before: file,
        after,
    })
}

/// A manifest as it stands in a file; none where it is too long.
pub(crate) fn wrap(manifest: &[u8], media_type: MediaType) -> Option<Vec<u8>> {
    match media_type {
        MediaType::Jpeg => {
            // All in one segment: ours are much shorter.
            if manifest.len() > LONGEST_IN_JPEG {
                return None;
            }
            let length = u16::try_from(2 + PART_HEADER + manifest.len()).ok()?;
            let header: &[u8] = &[b'J', b'P', 0x02, 0x11, 0, 0, 0, 1];
            Some([&[0xff, 0xeb], &length.to_be_bytes()[..], header, manifest].concat())
        }
        MediaType::Png => {
            let length = u32::try_from(manifest.len()).ok()?;
            let chunk = [b"caBX", manifest].concat();
            let sum = crc32(&chunk).to_be_bytes();
            Some([&length.to_be_bytes(), &chunk[..], &sum].concat())
        }
        MediaType::WebP => {
            let length = u32::try_from(manifest.len()).ok()?;
            let padding: &[u8] = if manifest.len() % 2 == 1 { &[0] } else { &[] };
            Some([b"C2PA", &length.to_le_bytes()[..], manifest, padding].concat())
        }
    }
}

/// Says in the file's beginning how long it is with so many bytes more.
pub(crate) fn lengthen(before: &mut [u8], media_type: MediaType, by: usize) -> Option<()> {
    if media_type == MediaType::WebP {
        let length = u32::try_from(before.len() + by - 8).ok()?;
        before.get_mut(4..8)?.copy_from_slice(&length.to_le_bytes());
    }
    Some(())
}

/// A chunk's name, and where it stands.
type Chunk = ([u8; 4], Range<usize>);

/// The one chunk of this name. `tail` bytes at its end are not its data.
fn single(
    chunks: impl Iterator<Item = Chunk>,
    name: &[u8; 4],
    file: &[u8],
    tail: usize,
) -> Result<Option<Embedded>, ()> {
    let mut named = chunks.filter(|(found, _)| found == name);
    let Some((_, place)) = named.next() else {
        return Ok(None);
    };
    if named.next().is_some() {
        return Err(());
    }
    let manifest = file
        .get(place.start + 8..place.end - tail)
        .ok_or(())?
        .to_vec();
    Ok(Some(Embedded { place, manifest }))
}

fn chunks_of_png(file: &[u8]) -> Result<Vec<Chunk>, ()> {
    let mut chunks = Vec::new();
    let mut at = 8;
    while let Some(head) = file.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let [length @ .., n0, n1, n2, n3] = *head;
        let name = [n0, n1, n2, n3];
        let length = usize::try_from(u32::from_be_bytes(length)).map_err(drop)?;
        let end = at
            .checked_add(12 + length)
            .filter(|end| *end <= file.len())
            .ok_or(())?;
        chunks.push((name, at..end));
        at = end;
        if name == *b"IEND" {
            break;
        }
    }
    Ok(chunks)
}

fn end_of_riff(file: &[u8]) -> Result<usize, ()> {
    let length = file
        .get(4..8)
        .and_then(|bytes| bytes.first_chunk::<4>())
        .ok_or(())?;
    let length = usize::try_from(u32::from_le_bytes(*length)).map_err(drop)?;
    length
        .checked_add(8)
        .filter(|end| *end <= file.len())
        .ok_or(())
}

fn chunks_of_webp(file: &[u8]) -> Result<Vec<Chunk>, ()> {
    let end = end_of_riff(file)?;
    let mut chunks = Vec::new();
    let mut at = 12;
    while let Some(head) = file.get(at..end).and_then(|rest| rest.first_chunk::<8>()) {
        let [n0, n1, n2, n3, length @ ..] = *head;
        let length = usize::try_from(u32::from_le_bytes(length)).map_err(drop)?;
        let next = at
            .checked_add(8 + length)
            .filter(|next| *next <= end)
            .ok_or(())?;
        // A chunk of an odd length is followed by a byte, which the last one may lack. A manifest's is taken to be even.
        chunks.push(([n0, n1, n2, n3], at..next));
        at = next + length % 2;
    }
    Ok(chunks)
}

/// Marker, place and content of each segment before the scan.
fn segments_of_jpeg(file: &[u8]) -> Result<Vec<(u8, Range<usize>)>, ()> {
    let mut segments = Vec::new();
    let mut at = 2;
    loop {
        let Some([0xff, marker]) = file.get(at..at + 2) else {
            return Err(());
        };
        if *marker == 0xff {
            at += 1;
            continue;
        }
        if *marker == 0xda || *marker == 0xd9 {
            return Ok(segments);
        }
        let length = file
            .get(at + 2..)
            .and_then(|rest| rest.first_chunk::<2>())
            .ok_or(())?;
        let length = usize::from(u16::from_be_bytes(*length));
        let end = at + 2 + length;
        if length < 2 || end > file.len() {
            return Err(());
        }
        segments.push((*marker, at..end));
        at = end;
    }
}

/// JFIF's header and the first metadata have to stay the first.
fn after_the_first_segments(file: &[u8]) -> Result<usize, ()> {
    let segments = segments_of_jpeg(file)?;
    let first = segments
        .iter()
        .take_while(|(marker, _)| matches!(marker, 0xe0 | 0xe1));
    Ok(first.last().map_or(2, |(_, place)| place.end))
}

fn find_in_jpeg(file: &[u8]) -> Result<Option<Embedded>, ()> {
    let mut found: Option<(Embedded, [u8; 2], u32)> = None;
    for (marker, place) in segments_of_jpeg(file)? {
        let content = &file[place.start + 4..place.end];
        let Some((&[b'J', b'P', n0, n1, z0, z1, z2, z3], data)) =
            content.split_first_chunk::<PART_HEADER>()
        else {
            continue;
        };
        if marker != 0xeb {
            continue;
        }
        let (number, part) = ([n0, n1], u32::from_be_bytes([z0, z1, z2, z3]));
        match &mut found {
            // Another box may stand in other segments.
            None if data.get(16..20) == Some(b"c2pa") => {
                let manifest = data.to_vec();
                found = Some((Embedded { place, manifest }, number, part));
            }
            Some((embedded, known, last)) if *known == number => {
                // What stands between its parts would be signed by nobody.
                if part != last.wrapping_add(1) || place.start != embedded.place.end {
                    return Err(());
                }
                let data = data.get(PART_REPEATS..).ok_or(())?;
                embedded.manifest.extend_from_slice(data);
                embedded.place.end = place.end;
                *last = part;
            }
            Some(_) if data.get(16..20) == Some(b"c2pa") => return Err(()),
            None | Some(_) => {}
        }
    }
    Ok(found.map(|(embedded, ..)| embedded))
}

/// CRC-32 as PNG has it.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 {
                (sum >> 1) ^ 0xedb8_8320
            } else {
                sum >> 1
            }
        })
    })
}
