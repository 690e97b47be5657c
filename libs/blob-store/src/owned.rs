//! The blobs of one subject.

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, path::Path};
use uuid::Uuid;

use crate::{BlobError, BlobHash, BlobStore, SealingKey, sealing::OVERHEAD};

/// The blobs of one thing that belongs to a subject, or to nobody in particular.
///
/// A blob of a subject is sealed under the subject's key in a folder of the subject's, and named by what it is part of and by the
/// SHA-256 of what was sealed: two things never share a blob, so one can be removed without the other. In a store without keys it
/// lies there like any other.
#[derive(Debug, Clone, Copy)]
pub struct Blobs<'a> {
    store: &'a BlobStore,
    owned: Option<Owned>,
}

/// Whose a blob is, and what it is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owned {
    /// Under whose key it is sealed.
    pub subject: Uuid,
    /// Which thing of theirs it is part of.
    pub item: Uuid,
}

impl BlobStore {
    /// The blobs of one thing that belongs to a subject; those of nobody without one.
    pub fn of(&self, owned: Option<Owned>) -> Blobs<'_> {
        Blobs {
            store: self,
            owned: owned.filter(|_| self.keys.is_some()),
        }
    }

    /// Deletes all blobs of a subject; says how many there were. Its key is deleted by whoever keeps the keys.
    pub async fn erase(&self, subject: Uuid) -> Result<usize, BlobError> {
        self.delete(subject, |_| true).await
    }

    /// Deletes the blobs of one thing of a subject's; says how many there were. In a store without keys nobody knows whose a blob is:
    /// nothing is deleted there.
    pub async fn remove(&self, owned: Owned) -> Result<usize, BlobError> {
        let start = owned.start();
        self.delete(owned.subject, move |name| name.starts_with(&start))
            .await
    }

    /// Deletes the blobs of a subject whose names are wanted.
    async fn delete(
        &self,
        subject: Uuid,
        is_wanted: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Result<usize, BlobError> {
        let nobody = BlobHash::of(b"");
        let folder = self.folder(subject);
        let work = async {
            let found = self.objects.list(Some(&folder));
            let places = found.map_ok(|meta| meta.location);
            let places = places.try_filter(move |place| {
                std::future::ready(place.filename().is_some_and(&is_wanted))
            });
            let mut deletions = self.objects.delete_stream(places.boxed());
            let mut count = 0;
            while let Some(deleted) = deletions.next().await {
                match deleted {
                    Ok(_) => count += 1,
                    // Another process was faster.
                    Err(object_store::Error::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(count)
        };
        self.in_time(nobody, work).await
    }

    fn folder(&self, subject: Uuid) -> Path {
        self.prefix.clone().join("sealed").join(subject.to_string())
    }
}

impl Owned {
    /// How the names of its blobs begin.
    fn start(self) -> String {
        format!("{}.", self.item)
    }
}

impl Blobs<'_> {
    /// Stores the bytes, if they are not stored yet, and answers their name. They are safe when this returns.
    pub async fn put(&self, bytes: Bytes) -> Result<BlobHash, BlobError> {
        let Some(owned) = self.owned else {
            return self.store.put(bytes).await;
        };
        let hash = BlobHash::of(&bytes);
        let path = self.path(owned, hash);
        // Here too a file of the right length is trusted to be whole: writes are atomic, and reads check.
        let wanted = bytes.len() as u64 + OVERHEAD;
        match self
            .store
            .in_time(hash, self.store.objects.head(&path))
            .await
        {
            Ok(meta) if meta.size == wanted => return Ok(hash),
            Ok(_) | Err(BlobError::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
        let key = self.key(owned.subject, hash, true).await?;
        let sealed = key.seal(hash.as_bytes(), &bytes);
        let sealed = sealed.map_err(|_| BlobError::NotSealed(hash))?;
        let put = self.store.objects.put(&path, PutPayload::from(sealed));
        self.store.in_time(hash, put).await?;
        Ok(hash)
    }

    /// The bytes, checked against their name. What was stored before there were keys, or before blobs were part of something, is found
    /// too.
    pub async fn get(&self, hash: BlobHash) -> Result<Bytes, BlobError> {
        let Some(owned) = self.owned else {
            return self.store.get(hash).await;
        };
        let Some(sealed) = self.find(owned, hash).await? else {
            return self.get_unsealed(owned.subject, hash).await;
        };
        let key = self.key(owned.subject, hash, false).await?;
        let opened = key.open(hash.as_bytes(), &sealed);
        let bytes = Bytes::from(opened.map_err(|_| BlobError::Corrupt(hash))?);
        if BlobHash::of(&bytes) == hash {
            Ok(bytes)
        } else {
            Err(BlobError::Corrupt(hash))
        }
    }

    /// What lies there sealed.
    async fn find(&self, owned: Owned, hash: BlobHash) -> Result<Option<Bytes>, BlobError> {
        let of_subject = self.store.folder(owned.subject).join(hash.to_string());
        for path in [self.path(owned, hash), of_subject] {
            match self.store.read(&path, hash).await {
                Ok(sealed) => return Ok(Some(sealed)),
                Err(BlobError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// What was stored before there were keys. What is not there either is lost, or went with its subject.
    async fn get_unsealed(&self, subject: Uuid, hash: BlobHash) -> Result<Bytes, BlobError> {
        match self.store.get(hash).await {
            Err(BlobError::NotFound(_)) => {
                self.key(subject, hash, false).await?;
                Err(BlobError::NotFound(hash))
            }
            found => found,
        }
    }

    fn path(&self, owned: Owned, hash: BlobHash) -> Path {
        let name = format!("{}{hash}", owned.start());
        self.store.folder(owned.subject).join(name)
    }

    async fn key(
        &self,
        subject: Uuid,
        hash: BlobHash,
        make: bool,
    ) -> Result<SealingKey, BlobError> {
        let Some(keys) = &self.store.keys else {
            return Err(BlobError::NotSealed(hash));
        };
        let key = keys.key(subject, make).await.map_err(BlobError::Keys)?;
        key.ok_or(BlobError::Erased(hash))
    }
}
