//! Files that appear whole, with what they hash to.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use sha2::{Digest, Sha256};

use crate::error::ReplayError;

/// How much may still be written, all files together.
#[derive(Debug, Clone)]
pub(crate) struct Allowance(Arc<AtomicU64>);

impl Allowance {
    pub(crate) fn new(bytes: u64) -> Self {
        Self(Arc::new(AtomicU64::new(bytes)))
    }

    fn take(&self, bytes: u64) -> io::Result<()> {
        let taken = self
            .0
            .try_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(bytes)
            });
        taken
            .map(|_| ())
            .map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))
    }
}

/// A file that knows its length and its hash.
#[derive(Debug)]
pub(crate) struct HashedFile {
    file: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
    allowance: Allowance,
}

impl HashedFile {
    pub(crate) fn create(path: &Path, allowance: Allowance) -> Result<Self, ReplayError> {
        let file = File::options().write(true).create_new(true).open(path);
        let file = file.map_err(ReplayError::write(path))?;
        Ok(Self {
            file: BufWriter::with_capacity(256 << 10, file),
            hash: Sha256::new(),
            bytes: 0,
            allowance,
        })
    }

    /// Length and hash, once everything is on disk.
    pub(crate) fn finish(mut self) -> io::Result<(u64, String)> {
        self.file.flush()?;
        self.file.get_ref().sync_data()?;
        Ok((self.bytes, hex::encode(self.hash.finalize())))
    }
}

impl Write for HashedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.allowance.take(bytes.len() as u64)?;
        self.file.write_all(bytes)?;
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A file or folder under another name until it is whole; gone when that never comes.
#[derive(Debug)]
pub(crate) struct Partial {
    path: PathBuf,
    into: PathBuf,
    kept: bool,
}

impl Partial {
    /// Prepares for `into`, which must not exist or be an empty folder.
    pub(crate) fn of(into: &Path) -> Result<Self, ReplayError> {
        let empty = fs::read_dir(into).is_ok_and(|mut entries| entries.next().is_none());
        if into.exists() && !empty {
            return Err(ReplayError::Exists(into.to_owned()));
        }
        let parent = match into.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            Some(_) | None => Path::new("."),
        };
        fs::create_dir_all(parent).map_err(ReplayError::write(parent))?;
        let name = into.file_name().unwrap_or_default().to_string_lossy();
        let path = parent.join(format!(".{name}.partial-{}", std::process::id()));
        Ok(Self {
            path,
            into: into.to_owned(),
            kept: false,
        })
    }

    /// Where to write until it is whole.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// It is whole.
    pub(crate) fn keep(mut self) -> Result<(), ReplayError> {
        fs::rename(&self.path, &self.into).map_err(ReplayError::write(&self.into))?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.kept {
            // It may never have been made; and a disk that refuses even this has been complained of already.
            let _ = fs::remove_dir_all(&self.path);
            let _ = fs::remove_file(&self.path);
        }
    }
}
