//! What there is one of, under a name that does not follow from its bytes.

use bytes::Bytes;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, path::Path};
use uuid::Uuid;

use crate::{BlobError, BlobHash, BlobStore, SealingKey};

impl BlobStore {
    /// What was kept first under this name, sealed under the subject's key in a store with keys; none if nothing was.
    pub async fn kept(&self, subject: Uuid, name: &str) -> Result<Option<Bytes>, BlobError> {
        let id = BlobHash::of(name.as_bytes());
        let sealed = match self.read(&self.place(name), id).await {
            Ok(sealed) => sealed,
            Err(BlobError::NotFound(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let Some(key) = self.key_of(subject, id, false).await? else {
            return Ok(Some(sealed));
        };
        let opened = key.open(name.as_bytes(), &sealed);
        let opened = opened.map_err(|_| BlobError::Corrupt(id))?;
        Ok(Some(opened.into()))
    }

    /// Keeps this under a name unless something is kept there, and answers what is: of several who try at the same time, all are told
    /// the same.
    pub async fn keep_first(
        &self,
        subject: Uuid,
        name: &str,
        bytes: Bytes,
    ) -> Result<Bytes, BlobError> {
        let id = BlobHash::of(name.as_bytes());
        let sealed = match self.key_of(subject, id, true).await? {
            Some(key) => {
                let sealed = key.seal(name.as_bytes(), &bytes);
                sealed.map_err(|_| BlobError::NotSealed(id))?.into()
            }
            None => bytes,
        };
        let place = self.place(name);
        let options = PutOptions::from(PutMode::Create);
        let put = async {
            let payload = PutPayload::from(sealed);
            match self
                .objects
                .put_opts(&place, payload.clone(), options)
                .await
            {
                Ok(_) | Err(object_store::Error::AlreadyExists { .. }) => Ok(()),
                // A bucket that knows no conditions: the last one wins, and all read it below.
                Err(object_store::Error::NotImplemented { .. }) => {
                    self.objects.put(&place, payload).await.map(drop)
                }
                Err(error) => Err(error),
            }
        };
        self.in_time(id, put).await?;
        self.kept(subject, name)
            .await?
            .ok_or(BlobError::NotFound(id))
    }

    async fn key_of(
        &self,
        subject: Uuid,
        id: BlobHash,
        make: bool,
    ) -> Result<Option<SealingKey>, BlobError> {
        let Some(keys) = &self.keys else {
            return Ok(None);
        };
        let key = keys.key(subject, make).await.map_err(BlobError::Keys)?;
        key.map(Some).ok_or(BlobError::Erased(id))
    }

    fn place(&self, name: &str) -> Path {
        self.prefix.clone().join("kept").join(name)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::{FindingKey, S3Options, SubjectKeys};

    #[derive(Debug, Default)]
    struct Keys(Mutex<Option<SealingKey>>);

    impl SubjectKeys for Keys {
        fn key(&self, _: Uuid, make: bool) -> FindingKey<'_> {
            let mut key = self.0.lock().unwrap();
            if make && key.is_none() {
                *key = Some(SealingKey::random().unwrap());
            }
            let key = key.clone();
            Box::pin(async move { Ok(key) })
        }
    }

    const ME: Uuid = Uuid::from_u128(1);

    fn store(folder: &tempfile::TempDir) -> BlobStore {
        let url = format!("file://{}", folder.path().display());
        BlobStore::open(&url, &S3Options::default()).unwrap()
    }

    #[tokio::test]
    async fn what_was_kept_first_stays() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder);
        assert_eq!(store.kept(ME, "a").await.unwrap(), None);
        let keep = |text: &'static str| store.keep_first(ME, "a", text.into());
        assert_eq!(keep("one").await.unwrap(), "one");
        assert_eq!(keep("two").await.unwrap(), "one");
        assert_eq!(store.kept(ME, "a").await.unwrap().unwrap(), "one");
        assert_eq!(store.kept(ME, "b").await.unwrap(), None);
    }

    #[tokio::test]
    async fn in_a_store_with_keys_it_is_sealed() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder).with_keys(Arc::new(Keys::default()));
        let kept = store.keep_first(ME, "a", "secret".into()).await.unwrap();
        assert_eq!(kept, "secret");
        let file = std::fs::read(folder.path().join("kept/a")).unwrap();
        assert!(!file.windows(6).any(|window| window == b"secret"));
        let other = store.with_keys(Arc::new(Keys(Mutex::new(Some(
            SealingKey::random().unwrap(),
        )))));
        assert!(matches!(
            other.kept(ME, "a").await,
            Err(BlobError::Corrupt(_))
        ));
    }
}
