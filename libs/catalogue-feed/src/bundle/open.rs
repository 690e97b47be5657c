//! A zip's directory, looked through before anything of it is believed.

use std::{
    collections::HashMap,
    fmt,
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
    sync::Arc,
};

use zip::{CompressionMethod, read::Config, read::ZipFileEntry, unstable::read::ZipIterable};

use super::{
    refusal::BundleRefusal,
    unpack::{Entry, Unpacked},
};
use crate::detect::Format;

/// Endings of what may be a catalogue.
const TABLES: [&str; 7] = ["jsonl", "ndjson", "csv", "tsv", "xml", "rss", "atom"];
/// Endings of what is packed once more.
const ARCHIVES: [&str; 11] = [
    "zip", "jar", "7z", "rar", "tar", "gz", "tgz", "bz2", "xz", "zst", "cab",
];
/// What a zip begins with, an empty one too.
const BEGINNINGS: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
/// Longer names are no file's.
const MOST_NAME_BYTES: usize = 1_024;
/// What is shorter than this does no harm, however tightly it was packed.
const HARMLESS_BYTES: u64 = 1 << 20;
/// An entry of the directory is about so long.
const DIRECTORY_BUFFER: usize = 512;
/// Bytes that a catalogue's format is told by.
const HEAD_BYTES: u64 = 64 << 10;
/// What in a file's mode says of which kind it is, and what a file and nothing said look like.
const KIND: u32 = 0o170_000;
const KINDS_OF_FILES: [u32; 3] = [0, 0o100_000, 0o040_000];

/// How much a zip may hold.
#[derive(Debug, Clone, Copy)]
pub struct BundleLimits {
    /// Files and folders.
    pub entries: usize,
    /// Bytes of all of them, unpacked.
    pub bytes: u64,
    /// How many times longer than in the zip a file may be, if it is longer than 1 MiB.
    pub ratio: u64,
}

impl BundleLimits {
    /// For what somebody sends.
    pub const SENT: Self = Self {
        entries: 20_000,
        bytes: 2 << 30,
        ratio: 200,
    };
    /// For what lies on one's own disk.
    pub const OWN: Self = Self {
        entries: 200_000,
        bytes: 64 << 30,
        ratio: 200,
    };
}

/// A zip that was looked through.
pub struct Bundle {
    file: Arc<File>,
    table: Result<(String, Entry), BundleRefusal>,
    /// By the last part of their names; nothing where there are several.
    files: HashMap<Box<str>, Option<Entry>>,
}

impl fmt::Debug for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bundle of {} files", self.files.len())
    }
}

/// The catalogue's file in a zip.
#[derive(Debug)]
pub struct BundledTable {
    /// What it is called there.
    pub name: String,
    /// Its length, unpacked.
    pub size: u64,
    file: Arc<File>,
    entry: Entry,
}

impl Bundle {
    /// Whether a file that begins so is a zip.
    pub fn is_zip(head: &[u8]) -> bool {
        BEGINNINGS
            .iter()
            .any(|beginning| head.starts_with(beginning))
    }

    /// Reads the directory and looks at every entry. Memory is bounded by the limits, not by the file.
    pub fn open(file: File, limits: BundleLimits) -> Result<Self, BundleRefusal> {
        let damaged = |error: &dyn fmt::Display| BundleRefusal::Damaged(error.to_string());
        let reader = BufReader::with_capacity(DIRECTORY_BUFFER, &file);
        let mut zip = ZipIterable::try_new(reader, Config::default()).map_err(|it| damaged(&it))?;
        if zip.len() > limits.entries {
            return Err(BundleRefusal::TooManyEntries {
                found: zip.len(),
                most: limits.entries,
            });
        }
        let mut looked = Looked {
            table: Err(BundleRefusal::NoTable),
            files: HashMap::new(),
            bytes: 0,
        };
        for entry in zip.files().map_err(|it| damaged(&it))? {
            looked.at(&entry.map_err(|it| damaged(&it))?, limits)?;
        }
        Ok(Self {
            file: Arc::new(file),
            table: looked.table,
            files: looked.files,
        })
    }

    /// The one catalogue in it.
    pub fn table(&self) -> Result<BundledTable, BundleRefusal> {
        let (name, entry) = self.table.clone()?;
        Ok(BundledTable {
            name,
            size: entry.size,
            file: Arc::clone(&self.file),
            entry,
        })
    }

