//! Pictures that lie beside the file that names them, in a folder or in a zip.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use blob_store::BlobStore;
use catalogue_feed::Bundle;
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

use super::importer::ImportContext;

/// The namespace of ids that come from a file's bytes. Never changes: a picture is known again by it.
const NAMESPACE: Uuid = Uuid::from_u128(0x6472_6170_652d_6669_6c65_2d76_3100_0000);
/// Pictures that are decoded at the same time: one may need 256 MB.
const DECODERS: usize = 2;
/// The longest file that is taken.
const MOST_BYTES: u64 = 20 << 20;

/// Pictures that a file can name, and where they go.
#[derive(Debug, Clone)]
pub struct PictureFiles {
    place: Place,
    blobs: BlobStore,
    decoders: Arc<Semaphore>,
}

/// Where the pictures lie.
#[derive(Debug, Clone)]
enum Place {
    Folder(PathBuf),
    Bundle(Arc<Bundle>),
}

impl Place {
    /// The file of this name, if it is not too long.
    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(name);
                if fs::metadata(&path)?.len() > MOST_BYTES {
                    return Err(io::Error::other("it is longer than 20 MiB"));
                }
                fs::read(path)
            }
            Self::Bundle(bundle) => bundle.read(name, MOST_BYTES),
        }
    }
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

impl PictureFiles {
    /// Pictures of this folder go into this store.
    pub fn in_folder(folder: PathBuf, blobs: BlobStore) -> Self {
        Self::new(Place::Folder(folder), blobs)
    }

    /// Pictures of this zip go into this store.
    pub fn in_bundle(bundle: Arc<Bundle>, blobs: BlobStore) -> Self {
        Self::new(Place::Bundle(bundle), blobs)
    }

    fn new(place: Place, blobs: BlobStore) -> Self {
        Self {
            place,
            blobs,
            decoders: Arc::new(Semaphore::new(DECODERS)),
        }
    }

    /// The picture of this name, which is uploaded if it is not here. It is known again by its bytes.
    pub(super) async fn picture(
        &self,
        pictures: &Executor<Picture>,
        name: &str,
        context: &ImportContext,
    ) -> Result<PictureId, PictureFailure> {
        let file = file_name(name)?.to_owned();
        let place = self.place.clone();
        let _turn = self.decoders.acquire().await;
        let reading = tokio::task::spawn_blocking(move || {
            let bytes = place.read(&file)?;
            let hash = hex::encode(Sha256::digest(&bytes));
            Ok::<_, io::Error>((bytes, hash))
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
        record(pictures, id, original, context).await?;
        Ok(id)
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

/// The file that a name or an address means: its last part, so that it leads nowhere but into the place itself.
fn file_name(name: &str) -> Result<&str, PictureFailure> {
    let bare = name.split(['?', '#']).next().unwrap_or_default();
    let last = Path::new(bare).components().next_back();
    let last = match last {
        Some(Component::Normal(file)) => file.to_str(),
        Some(
            Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir,
        )
        | None => None,
    };
    last.ok_or_else(|| PictureFailure::Unusable(format!("{name} names no picture")))
}

async fn record(
    pictures: &Executor<Picture>,
    id: PictureId,
    original: StoredPicture,
    import: &ImportContext,
) -> Result<(), PictureFailure> {
    let upload = RecordUpload {
        purpose: Purpose::Catalogue,
        owner: None,
        original,
        consent: None,
    };
    let id = id.to_string();
    let mut context =
        CommandContext::new(format!("{id}-upload")).with_correlation_id(import.id.to_string());
    context.actor.clone_from(&import.actor);
    let recorded: Result<_, ExecuteError<PictureRejection>> =
        pictures.execute(&id, upload.into(), context).await;
    recorded.map_err(|error| PictureFailure::Store(error.into()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_but_into_the_folder() {
        let of = |name| file_name(name).ok();
        for name in [
            "sand.jpg",
            "https://shop.example/files/sand.jpg?v=17",
            "../../sand.jpg",
            "/etc/sand.jpg",
        ] {
            assert_eq!(of(name), Some("sand.jpg"), "{name}");
        }
        for name in ["", "..", "/", "a/.."] {
            assert_eq!(of(name), None, "{name}");
        }
    }
}
