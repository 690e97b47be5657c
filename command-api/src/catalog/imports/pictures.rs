//! Pictures that lie in a folder beside the file that names them.

use std::{
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use blob_store::BlobStore;
use domain::{
    media::picture::{
        Picture, PictureFormat, PictureRejection, Purpose, RecordUpload, StoredPicture,
    },
    shared::{BlobHash, PictureId},
};
use jetstream_es::{CommandContext, ExecuteError, Executor, LogError};
use sha2::{Digest, Sha256};
use thiserror::Error;
use tokio::sync::Semaphore;
use uuid::Uuid;

/// The namespace of ids that come from a file's bytes. Never changes: a picture is known again by it.
const NAMESPACE: Uuid = Uuid::from_u128(0x6472_6170_652d_6669_6c65_2d76_3100_0000);
/// Pictures that are decoded at the same time: one may need 256 MB.
const DECODERS: usize = 2;
/// The longest file that is taken.
const MOST_BYTES: u64 = 20 << 20;

/// A folder of pictures, and where they go.
#[derive(Debug, Clone)]
pub struct PictureFolder {
    folder: PathBuf,
    blobs: BlobStore,
    decoders: Arc<Semaphore>,
}

/// Why a picture is not taken.
#[derive(Debug, Error)]
pub(super) enum PictureFailure {
    /// The row's owner can do something about it.
    #[error("{0}")]
    Unusable(String),
    /// The log is out of reach.
    #[error("the log is out of reach")]
    Log(#[from] LogError),
    /// So is the store of pictures.
    #[error("the picture cannot be stored")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl PictureFolder {
    /// Pictures of this folder go into this store.
    pub fn new(folder: PathBuf, blobs: BlobStore) -> Self {
        Self {
            folder,
            blobs,
            decoders: Arc::new(Semaphore::new(DECODERS)),
        }
    }

    /// The picture of this name, which is uploaded if it is not here. It is known again by its bytes.
    pub(super) async fn picture(
        &self,
        pictures: &Executor<Picture>,
        name: &str,
    ) -> Result<PictureId, PictureFailure> {
        let path = self.place(name)?;
        let _turn = self.decoders.acquire().await;
        let reading = tokio::task::spawn_blocking(move || {
            let size = std::fs::metadata(&path)?.len();
            if size > MOST_BYTES {
                return Err(std::io::Error::other("it is longer than 20 MiB"));
            }
            let bytes = std::fs::read(&path)?;
            let hash = hex::encode(Sha256::digest(&bytes));
            Ok((bytes, hash))
        });
        let unread = |error: &dyn std::fmt::Display| {
            PictureFailure::Unusable(format!("{name} cannot be read: {error}"))
        };
        let (bytes, hash) = reading
            .await
            .map_err(|error| unread(&error))?
            .map_err(|error| unread(&error))?;
        let id = PictureId::new(Uuid::new_v5(&NAMESPACE, hash.as_bytes()));
        if pictures.load(&id.to_string()).await?.version > 0 {
            return Ok(id);
        }
        let decoding = tokio::task::spawn_blocking(move || imaging::normalise(&bytes));
        let normalised = decoding
            .await
            .map_err(|error| unread(&error))?
            .map_err(|error| unread(&error))?;
        let original = self.store(normalised).await?;
        record(pictures, id, original).await?;
        Ok(id)
    }

    /// Where a picture of this name or address lies: only in the folder itself.
    fn place(&self, name: &str) -> Result<PathBuf, PictureFailure> {
        let bare = name.split(['?', '#']).next().unwrap_or_default();
        let last = Path::new(bare).components().next_back();
        match last {
            Some(Component::Normal(file)) => Ok(self.folder.join(file)),
            Some(
                Component::Prefix(_)
                | Component::RootDir
                | Component::CurDir
                | Component::ParentDir,
            )
            | None => Err(PictureFailure::Unusable(format!("{name} names no picture"))),
        }
    }

    async fn store(&self, picture: imaging::Normalised) -> Result<StoredPicture, PictureFailure> {
        let size_bytes = picture.bytes.len() as u64;
        let hash = self.blobs.put(picture.bytes).await;
        let hash = hash.map_err(|error| PictureFailure::Store(error.into()))?;
        let blob = BlobHash::parse(&hash.to_string());
        Ok(StoredPicture {
            blob: blob.map_err(|error| PictureFailure::Store(error.into()))?,
            format: match picture.format {
                imaging::Format::Jpeg => PictureFormat::Jpeg,
                imaging::Format::Png => PictureFormat::Png,
                imaging::Format::WebP => PictureFormat::Webp,
            },
            width_px: picture.width_px,
            height_px: picture.height_px,
            size_bytes,
        })
    }
}

async fn record(
    pictures: &Executor<Picture>,
    id: PictureId,
    original: StoredPicture,
) -> Result<(), PictureFailure> {
    let upload = RecordUpload {
        purpose: Purpose::Catalogue,
        owner: None,
        original,
        consent: None,
    };
    let id = id.to_string();
    let context = CommandContext::new(format!("{id}-upload"));
    let recorded: Result<_, ExecuteError<PictureRejection>> =
        pictures.execute(&id, upload.into(), context).await;
    recorded.map_err(|error| PictureFailure::Store(error.into()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use blob_store::S3Options;

    use super::*;

    #[test]
    fn a_name_leads_nowhere_but_into_the_folder() {
        let beside = tempfile::tempdir().unwrap();
        let store = format!("file://{}", beside.path().display());
        let blobs = BlobStore::open(&store, &S3Options::default()).unwrap();
        let folder = PictureFolder::new("pictures".into(), blobs);
        let of = |name: &str| folder.place(name).ok();
        let sand = Some(PathBuf::from("pictures/sand.jpg"));
        for name in [
            "sand.jpg",
            "https://shop.example/files/sand.jpg?v=17",
            "../../sand.jpg",
            "/etc/sand.jpg",
        ] {
            assert_eq!(of(name), sand, "{name}");
        }
        for name in ["", "..", "/", "a/.."] {
            assert_eq!(of(name), None, "{name}");
        }
    }
}
