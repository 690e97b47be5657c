//! Reading and writing blobs.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, path::Path};
use thiserror::Error;

use crate::{
    BlobHash, KeysUnavailable, OpenError, S3Options, SubjectKeys,
    open::{Opened, open},
};

/// Why a blob was not read or written.
#[derive(Debug, Error)]
pub enum BlobError {
    /// There is no such blob.
    #[error("there is no blob {0}")]
    NotFound(BlobHash),
    /// What lies there is something else: the medium or somebody has changed it.
    #[error("blob {0} is damaged: its bytes do not hash to its name")]
    Corrupt(BlobHash),
    /// The blob is larger than the reader allows.
    #[error("blob {hash} has {size_bytes} bytes, {limit_bytes} are allowed")]
    TooLarge {
        /// Which blob.
        hash: BlobHash,
        /// How long it is.
        size_bytes: u64,
        /// How long it may be.
        limit_bytes: u64,
    },
    /// Its subject was erased.
    #[error("blob {0} belongs to somebody who was erased")]
    Erased(BlobHash),
    /// There are no keys, or no random bytes.
    #[error("blob {0} cannot be sealed")]
    NotSealed(BlobHash),
    /// The subject's key cannot be had at the moment.
    #[error(transparent)]
    Keys(KeysUnavailable),
    /// The store did not answer in time.
    #[error("the blob store did not answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// The store said no, or is out of reach.
    #[error("the blob store failed")]
    Store(#[source] object_store::Error),
}

/// A store of blobs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct BlobStore {
    pub(crate) objects: Arc<dyn ObjectStore>,
    pub(crate) prefix: Path,
    /// Without them nothing is sealed.
    pub(crate) keys: Option<Arc<dyn SubjectKeys>>,
    timeout: Duration,
    limit_bytes: u64,
}

impl BlobStore {
    /// The largest blob that is read, in bytes.
    pub const LIMIT_BYTES: u64 = 64 << 20;

    /// Opens `file:///directory` (made if missing) or `s3://bucket/prefix`. No request is sent yet.
    pub fn open(url: &str, s3: &S3Options) -> Result<Self, OpenError> {
        let timeout = Duration::from_secs(10);
        let Opened { objects, prefix } = open(url, s3, timeout)?;
        Ok(Self {
            objects,
            prefix,
            keys: None,
            timeout,
            limit_bytes: Self::LIMIT_BYTES,
        })
    }

    /// The same store, in which the blobs of a subject are sealed under its key.
    #[must_use]
    pub fn with_keys(mut self, keys: Arc<dyn SubjectKeys>) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Stores the bytes, if they are not stored yet, and answers their name. They are safe when this returns.
    pub async fn put(&self, bytes: Bytes) -> Result<BlobHash, BlobError> {
        let hash = BlobHash::of(&bytes);
        if !self.holds(hash, bytes.len() as u64).await? {
            let path = self.path(hash);
            self.in_time(hash, self.objects.put(&path, PutPayload::from(bytes)))
                .await?;
        }
        Ok(hash)
    }

    /// The bytes, checked against their name.
    pub async fn get(&self, hash: BlobHash) -> Result<Bytes, BlobError> {
        let bytes = self.read(&self.path(hash), hash).await?;
        if BlobHash::of(&bytes) == hash {
            Ok(bytes)
        } else {
            Err(BlobError::Corrupt(hash))
        }
    }

    /// What lies there, whatever it is.
    pub(crate) async fn read(&self, path: &Path, hash: BlobHash) -> Result<Bytes, BlobError> {
        let read = async {
            let found = self.objects.get(path).await?;
            if found.meta.size > self.limit_bytes {
                return Ok(Err(found.meta.size));
            }
            found.bytes().await.map(Ok)
        };
        let read = self.in_time(hash, read).await?;
        read.map_err(|size_bytes| BlobError::TooLarge {
            hash,
            size_bytes,
            limit_bytes: self.limit_bytes,
        })
    }

    /// How long the blob is, in bytes; none if there is no such blob.
    pub async fn size(&self, hash: BlobHash) -> Result<Option<u64>, BlobError> {
        match self
            .in_time(hash, self.objects.head(&self.path(hash)))
            .await
        {
            Ok(meta) => Ok(Some(meta.size)),
            Err(BlobError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether the store answers: for readiness checks.
    pub async fn ping(&self) -> Result<(), BlobError> {
        self.size(BlobHash::of(b"")).await.map(drop)
    }

    /// A blob of the right length is trusted to be whole: writes are atomic, and reads check.
    async fn holds(&self, hash: BlobHash, size_bytes: u64) -> Result<bool, BlobError> {
        Ok(self.size(hash).await? == Some(size_bytes))
    }

    /// Two levels of folders keep directories small.
    fn path(&self, hash: BlobHash) -> Path {
        let name = hash.to_string();
        let (first, second) = (name[..2].to_owned(), name[2..4].to_owned());
        self.prefix.clone().join(first).join(second).join(name)
    }

    pub(crate) async fn in_time<T>(
        &self,
        hash: BlobHash,
        work: impl Future<Output = Result<T, object_store::Error>>,
    ) -> Result<T, BlobError> {
        let limit = self.timeout * 4;
        match tokio::time::timeout(limit, work).await {
            Err(_) => Err(BlobError::TimedOut(limit)),
            Ok(Ok(done)) => Ok(done),
            Ok(Err(object_store::Error::NotFound { .. })) => Err(BlobError::NotFound(hash)),
            Ok(Err(error)) => Err(BlobError::Store(error)),
        }
    }
}
