//! Zips as anybody could send them: good ones, and ones that lie.

use std::io::{self, Write};

use flate2::{Compression, Crc, write::DeflateEncoder};

/// A regular file that everybody may read.
const FILE: u32 = 0o100_644;
/// 1 January 1980, the first day that a zip knows.
const DATE: u16 = 0x21;

/// An entry, and what the zip says of it.
#[derive(Debug, Clone)]
pub struct ZipEntry {
    /// Its name, as it is written.
    pub name: String,
    /// What is in it.
    pub data: Vec<u8>,
    /// Whether it is packed.
    pub deflate: bool,
    /// Bit 0 says that it is encrypted.
    pub flags: u16,
    /// What it is, as Unix says it.
    pub mode: u32,
    /// How long the zip says that it is, if that is a lie.
    pub claimed: Option<u32>,
    /// The zip's number for how it is packed, if that is a lie.
    pub method: Option<u16>,
    /// Whether its checksum is wrong.
    pub is_damaged: bool,
}

impl ZipEntry {
    /// A file as it should be.
    pub fn new(name: &str, data: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.to_owned(),
            data: data.into(),
            deflate: true,
            flags: 0,
            mode: FILE,
            claimed: None,
            method: None,
            is_damaged: false,
        }
    }
}

/// The bytes of a zip with these entries, in their order.
pub fn zip(entries: &[ZipEntry]) -> io::Result<Vec<u8>> {
    let (mut zip, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let begins_at = length(zip.len())?;
        let header = header(entry)?;
        zip.extend_from_slice(b"PK\x03\x04");
        zip.extend_from_slice(&header);
        zip.extend_from_slice(entry.name.as_bytes());
        zip.extend_from_slice(&packed(entry)?);
        directory.extend_from_slice(b"PK\x01\x02");
        // Made by Unix, version 2.0.
        directory.extend_from_slice(&[20, 3]);
        directory.extend_from_slice(&header);
        // No comment, first disk, binary.
        directory.extend_from_slice(&[0; 6]);
        directory.extend_from_slice(&(entry.mode << 16).to_le_bytes());
        directory.extend_from_slice(&begins_at.to_le_bytes());
        directory.extend_from_slice(entry.name.as_bytes());
    }
    let count = u16::try_from(entries.len()).map_err(io::Error::other)?;
    let (starts_at, bytes) = (length(zip.len())?, length(directory.len())?);
    zip.append(&mut directory);
    zip.extend_from_slice(b"PK\x05\x06");
    zip.extend_from_slice(&[0; 4]);
    zip.extend_from_slice(&count.to_le_bytes());
    zip.extend_from_slice(&count.to_le_bytes());
    zip.extend_from_slice(&bytes.to_le_bytes());
    zip.extend_from_slice(&starts_at.to_le_bytes());
    zip.extend_from_slice(&[0; 2]);
    Ok(zip)
}

/// What both headers of an entry say alike, up to the length of its name and of its extra field.
fn header(entry: &ZipEntry) -> io::Result<Vec<u8>> {
    let mut crc = Crc::new();
    crc.update(&entry.data);
    let crc = crc.sum() ^ u32::from(entry.is_damaged);
    let method = entry.method.unwrap_or(if entry.deflate { 8 } else { 0 });
    let size = entry.claimed.map_or_else(|| length(entry.data.len()), Ok)?;
    let name = u16::try_from(entry.name.len()).map_err(io::Error::other)?;
    let mut header = Vec::new();
    // Names are UTF-8.
    for number in [20, entry.flags | 1 << 11, method, 0, DATE] {
        header.extend_from_slice(&number.to_le_bytes());
    }
    for number in [crc, length(packed(entry)?.len())?, size] {
        header.extend_from_slice(&number.to_le_bytes());
    }
    header.extend_from_slice(&name.to_le_bytes());
    header.extend_from_slice(&[0; 2]);
    Ok(header)
}

fn packed(entry: &ZipEntry) -> io::Result<Vec<u8>> {
    if !entry.deflate {
        return Ok(entry.data.clone());
    }
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&entry.data)?;
    encoder.finish()
}

fn length(of: usize) -> io::Result<u32> {
    u32::try_from(of).map_err(io::Error::other)
}
