//! `drape seed`: fills the catalogue with the demo garments, by the same commands as the API's. All ids come from the
//! slugs, so that doing it again changes nothing.

mod catalogue;

use std::{path::Path, sync::Arc};

use anyhow::Context;
use blob_store::BlobStore;
use bytes::Bytes;
use domain::{
    catalog::garment::{AddGarment, AttachPicture, Garment, GarmentRejection, PublishGarment},
    media::picture::{Picture, PictureFormat, Purpose, RecordUpload, StoredPicture},
    shared::PictureId,
};
use futures::{StreamExt, TryStreamExt};
use jetstream_es::{CommandContext, EventLog, ExecuteError, Executor};
use uuid::Uuid;

use self::catalogue::{Entry, Pictures};
use crate::{config::Config, connect};

/// The namespace of all ids that this makes.
const NAMESPACE: Uuid = Uuid::from_u128(0x6472_6170_652d_7365_6564_2d76_3100_0000);
/// Garments at once: the log takes one commit at a time, pictures burn CPU meanwhile.
const AT_ONCE: usize = 4;

struct Seeder {
    garments: Executor<Garment>,
    pictures: Executor<Picture>,
    blobs: BlobStore,
    files: Pictures,
}

/// Seeds, and says what was done.
pub(crate) async fn run(config: &Config, data: Option<&Path>) -> anyhow::Result<String> {
    let (entries, files) = catalogue::load(data)?;
    let (_client, log): (_, EventLog) = connect::event_log(config).await?;
    let seeder = Arc::new(Seeder {
        garments: Executor::new(log.clone(), ()),
        pictures: Executor::new(log, ()),
        blobs: connect::blobs(config)?,
        files,
    });
    let new: Vec<bool> = futures::stream::iter(entries)
        .map(|entry| {
            let seeder = Arc::clone(&seeder);
            async move {
                let slug = entry.details.slug.clone();
                let done = seeder.garment(entry).await;
                done.with_context(|| format!("cannot seed {slug}"))
            }
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    let added = new.iter().filter(|new| **new).count();
    Ok(format!("{} garments, {added} of them new\n", new.len()))
}

impl Seeder {
    /// Whether it was new.
    async fn garment(&self, entry: Entry) -> anyhow::Result<bool> {
        let slug = entry.details.slug.as_str().to_owned();
        let garment = id(&format!("garment/{slug}")).to_string();
        let add = AddGarment {
            details: entry.details,
            price: entry.price,
        };
        let added = self
            .garments
            .execute(&garment, add.into(), context(&garment, "add"))
            .await;
        let new = match added {
            Ok(outcome) => outcome.written,
            // A merchandiser may have changed it since: it stays as it is.
            Err(ExecuteError::Rejected(GarmentRejection::AddGarment(_))) => false,
            Err(error) => return Err(error.into()),
        };
        if !new
            && self
                .garments
                .load(&garment)
                .await?
                .aggregate
                .picture()
                .is_some()
        {
            return Ok(false);
        }
        let picture = self.picture(&slug, &entry.picture).await?;
        let attach = AttachPicture { picture };
        self.garments
            .execute(&garment, attach.into(), context(&garment, "attach"))
            .await?;
        self.garments
            .execute(
                &garment,
                PublishGarment {}.into(),
                context(&garment, "publish"),
            )
            .await?;
        Ok(new)
    }

    async fn picture(&self, slug: &str, file: &str) -> anyhow::Result<PictureId> {
        let bytes: Bytes = self.files.read(file)?;
        let normalised = tokio::task::spawn_blocking(move || imaging::normalise(&bytes)).await??;
        let size_bytes = normalised.bytes.len() as u64;
        let blob = self.blobs.put(normalised.bytes).await?;
        let upload = RecordUpload {
            purpose: Purpose::Catalogue,
            owner: None,
            consent: None,
            original: StoredPicture {
                blob: domain::shared::BlobHash::parse(&blob.to_string())?,
                format: match normalised.format {
                    imaging::Format::Jpeg => PictureFormat::Jpeg,
                    imaging::Format::Png => PictureFormat::Png,
                    imaging::Format::WebP => PictureFormat::Webp,
                },
                width_px: normalised.width_px,
                height_px: normalised.height_px,
                size_bytes,
            },
        };
        let picture = id(&format!("picture/{slug}/{blob}"));
        let text = picture.to_string();
        self.pictures
            .execute(&text, upload.into(), context(&text, "upload"))
            .await?;
        Ok(PictureId::new(picture))
    }
}

fn id(name: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

fn context(aggregate: &str, step: &str) -> CommandContext {
    CommandContext::new(id(&format!("{aggregate}/{step}")).to_string())
}
