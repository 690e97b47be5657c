//! One entry, unpacked as it is read: never longer than it said, and only what it said.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::FileExt,
    sync::Arc,
};

use flate2::{Crc, read::DeflateDecoder};

/// What a local header begins with.
const LOCAL_HEADER: [u8; 4] = *b"PK\x03\x04";
/// Its length, without name and extra field.
const LOCAL_HEADER_BYTES: usize = 30;

/// Where an entry lies, and what the directory says of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) header_at: u64,
    pub(super) packed: u64,
    pub(super) size: u64,
    pub(super) crc: u32,
    pub(super) is_deflated: bool,
}

/// An entry on its way out.
pub(super) struct Unpacked {
    packed: Packed,
    left: u64,
    crc: Crc,
    wanted: u32,
    is_over: bool,
}

enum Packed {
    Stored(Piece),
    Deflated(Box<DeflateDecoder<Piece>>),
}

impl Unpacked {
    pub(super) fn new(file: &Arc<File>, entry: Entry) -> io::Result<Self> {
        let mut header = [0; LOCAL_HEADER_BYTES];
        file.read_exact_at(&mut header, entry.header_at)?;
        if !header.starts_with(&LOCAL_HEADER) {
            return Err(damaged("the directory of the zip points to no file"));
        }
        let length = |at: usize| u64::from(u16::from_le_bytes([header[at], header[at + 1]]));
        let piece = Piece {
            file: Arc::clone(file),
            at: entry.header_at + LOCAL_HEADER_BYTES as u64 + length(26) + length(28),
            left: entry.packed,
        };
        Ok(Self {
            packed: if entry.is_deflated {
                Packed::Deflated(Box::new(DeflateDecoder::new(piece)))
            } else {
                Packed::Stored(piece)
            },
            left: entry.size,
            crc: Crc::new(),
            wanted: entry.crc,
            is_over: false,
        })
    }

    fn take(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match &mut self.packed {
            Packed::Stored(piece) => piece.read(into),
            Packed::Deflated(deflated) => deflated.read(into),
        }
    }

    /// At what should be the end.
    fn end(&mut self) -> io::Result<()> {
        if self.take(&mut [0])? > 0 {
            return Err(damaged("a file in the zip is longer than the zip says"));
        }
        if self.crc.sum() != self.wanted {
            return Err(damaged("a file in the zip is not what was zipped"));
        }
        self.is_over = true;
        Ok(())
    }
}

impl Read for Unpacked {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.is_over || into.is_empty() {
            return Ok(0);
        }
        if self.left == 0 {
            self.end()?;
            return Ok(0);
        }
        let most = usize::try_from(self.left).map_or(into.len(), |left| left.min(into.len()));
        let into = &mut into[..most];
        let count = self.take(into)?;
        if count == 0 {
            return Err(damaged("a file in the zip is shorter than the zip says"));
        }
        self.crc.update(&into[..count]);
        self.left -= count as u64;
        Ok(count)
    }
}

fn damaged(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// A stretch of a file, whose place others do not move.
struct Piece {
    file: Arc<File>,
    at: u64,
    left: u64,
}

impl Read for Piece {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).map_or(into.len(), |left| left.min(into.len()));
        let count = self.file.read_at(&mut into[..most], self.at)?;
        self.at += count as u64;
        self.left -= count as u64;
        Ok(count)
    }
}
