//! Short texts that belong to a subject, sealed under its key, for whoever keeps them elsewhere: in a log that cannot forget.

use thiserror::Error;
use uuid::Uuid;

use crate::{BlobStore, KeysUnavailable, SealingKey};

/// Why a text is not sealed.
#[derive(Debug, Error)]
pub enum TextError {
    /// The subject was erased.
    #[error("it belongs to somebody who was erased")]
    Erased,
    /// No random bytes, or too many letters.
    #[error("a text cannot be sealed")]
    NotSealed,
    /// The subject's key cannot be had at the moment.
    #[error(transparent)]
    Keys(#[from] KeysUnavailable),
}

/// Opens the texts of one subject.
#[derive(Debug, Clone)]
pub struct TextKey(Option<SealingKey>);

impl BlobStore {
    /// Seals a text of a subject's; the same text about the same thing becomes the same digits. `about` is not in them and has to be the
    /// same when they are opened. None in a store without keys.
    pub async fn seal_text(
        &self,
        subject: Uuid,
        about: &str,
        text: &str,
    ) -> Result<Option<String>, TextError> {
        let Some(keys) = &self.keys else {
            return Ok(None);
        };
        let key = keys.key(subject, true).await?.ok_or(TextError::Erased)?;
        let sealed = key.seal_alike(about.as_bytes(), text.as_bytes());
        let sealed = sealed.map_err(|_| TextError::NotSealed)?;
        Ok(Some(hex::encode(sealed)))
    }

    /// What opens the texts of a subject: nothing, once it was erased.
    pub async fn text_key(&self, subject: Uuid) -> Result<TextKey, KeysUnavailable> {
        let Some(keys) = &self.keys else {
            return Ok(TextKey(None));
        };
        Ok(TextKey(keys.key(subject, false).await?))
    }
}

impl TextKey {
    /// The text that was sealed about this; none where the key is gone, or it was sealed for somebody else.
    pub fn open(&self, about: &str, digits: &str) -> Option<String> {
        let key = self.0.as_ref()?;
        let opened = key.open(about.as_bytes(), &hex::decode(digits).ok()?);
        String::from_utf8(opened.ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::{FindingKey, S3Options, SubjectKeys};

    /// A key for everybody, until they are all gone.
    #[derive(Debug)]
    struct Keys(Mutex<Option<SealingKey>>);

    impl SubjectKeys for Keys {
        fn key(&self, _: Uuid, _: bool) -> FindingKey<'_> {
            let key = self.0.lock().unwrap().clone();
            Box::pin(async move { Ok(key) })
        }
    }

    #[tokio::test]
    async fn a_text_is_gone_with_its_subject() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("file://{}", folder.path().display());
        let store = BlobStore::open(&url, &S3Options::default()).unwrap();
        let me = Uuid::from_u128(1);
        assert_eq!(store.seal_text(me, "a", "Office").await.unwrap(), None);
        let keys = Arc::new(Keys(Mutex::new(Some(SealingKey::random().unwrap()))));
        let store = store.with_keys(keys.clone());
        let seal = || store.seal_text(me, "a", "Office");
        let digits = seal().await.unwrap().unwrap();
        assert_eq!(seal().await.unwrap().as_ref(), Some(&digits));
        let key = store.text_key(me).await.unwrap();
        assert_eq!(key.open("a", &digits).as_deref(), Some("Office"));
        for (about, digits) in [("b", digits.as_str()), ("a", "00"), ("a", "x"), ("a", "")] {
            assert_eq!(key.open(about, digits), None, "{about} {digits}");
        }
        keys.0.lock().unwrap().take();
        let key = store.text_key(me).await.unwrap();
        assert_eq!(key.open("a", &digits), None);
        assert!(matches!(seal().await, Err(TextError::Erased)));
    }
}