    /// The whole file whose name ends so (`sand.jpg` is found wherever in the zip it lies), if it has at most so many bytes.
    pub fn read(&self, name: &str, most_bytes: u64) -> io::Result<Vec<u8>> {
        let missing =
            || io::Error::new(io::ErrorKind::NotFound, "there is no such file in the zip");
        let entry = self.files.get(name).ok_or_else(missing)?;
        let Some(entry) = entry else {
            return Err(io::Error::other(
                "several files in the zip are called that, and nobody can say which is meant",
            ));
        };
        if entry.size > most_bytes {
            let why = format!("it is longer than {most_bytes} bytes");
            return Err(io::Error::other(why));
        }
        let mut bytes = Vec::new();
        Unpacked::new(&self.file, *entry)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

impl BundledTable {
    /// It from its beginning, unpacked while it is read.
    pub fn read(&self) -> io::Result<impl Read + Send + use<>> {
        Unpacked::new(&self.file, self.entry)
    }

    /// What name and beginning say of how it is written.
    pub fn detect(&self) -> Result<Option<Format>, BundleRefusal> {
        let mut head = Vec::new();
        let read = self.read();
        read.and_then(|input| input.take(HEAD_BYTES).read_to_end(&mut head))
            .map_err(|error| BundleRefusal::Damaged(error.to_string()))?;
        if Bundle::is_zip(&head) {
            return Err(BundleRefusal::Nested(self.name.clone()));
        }
        Ok(Format::detect(Some(Path::new(&self.name)), &head))
    }
}

/// What was seen so far.
struct Looked {
    table: Result<(String, Entry), BundleRefusal>,
    files: HashMap<Box<str>, Option<Entry>>,
    bytes: u64,
}

impl Looked {
    fn at(&mut self, of: &ZipFileEntry<'_>, limits: BundleLimits) -> Result<(), BundleRefusal> {
        let (name, entry) = entry_of(of)?;
        if entry.size > HARMLESS_BYTES && entry.size / entry.packed.max(1) >= limits.ratio {
            return Err(BundleRefusal::RatioTooHigh {
                name,
                most: limits.ratio,
            });
        }
        self.bytes = self.bytes.saturating_add(entry.size);
        if self.bytes > limits.bytes {
            return Err(BundleRefusal::TooLarge { most: limits.bytes });
        }
        let Some((last, ending)) = last_part(&name) else {
            return Ok(());
        };
        if ARCHIVES.contains(&&*ending) {
            return Err(BundleRefusal::Nested(name));
        }
        if TABLES.contains(&&*ending) {
            self.table = match &self.table {
                Err(BundleRefusal::NoTable) => Ok((name.clone(), entry)),
                Ok((first, _)) => Err(BundleRefusal::SeveralTables(first.clone(), name)),
                Err(error) => Err(error.clone()),
            };
            return Ok(());
        }
        let known = self.files.entry(last.into()).or_insert(Some(entry));
        if known.is_some_and(|known| known.header_at != entry.header_at) {
            *known = None;
        }
        Ok(())
    }
}

/// Its name with `/` between the parts, and where it lies.
fn entry_of(of: &ZipFileEntry<'_>) -> Result<(String, Entry), BundleRefusal> {
    let name = of
        .name()
        .map_err(|error| BundleRefusal::Damaged(error.to_string()))?;
    // Some programs for Windows write it so.
    let name = name.replace('\\', "/");
    if !is_safe(&name) {
        let shown = name.chars().take(80).collect();
        return Err(BundleRefusal::PathUnsafe(shown));
    }
    if of.encrypted() {
        return Err(BundleRefusal::Encrypted(name));
    }
    let kind = of.unix_mode().unwrap_or_default() & KIND;
    if of.is_symlink() || !KINDS_OF_FILES.contains(&kind) {
        return Err(BundleRefusal::NoFile(name));
    }
    let is_deflated = of.compression() == CompressionMethod::DEFLATE;
    if !is_deflated && of.compression() != CompressionMethod::STORE {
        return Err(BundleRefusal::MethodUnsupported(name));
    }
    let entry = Entry {
        header_at: of.header_start(),
        packed: of.compressed_size(),
        size: of.size(),
        crc: of.crc32(),
        is_deflated,
    };
    Ok((name, entry))
}

/// Whether a name stays within the zip.
fn is_safe(name: &str) -> bool {
    let parts = name.strip_suffix('/').unwrap_or(name).split('/');
    let is_drive = name.as_bytes().get(1) == Some(&b':');
    name.len() <= MOST_NAME_BYTES
        && !is_drive
        && !name.contains('\0')
        && parts
            .into_iter()
            .all(|part| !matches!(part, "" | "." | ".."))
}

/// The last part of a name and its ending in lower case; nothing of folders and of what systems put in unasked.
fn last_part(name: &str) -> Option<(&str, String)> {
    let last = name.rsplit('/').next().filter(|last| !last.is_empty())?;
    if last.starts_with('.') || name.split('/').any(|part| part == "__MACOSX") {
        return None;
    }
    let ending = last.rsplit_once('.').map_or("", |(_, ending)| ending);
    Some((last, ending.to_ascii_lowercase()))
}
