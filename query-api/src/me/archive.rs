//! A ZIP archive as a body: one file after another is read as the client takes it, and no file is larger than one picture.

use std::{collections::VecDeque, io};

use async_zip::{
    Compression, ZipDateTime, ZipDateTimeBuilder, ZipEntryBuilder, base::write::ZipFileWriter,
};
use blob_store::{BlobError, BlobStore, Owned};
use bytes::Bytes;
use futures::{Stream, stream};
use time::OffsetDateTime;
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

/// What goes into the archive.
pub(super) enum Entry {
    /// A file that is there.
    File { name: String, bytes: Bytes },
    /// A picture that is yet to be read.
    Picture {
        name: String,
        owner: Uuid,
        picture: Uuid,
        blob: String,
    },
}

/// An archive on its way to one client.
pub(super) struct Archive {
    entries: VecDeque<Entry>,
    blobs: BlobStore,
    zip: ZipFileWriter<Vec<u8>>,
    /// What all files say of when they were made.
    made_at: ZipDateTime,
    _permit: OwnedSemaphorePermit,
}

impl Archive {
    pub(super) fn new(
        entries: Vec<Entry>,
        blobs: BlobStore,
        made_at: OffsetDateTime,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            entries: entries.into(),
            blobs,
            zip: ZipFileWriter::new(Vec::new()),
            made_at: date(made_at),
            _permit: permit,
        }
    }

    /// The archive's bytes. Where a picture cannot be read, they end without the directory that makes an archive of them: the client
    /// sees a body that broke off.
    pub(super) fn into_stream(self) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        stream::try_unfold(Some(self), |archive| async {
            let Some(mut archive) = archive else {
                return Ok(None);
            };
            if let Some(entry) = archive.entries.pop_front() {
                archive.write(entry).await?;
                let written = std::mem::take(archive.zip.inner_mut());
                Ok(Some((Bytes::from(written), Some(archive))))
            } else {
                let end = archive.zip.close().await.map_err(io::Error::other)?;
                Ok(Some((Bytes::from(end), None)))
            }
        })
    }

    async fn write(&mut self, entry: Entry) -> io::Result<()> {
        let (name, bytes) = match entry {
            Entry::File { name, bytes } => (name, bytes),
            Entry::Picture {
                name,
                owner,
                picture,
                blob,
            } => {
                let owned = Owned {
                    subject: owner,
                    item: picture,
                };
                let hash = blob.parse().map_err(io::Error::other)?;
                match self.blobs.of(Some(owned)).get(hash).await {
                    Ok(bytes) => (name, bytes),
                    // It was removed while the archive was on its way.
                    Err(BlobError::NotFound(_) | BlobError::Erased(_)) => return Ok(()),
                    Err(error) => {
                        tracing::warn!(%picture, "an export breaks off: {error}");
                        return Err(io::Error::other(error));
                    }
                }
            }
        };
        // Pictures are compressed already, and the rest is small.
        let entry = ZipEntryBuilder::new(name.into(), Compression::Stored)
            .last_modification_date(self.made_at);
        let writing = self.zip.write_entry_whole(entry, &bytes);
        writing.await.map_err(io::Error::other)
    }
}

/// A time as archives write it.
fn date(at: OffsetDateTime) -> ZipDateTime {
    ZipDateTimeBuilder::new()
        .year(at.year())
        .month(u8::from(at.month()).into())
        .day(at.day().into())
        .hour(at.hour().into())
        .minute(at.minute().into())
        .second(at.second().into())
        .build()
}
