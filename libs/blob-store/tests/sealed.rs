//! Blobs that belong to somebody.
#![expect(clippy::unwrap_used, reason = "test")]

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex},
};

use blob_store::{BlobError, BlobStore, FindingKey, Owned, S3Options, SealingKey, SubjectKeys};
use bytes::Bytes;
use uuid::Uuid;

const ANNA: Uuid = Uuid::from_u128(1);
const BERT: Uuid = Uuid::from_u128(2);
const PHOTO: Bytes = Bytes::from_static(b"a photo of somebody's face");

/// Keys in memory; none for an erased subject.
#[derive(Debug, Default)]
struct Keys(Mutex<BTreeMap<Uuid, Option<SealingKey>>>);

impl SubjectKeys for Keys {
    fn key(&self, subject: Uuid, make: bool) -> FindingKey<'_> {
        let mut keys = self.0.lock().unwrap();
        if make {
            let key = || Some(SealingKey::random().unwrap());
            keys.entry(subject).or_insert_with(key);
        }
        let found = keys.get(&subject).cloned().flatten();
        Box::pin(std::future::ready(Ok(found)))
    }
}

/// The one thing of somebody's that most tests are about.
fn portrait_of(subject: Uuid) -> Owned {
    Owned {
        subject,
        item: Uuid::from_u128(3),
    }
}

fn open(directory: &Path, keys: &Arc<Keys>) -> BlobStore {
    let url = format!("file://{}", directory.display());
    let store = BlobStore::open(&url, &S3Options::default()).unwrap();
    store.with_keys(Arc::clone(keys) as Arc<dyn SubjectKeys>)
}

fn file(directory: &Path, subject: Uuid) -> std::path::PathBuf {
    let folder = directory.join("sealed").join(subject.to_string());
    let mut files = std::fs::read_dir(folder).unwrap();
    files.next().unwrap().unwrap().path()
}

#[tokio::test]
async fn what_belongs_to_somebody_reads_back_and_lies_there_as_noise() {
    let (directory, keys) = (tempfile::tempdir().unwrap(), Arc::new(Keys::default()));
    let store = open(directory.path(), &keys);
    let hash = store.of(Some(portrait_of(ANNA))).put(PHOTO).await.unwrap();
    assert_eq!(
        store.of(Some(portrait_of(ANNA))).put(PHOTO).await.unwrap(),
        hash
    );
    assert_eq!(
        store.of(Some(portrait_of(ANNA))).get(hash).await.unwrap(),
        PHOTO
    );
    let lies = std::fs::read(file(directory.path(), ANNA)).unwrap();
    assert!(!lies.windows(5).any(|window| window == b"photo"));
    // The same picture of another person is another file, and nobody's picture is none of theirs.
    let others = Bytes::from_static(b"a photo of somebody else");
    store.of(Some(portrait_of(BERT))).put(others).await.unwrap();
    for other in [Some(BERT), None] {
        let found = store.of(other.map(portrait_of)).get(hash).await;
        assert!(matches!(found, Err(BlobError::NotFound(_))), "{found:?}");
    }
}

#[tokio::test]
async fn a_sealed_blob_that_was_changed_is_no_answer() {
    let (directory, keys) = (tempfile::tempdir().unwrap(), Arc::new(Keys::default()));
    let store = open(directory.path(), &keys);
    let hash = store.of(Some(portrait_of(ANNA))).put(PHOTO).await.unwrap();
    let file = file(directory.path(), ANNA);
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[30] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let found = store.of(Some(portrait_of(ANNA))).get(hash).await;
    assert!(matches!(found, Err(BlobError::Corrupt(_))), "{found:?}");
}

#[tokio::test]
async fn without_its_key_a_blob_is_lost_and_nothing_new_is_stored() {
    let (directory, keys) = (tempfile::tempdir().unwrap(), Arc::new(Keys::default()));
    let store = open(directory.path(), &keys);
    let hash = store.of(Some(portrait_of(ANNA))).put(PHOTO).await.unwrap();
    keys.0.lock().unwrap().insert(ANNA, None);
    let found = store.of(Some(portrait_of(ANNA))).get(hash).await;
    assert!(matches!(found, Err(BlobError::Erased(_))), "{found:?}");
    let late = store
        .of(Some(portrait_of(ANNA)))
        .put(Bytes::from_static(b"late"))
        .await;
    assert!(matches!(late, Err(BlobError::Erased(_))), "{late:?}");
}

#[tokio::test]
async fn erasing_somebody_deletes_theirs_and_nobody_elses() {
    let (directory, keys) = (tempfile::tempdir().unwrap(), Arc::new(Keys::default()));
    let store = open(directory.path(), &keys);
    for number in 0..20_u8 {
        let blob = Bytes::from(vec![number; 100]);
        store.of(Some(portrait_of(ANNA))).put(blob).await.unwrap();
    }
    let other = store.of(Some(portrait_of(BERT))).put(PHOTO).await.unwrap();
    let public = store.put(PHOTO).await.unwrap();
    assert_eq!(store.erase(ANNA).await.unwrap(), 20);
    assert_eq!(store.erase(ANNA).await.unwrap(), 0);
    assert_eq!(
        store.of(Some(portrait_of(BERT))).get(other).await.unwrap(),
        PHOTO
    );
    assert_eq!(store.get(public).await.unwrap(), PHOTO);
}

#[tokio::test]
async fn what_was_stored_before_there_were_keys_is_still_found() {
    let (directory, keys) = (tempfile::tempdir().unwrap(), Arc::new(Keys::default()));
    let store = open(directory.path(), &keys);
    let hash = store.put(PHOTO).await.unwrap();
    assert_eq!(
        store.of(Some(portrait_of(ANNA))).get(hash).await.unwrap(),
        PHOTO
    );
}

#[tokio::test]
async fn one_thing_of_somebodys_goes_without_another() {
    let (directory, keys) = (tempfile::tempdir().unwrap(), Arc::new(Keys::default()));
    let store = open(directory.path(), &keys);
    let twice = Owned {
        subject: ANNA,
        item: Uuid::from_u128(4),
    };
    // The same photo, uploaded twice.
    let hash = store.of(Some(portrait_of(ANNA))).put(PHOTO).await.unwrap();
    store.of(Some(twice)).put(PHOTO).await.unwrap();
    assert_eq!(store.remove(portrait_of(ANNA)).await.unwrap(), 1);
    assert_eq!(store.remove(portrait_of(ANNA)).await.unwrap(), 0);
    let gone = store.of(Some(portrait_of(ANNA))).get(hash).await;
    assert!(matches!(gone, Err(BlobError::NotFound(_))), "{gone:?}");
    let stays = store.of(Some(twice)).get(hash).await.unwrap();
    assert_eq!(stays, PHOTO);
}

#[tokio::test]
async fn what_was_sealed_before_blobs_were_part_of_something_is_still_found() {
    let (directory, keys) = (tempfile::tempdir().unwrap(), Arc::new(Keys::default()));
    let store = open(directory.path(), &keys);
    let hash = store.of(Some(portrait_of(ANNA))).put(PHOTO).await.unwrap();
    let lies = file(directory.path(), ANNA);
    std::fs::rename(&lies, lies.with_file_name(hash.to_string())).unwrap();
    let found = store.of(Some(portrait_of(ANNA))).get(hash).await.unwrap();
    assert_eq!(found, PHOTO);
}
