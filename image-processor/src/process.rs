//! One upload, from its event to its renditions.

use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use blob_store::{BlobError, BlobStore, Blobs};
use domain::{
    media::picture::{
        Picture, PictureCommand, PictureRejection, Progress, RENDITION_WIDTHS_PX, RecordProcessed,
        RefusePicture, Rendition, WIDEST_RENDITION_PX,
    },
    shared::AccountId,
};
use imaging::{Limits, PictureError, Placeholder};
use jetstream_es::{CommandContext, Commit, ExecuteError, Executor, LogError};
use thiserror::Error;
use tracing::info;

use crate::{
    pool::{Pool, PoolError},
    stored::{StoreError, address, rendition_format, store},
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
}

/// Everything that processing needs. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Processor {
    pub(crate) pictures: Executor<Picture>,
    pub(crate) blobs: BlobStore,
    pub(crate) pool: Pool,
}

impl Processor {
    /// Works on a commit of a picture. Only an upload is work; doing it twice is doing it once.
    pub(crate) async fn work(&self, commit: &Commit) -> Result<(), Trouble> {
        if !commit
            .events
            .iter()
            .any(|event| event.event_type == "PictureUploaded")
        {
            return Ok(());
        }
        let id = &commit.aggregate_id;
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
        let owner = upload.owner.map(AccountId::as_uuid);
        let blobs = self.blobs.of(owner);
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
        let made = self.pool.run(move || {
            let picture = imaging::decode_for_width(&bytes, &Limits::STORED, WIDEST_RENDITION_PX)?;
            let renditions = imaging::renditions(&picture, &RENDITION_WIDTHS_PX)?;
            Ok::<_, PictureError>((renditions, imaging::placeholder(&picture)?))
        });
        match made.await? {
            Ok((renditions, placeholder)) => {
                let made = self.record(id, blobs, owner.is_some(), renditions, placeholder);
                made.await
            }
            Err(error) => self.refuse(id, error.code(), &error.to_string()).await,
        }
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
        .await
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
