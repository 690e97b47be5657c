//! The file of an import, open: as it was sent, or in the zip that was sent.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use catalogue_feed::{Bundle, BundleLimits, BundleRefusal, Format};
use thiserror::Error;

/// A file that can be read from its beginning.
pub(super) struct Feed {
    pub(super) input: Counted,
    /// How long it is, unpacked.
    pub(super) size: u64,
    /// The zip that it lies in, with pictures.
    pub(super) bundle: Option<Arc<Bundle>>,
}

/// Why a file that arrived is not read.
#[derive(Debug, Error)]
pub(super) enum FeedError {
    /// The disk says no.
    #[error("the file cannot be read")]
    Io(#[from] io::Error),
    /// It is a zip that is not taken.
    #[error(transparent)]
    Refused(#[from] BundleRefusal),
}

impl Feed {
    /// Opens a file that has arrived.
    pub(super) fn open(path: &Path, is_zip: bool) -> Result<Self, FeedError> {
        let file = File::open(path)?;
        if !is_zip {
            let size = file.metadata()?.len();
            return Ok(Self {
                input: Counted::new(file),
                size,
                bundle: None,
            });
        }
        let bundle = Bundle::open(file, BundleLimits::SENT)?;
        let table = bundle.table()?;
        Ok(Self {
            input: Counted::new(table.read()?),
            size: table.size,
            bundle: Some(Arc::new(bundle)),
        })
    }
}

/// Looks through a zip that has arrived: how what is in it is written, if that can be told.
pub(super) fn looked_through(path: &Path) -> Result<Option<Format>, FeedError> {
    let bundle = Bundle::open(File::open(path)?, BundleLimits::SENT)?;
    Ok(bundle.table()?.detect()?)
}

/// A file that says how much of it was read.
pub(super) struct Counted {
    inner: Box<dyn Read + Send>,
    done: Arc<AtomicU64>,
}

impl Counted {
    fn new(inner: impl Read + Send + 'static) -> Self {
        Self {
            inner: Box::new(inner),
            done: Arc::default(),
        }
    }

    /// How much of it was read so far, for whoever does not read it.
    pub(super) fn done(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.done)
    }
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.done.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
