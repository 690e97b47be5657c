//! `drape.media.v1.Media`: pictures by id, for processes that hold no bucket credentials.
//!
//! A picture id is resolved through its aggregate, so this needs no database.

use std::time::Duration;

use blob_store::{BlobError, BlobStore, Owned};
use bytes::Bytes;
use domain::{
    media::picture::{Picture, Progress, Purpose, RecordUpload, StoredPicture},
    shared::{AccountId, PictureId},
};
use imaging::Limits;
use jetstream_es::{CommandContext, EventLog, ExecuteError, Executor};
use proto::{
    CHUNK_BYTES, MAX_PICTURE_BYTES,
    media::v1::{
        PictureHeader, PicturePurpose, ReadRequest, ReadResponse, WriteHeader, WriteRequest,
        WriteResponse,
        media_server::{Media, MediaServer},
        read_response, write_request,
    },
};
use tokio_stream::Iter;
use tonic::{Request, Response, Status, Streaming};

use crate::{
    pool::Pool,
    stored::{StoreError, address, original_format, store},
};

/// How long a sender may be silent.
const SILENCE: Duration = Duration::from_secs(10);
/// The longest chunk that is accepted.
const MAX_CHUNK_BYTES: usize = 1 << 20;

/// The service, ready for a tonic router.
pub fn media_service(log: &EventLog, blobs: BlobStore) -> MediaServer<MediaService> {
    MediaServer::new(MediaService::new(log, blobs)).max_decoding_message_size(2 * MAX_CHUNK_BYTES)
}

/// Reads and writes pictures.
#[derive(Clone)]
pub struct MediaService {
    pictures: Executor<Picture>,
    blobs: BlobStore,
    pool: Pool,
}

impl MediaService {
    /// A service on this log and these blobs.
    pub fn new(log: &EventLog, blobs: BlobStore) -> Self {
        Self {
            pictures: Executor::new(log.clone(), ()),
            blobs,
            pool: Pool::new(2),
        }
    }

    async fn find(
        &self,
        id: PictureId,
        rendition: &str,
    ) -> Result<(StoredPicture, Option<AccountId>), Status> {
        let rendition = if rendition.is_empty() {
            "original"
        } else {
            rendition
        };
        let picture = self
            .pictures
            .load(&id.to_string())
            .await
            .map_err(|error| Status::unavailable(error.to_string()))?;
        let picture = picture.aggregate;
        let owner = picture.upload().and_then(|upload| upload.owner);
        let needs_consent = picture
            .upload()
            .is_some_and(|upload| upload.purpose == Purpose::Person);
        match (picture.progress(), picture.stored(rendition)) {
            (Progress::Unknown, _) => Err(Status::not_found("there is no such picture")),
            (Progress::Removed, _) => Err(Status::not_found("the picture was removed")),
            // Whoever asks here wants to do something with it.
            (Progress::Uploaded | Progress::Ready, _)
                if needs_consent && picture.consent().is_none() =>
            {
                Err(Status::failed_precondition(
                    "the person in the picture does not agree to that",
                ))
            }
            (Progress::Refused, _) => Err(Status::failed_precondition("the picture was refused")),
            (Progress::Uploaded | Progress::Ready, Some(stored)) => Ok((stored.clone(), owner)),
            (Progress::Uploaded | Progress::Ready, None) => {
                Err(Status::not_found("there is no such rendition yet"))
            }
        }
    }

    /// A result is kept byte for byte, since pixels outside the edit must stay the photo's; the rest is normalised.
    async fn keep(
        &self,
        id: PictureId,
        purpose: Purpose,
        owner: Option<AccountId>,
        bytes: Bytes,
    ) -> Result<StoredPicture, Status> {
        let checked = self.pool.run(move || {
            if purpose != Purpose::Result {
                return imaging::normalise(&bytes)
                    .map(|n| (n.bytes, n.format, n.width_px, n.height_px));
            }
            let header = imaging::inspect_within(&bytes, &Limits::STORED)?;
            let picture = imaging::decode_within(&bytes, &Limits::STORED)?;
            Ok((
                bytes,
                header.format,
                picture.width_px(),
                picture.height_px(),
            ))
        });
        let (bytes, format, width_px, height_px) = checked
            .await
            .map_err(|error| Status::resource_exhausted(error.to_string()))?
            .map_err(|error| Status::invalid_argument(format!("{}: {error}", error.code())))?;
        let stored = store(
            self.blobs.of(owned(owner, id)),
            bytes,
            original_format(format),
            width_px,
            height_px,
        )
        .await;
        stored.map_err(|error| match error {
            StoreError::Blob(error @ BlobError::Erased(_)) => {
                Status::failed_precondition(error.to_string())
            }
            error @ (StoreError::Blob(_) | StoreError::Hash(_)) => {
                Status::unavailable(error.to_string())
            }
        })
    }

