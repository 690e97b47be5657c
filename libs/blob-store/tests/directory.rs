//! Blobs on a directory.
#![expect(clippy::unwrap_used, reason = "test")]

use blob_store::{BlobError, BlobHash, BlobStore, OpenError, S3Options};
use bytes::Bytes;

fn open(directory: &std::path::Path) -> BlobStore {
    BlobStore::open(
        &format!("file://{}", directory.display()),
        &S3Options::default(),
    )
    .unwrap()
}

fn path_of(directory: &std::path::Path, hash: BlobHash) -> std::path::PathBuf {
    let name = hash.to_string();
    directory.join(&name[..2]).join(&name[2..4]).join(name)
}

#[tokio::test]
async fn a_blob_reads_back_as_written() {
    let directory = tempfile::tempdir().unwrap();
    let blobs = open(directory.path());
    let bytes = Bytes::from_static(b"some picture");

    let hash = blobs.put(bytes.clone()).await.unwrap();

    assert_eq!(hash, BlobHash::of(&bytes));
    assert_eq!(blobs.get(hash).await.unwrap(), bytes);
    assert_eq!(blobs.size(hash).await.unwrap(), Some(12));
    assert_eq!(open(directory.path()).get(hash).await.unwrap(), bytes);
}

#[tokio::test]
async fn the_same_bytes_are_stored_once() {
    let directory = tempfile::tempdir().unwrap();
    let blobs = open(directory.path());
    let hash = blobs.put(Bytes::from_static(b"twice")).await.unwrap();
    let written = std::fs::metadata(path_of(directory.path(), hash))
        .unwrap()
        .modified()
        .unwrap();

    assert_eq!(blobs.put(Bytes::from_static(b"twice")).await.unwrap(), hash);

    let after = std::fs::metadata(path_of(directory.path(), hash))
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(written, after);
}

#[tokio::test]
async fn an_unknown_blob_is_not_found() {
    let directory = tempfile::tempdir().unwrap();
    let blobs = open(directory.path());
    let hash = BlobHash::of(b"never written");

    assert!(matches!(blobs.get(hash).await, Err(BlobError::NotFound(missing)) if missing == hash));
    assert_eq!(blobs.size(hash).await.unwrap(), None);
    blobs.ping().await.unwrap();
}

#[tokio::test]
async fn a_damaged_blob_is_an_error_and_a_torn_one_is_written_again() {
    let directory = tempfile::tempdir().unwrap();
    let blobs = open(directory.path());
    let hash = blobs.put(Bytes::from_static(b"whole")).await.unwrap();

    std::fs::write(path_of(directory.path(), hash), b"whOle").unwrap();
    assert!(matches!(blobs.get(hash).await, Err(BlobError::Corrupt(damaged)) if damaged == hash));

    std::fs::write(path_of(directory.path(), hash), b"who").unwrap();
    blobs.put(Bytes::from_static(b"whole")).await.unwrap();
    assert_eq!(blobs.get(hash).await.unwrap(), "whole");
}

#[test]
fn other_addresses_are_refused() {
    for url in [
        "",
        "file://relative",
        "/tmp/blobs",
        "http://host/bucket",
        "s3://",
    ] {
        match BlobStore::open(url, &S3Options::default()) {
            Err(OpenError::UnknownUrl { url: named }) => assert_eq!(named, url),
            other => panic!("{url:?} gave {other:?}"),
        }
    }
}
