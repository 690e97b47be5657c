//! One upload, from its event to its renditions.

use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use blob_store::{BlobError, BlobStore, Blobs, Owned};
use domain::{
    media::picture::{
        Picture, PictureCommand, PictureRejection, Progress, Purpose, RENDITION_WIDTHS_PX,
        RecordProcessed, RefusePicture, Rendition, Upload, WIDEST_RENDITION_PX,
    },
    shared::{IdError, PictureId},
};
use imaging::{Limits, PictureError, Placeholder};
use jetstream_es::{CommandContext, Commit, ExecuteError, Executor, LogError};
use thiserror::Error;
use tracing::info;

use crate::{
    Signing, SigningError,
    pool::{Pool, PoolError},
    stored::{StoreError, address, rendition_format, rendition_media_type, store},
};

/// Trouble that is not the picture's fault: the upload is worked on again later.
#[derive(Debug, Error)]
pub(crate) enum Trouble {
    #[error("the log cannot be read")]
    Log(#[from] LogError),
    #[error("the picture did not take the command")]
    Execute(#[from] ExecuteError<PictureRejection>),
    #[error("the original cannot be read")]
    Blob(#[from] BlobError),
    #[error("a rendition cannot be stored")]
    Store(#[from] StoreError),
    #[error("the picture was not worked on")]
    Pool(#[from] PoolError),
    #[error(transparent)]
    Signing(#[from] SigningError),
    #[error("a picture is named by something else than a UUID")]
    Id(#[from] IdError),
}

/// Everything that processing needs. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Processor {
    pub(crate) pictures: Executor<Picture>,
    pub(crate) blobs: BlobStore,
    pub(crate) signing: Signing,
    pub(crate) pool: Pool,
}

impl Processor {
    /// Works on a commit of a picture. Only an upload and a removal are work; doing it twice is doing it once.
    pub(crate) async fn work(&self, commit: &Commit) -> Result<(), Trouble> {
        let holds = |name| commit.events.iter().any(|event| event.event_type == name);
        if holds("PictureRemoved") {
            self.remove(&commit.aggregate_id).await
        } else if holds("PictureUploaded") {
            self.process(&commit.aggregate_id).await
        } else {
            Ok(())
        }
    }

    async fn process(&self, id: &str) -> Result<(), Trouble> {
        let picture = self.pictures.load(id).await?.aggregate;
        let Some(upload) = picture
            .upload()
            .filter(|_| picture.progress() == Progress::Uploaded)
        else {
            return Ok(());
        };
        let Ok(original) = address(&upload.original.blob) else {
            return self
                .refuse(
                    id,
                    "picture-lost",
                    "The picture's address is damaged. Upload it again.",
                )
                .await;
        };
        let owned = owned(upload, id)?;
        let blobs = self.blobs.of(owned);
        let bytes = match blobs.get(original).await {
            Ok(bytes) => bytes,
            // There is nobody any more whom it could be shown to.
            Err(BlobError::Erased(_)) => return Ok(()),
            Err(BlobError::NotFound(_) | BlobError::Corrupt(_) | BlobError::TooLarge { .. }) => {
                return self
                    .refuse(
                        id,
                        "picture-lost",
                        "The stored picture is damaged. Upload it again.",
                    )
                    .await;
            }
            Err(
                error @ (BlobError::TimedOut(_)
                | BlobError::Store(_)
                | BlobError::Keys(_)
                | BlobError::NotSealed(_)),
            ) => return Err(error.into()),
        };
        // On a ground of some colour a cut-out would be none.
        let in_formats = match upload.purpose {
            Purpose::Cutout => imaging::transparent_renditions,
            Purpose::Catalogue | Purpose::Person | Purpose::Result => imaging::renditions,
        };
        let made = self.pool.run(move || {
            let picture = imaging::decode_for_width(&bytes, &Limits::STORED, WIDEST_RENDITION_PX)?;
            let renditions = in_formats(&picture, &RENDITION_WIDTHS_PX)?;
            Ok::<_, PictureError>((renditions, imaging::placeholder(&picture)?))
        });
        match made.await? {
            Ok((renditions, placeholder)) => {
                let renditions = if upload.purpose == Purpose::Result {
                    self.sign(renditions).await?
                } else {
                    renditions
                };
                let made = self.record(id, blobs, owned.is_some(), renditions, placeholder);
                made.await
            }
            Err(error) => self.refuse(id, error.code(), &error.to_string()).await,
        }
    }

    /// What is made anew from a signed file is no longer signed.
    async fn sign(
        &self,
        made: Vec<imaging::Rendition>,
    ) -> Result<Vec<imaging::Rendition>, SigningError> {
        let mut signed = Vec::with_capacity(made.len());
        for mut rendition in made {
            if let Some(media_type) = rendition_media_type(rendition.format) {
                rendition.bytes = self.signing.sign(rendition.bytes, media_type).await?;
            }
            signed.push(rendition);
        }
        Ok(signed)
    }

    /// Deletes the bytes of a picture that was removed.
    async fn remove(&self, id: &str) -> Result<(), Trouble> {
        let picture = self.pictures.load(id).await?.aggregate;
        if let Some(upload) = picture.upload()
            && let Some(owned) = owned(upload, id)?
        {
            let blobs = self.blobs.remove(owned).await?;
            info!(picture.id = id, blobs, "picture {id} is removed");
        }
        Ok(())
    }

    async fn record(
        &self,
        id: &str,
        blobs: Blobs<'_>,
        is_private: bool,
        made: Vec<imaging::Rendition>,
        placeholder: Placeholder,
    ) -> Result<(), Trouble> {
        let mut renditions = Vec::with_capacity(made.len());
        for rendition in made {
            let stored = store(
                blobs,
                rendition.bytes,
                rendition_format(rendition.format),
                rendition.width_px,
                rendition.height_px,
            )
            .await?;
            renditions.push(Rendition {
                name: rendition.name,
                stored,
            });
        }
        info!(
            picture.id = id,
            "picture {id} has {} renditions",
            renditions.len()
        );
        self.append(
            id,
            "processed",
            RecordProcessed {
                renditions,
                mean_colour: placeholder.mean_colour.to_string(),
                // The log is for good, and this is a picture, if a blurred one.
                thumbhash: (!is_private).then(|| BASE64.encode(placeholder.thumbhash)),
            }
            .into(),
        )
        .await?;
        // It may have been removed while they were made.
        if self.pictures.load(id).await?.aggregate.progress() == Progress::Removed {
            self.remove(id).await?;
        }
        Ok(())
    }

    async fn refuse(&self, id: &str, reason: &str, detail: &str) -> Result<(), Trouble> {
        info!(picture.id = id, reason, "picture {id} is refused");
        let refuse = RefusePicture {
            reason: reason.to_owned(),
            detail: detail.to_owned(),
        };
        self.append(id, "refused", refuse.into()).await
    }

    /// A rejection means that another instance was faster.
    async fn append(&self, id: &str, what: &str, command: PictureCommand) -> Result<(), Trouble> {
        let context = CommandContext::new(format!("{id}-{what}"))
            .with_actor("image-processor")
            .with_correlation_id(id);
        match self.pictures.execute(id, command, context).await {
            Ok(_) | Err(ExecuteError::Rejected(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whose the picture's blobs are, and what they are part of.
fn owned(upload: &Upload, id: &str) -> Result<Option<Owned>, IdError> {
    let Some(owner) = upload.owner else {
        return Ok(None);
    };
    let item = id.parse().map(PictureId::as_uuid)?;
    let subject = owner.as_uuid();
    Ok(Some(Owned { subject, item }))
}