    async fn record(
        &self,
        header: &WriteHeader,
        upload: RecordUpload,
    ) -> Result<WriteResponse, Status> {
        let original = upload.original.clone();
        let context = CommandContext::new(format!("{}-upload", header.picture_id))
            .with_actor("media-service");
        let context = if header.causation_id.is_empty() {
            context
        } else {
            context.with_causation_id(&header.causation_id)
        };
        match self
            .pictures
            .execute(&header.picture_id, upload.into(), context)
            .await
        {
            Ok(outcome) => Ok(WriteResponse {
                picture_id: header.picture_id.clone(),
                position: outcome
                    .position
                    .map(|position| position.to_string())
                    .unwrap_or_default(),
                width_px: original.width_px,
                height_px: original.height_px,
                size_bytes: original.size_bytes,
            }),
            Err(ExecuteError::Rejected(rejection)) => {
                Err(Status::already_exists(rejection.to_string()))
            }
            Err(error) => Err(Status::unavailable(error.to_string())),
        }
    }
}

#[tonic::async_trait]
impl Media for MediaService {
    type ReadStream = Iter<std::vec::IntoIter<Result<ReadResponse, Status>>>;

    async fn read(
        &self,
        request: Request<ReadRequest>,
    ) -> Result<Response<Self::ReadStream>, Status> {
        let id = picture_id(&request.get_ref().picture_id)?;
        let (stored, owner) = self.find(id, &request.get_ref().rendition).await?;
        let hash = address(&stored.blob).map_err(|error| Status::data_loss(error.to_string()))?;
        let blobs = self.blobs.of(owned(owner, id));
        let bytes = blobs.get(hash).await.map_err(|error| match error {
            BlobError::NotFound(_) | BlobError::Corrupt(_) | BlobError::TooLarge { .. } => {
                Status::data_loss(error.to_string())
            }
            BlobError::Erased(_) => Status::failed_precondition(error.to_string()),
            BlobError::TimedOut(_)
            | BlobError::Store(_)
            | BlobError::Keys(_)
            | BlobError::NotSealed(_) => Status::unavailable(error.to_string()),
        })?;
        let header = PictureHeader {
            media_type: stored.format.media_type().to_owned(),
            size_bytes: bytes.len() as u64,
            width_px: stored.width_px,
            height_px: stored.height_px,
        };
        let chunks = (0..bytes.len()).step_by(CHUNK_BYTES).map(|start| {
            let end = (start + CHUNK_BYTES).min(bytes.len());
            read_response::Part::Chunk(bytes.slice(start..end))
        });
        let parts: Vec<_> = std::iter::once(read_response::Part::Header(header))
            .chain(chunks)
            .map(|part| Ok(ReadResponse { part: Some(part) }))
            .collect();
        Ok(Response::new(tokio_stream::iter(parts)))
    }

    async fn write(
        &self,
        request: Request<Streaming<WriteRequest>>,
    ) -> Result<Response<WriteResponse>, Status> {
        let mut messages = request.into_inner();
        let Some(write_request::Part::Header(header)) = next(&mut messages).await? else {
            return Err(Status::invalid_argument("the first message is a header"));
        };
        let id = picture_id(&header.picture_id)?;
        let purpose = purpose(&header)?;
        let owner = match header.owner.as_str() {
            "" => None,
            owner => Some(
                owner
                    .parse::<AccountId>()
                    .map_err(|error| Status::invalid_argument(error.to_string()))?,
            ),
        };
        let mut bytes = vec![];
        while let Some(part) = next(&mut messages).await? {
            let write_request::Part::Chunk(chunk) = part else {
                return Err(Status::invalid_argument(
                    "only the first message is a header",
                ));
            };
            if chunk.len() > MAX_CHUNK_BYTES || bytes.len() + chunk.len() > MAX_PICTURE_BYTES {
                return Err(Status::resource_exhausted(
                    "a picture has at most 32 MiB, a chunk at most 1 MiB",
                ));
            }
            bytes.extend_from_slice(&chunk);
        }
        let original = self.keep(id, purpose, owner, bytes.into()).await?;
        let header = WriteHeader {
            picture_id: id.to_string(),
            ..header
        };
        let upload = RecordUpload {
            purpose,
            owner,
            original,
            consent: None,
        };
        self.record(&header, upload).await.map(Response::new)
    }
}

async fn next(
    messages: &mut Streaming<WriteRequest>,
) -> Result<Option<write_request::Part>, Status> {
    let message = tokio::time::timeout(SILENCE, messages.message())
        .await
        .map_err(|_| Status::deadline_exceeded("nothing came for 10 s"))??;
    Ok(message.and_then(|message| message.part))
}

fn owned(owner: Option<AccountId>, id: PictureId) -> Option<Owned> {
    owner.map(|owner| Owned {
        subject: owner.as_uuid(),
        item: id.as_uuid(),
    })
}

fn picture_id(text: &str) -> Result<PictureId, Status> {
    text.parse()
        .map_err(|error: domain::shared::IdError| Status::invalid_argument(error.to_string()))
}

fn purpose(header: &WriteHeader) -> Result<Purpose, Status> {
    match header.purpose() {
        PicturePurpose::Catalogue => Ok(Purpose::Catalogue),
        PicturePurpose::Person => Ok(Purpose::Person),
        PicturePurpose::Result => Ok(Purpose::Result),
        PicturePurpose::Unspecified => Err(Status::invalid_argument("say what the picture is for")),
    }
}
