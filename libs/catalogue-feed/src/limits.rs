//! What a file may make us hold.

use std::{
    io::{self, Read},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Bytes of one line, row or XML element.
pub const MAX_RECORD_BYTES: usize = 1 << 20;
/// Rows of one style that stand together.
pub const MAX_GROUP_ROWS: usize = 4_096;
/// Their bytes.
pub const MAX_GROUP_BYTES: usize = 16 << 20;
/// Elements inside each other.
pub(crate) const MAX_DEPTH: usize = 32;

/// A reader that fails where one record goes on for too long: the parsers behind it would hold all of it.
pub(crate) struct Metered<R> {
    inner: R,
    left: Allowance,
}

/// What may be read before the next record must be over.
#[derive(Clone)]
pub(crate) struct Allowance(Arc<AtomicUsize>);

impl Allowance {
    /// A record was over: the next one may have as much.
    pub(crate) fn renew(&self) {
        self.0.store(MAX_RECORD_BYTES, Ordering::Relaxed);
    }
}

impl<R: Read> Metered<R> {
    pub(crate) fn new(inner: R) -> (Self, Allowance) {
        let left = Allowance(Arc::new(AtomicUsize::new(MAX_RECORD_BYTES)));
        let metered = Self {
            inner,
            left: left.clone(),
        };
        (metered, left)
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.0.load(Ordering::Relaxed);
        if left == 0 {
            return Err(io::Error::other(format!(
                "one record is longer than {MAX_RECORD_BYTES} bytes"
            )));
        }
        let most = buffer.len().min(left);
        let Some(buffer) = buffer.get_mut(..most) else {
            return Ok(0);
        };
        let count = self.inner.read(buffer)?;
        self.left.0.store(left - count, Ordering::Relaxed);
        Ok(count)
    }
}
