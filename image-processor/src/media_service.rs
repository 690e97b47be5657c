//! `drape.media.v1.Media`: pictures by id, for processes that hold no bucket credentials.
//!
//! A picture id is resolved through its aggregate, so this needs no database. Whoever asks says for which try-on or for which garment: a
//! worker that somebody took over reaches the pictures of what is still to be done and those that show garments, and of people no other.

use std::time::Duration;

use blob_store::{BlobError, BlobStore, Owned};
use bytes::Bytes;
use domain::{
    catalog::garment::{Garment, GarmentStatus},
    media::picture::{Picture, Progress, Purpose, RecordUpload, StoredPicture},
    shared::{AccountId, GarmentId, PictureId, SessionId},
    tryon::session::{Request as TryOnRequest, Session},
};
use imaging::{Format, Limits, PictureError};
use jetstream_es::{CommandContext, EventLog, ExecuteError, Executor};
use proto::{
    CHUNK_BYTES, MAX_PICTURE_BYTES,
    media::v1::{
        PictureHeader, ReadRequest, ReadResponse, WriteHeader, WriteRequest, WriteResponse,
        media_server::{Media, MediaServer},
        read_response, write_request,
    },
};
use tokio_stream::Iter;
use tonic::{Request, Response, Status, Streaming};

use crate::{
    Signing,
    pool::{Pool, PoolError},
    stored::{StoreError, address, media_type, original_format, store},
};

/// How long a sender may be silent.
const SILENCE: Duration = Duration::from_secs(10);
/// The longest chunk that is accepted.
const MAX_CHUNK_BYTES: usize = 1 << 20;

/// The service, ready for a tonic router.
pub fn media_service(
    log: &EventLog,
    blobs: BlobStore,
    signing: Signing,
) -> MediaServer<MediaService> {
    let service = MediaService::new(log, blobs, signing);
    MediaServer::new(service).max_decoding_message_size(2 * MAX_CHUNK_BYTES)
}

fn no_consent() -> Status {
    Status::failed_precondition("the person in the picture does not agree to that")
}

/// Reads and writes pictures.
#[derive(Clone)]
pub struct MediaService {
    pictures: Executor<Picture>,
    try_ons: Executor<Session>,
    garments: Executor<Garment>,
    blobs: BlobStore,
    signing: Signing,
    pub(crate) pool: Pool,
}

impl MediaService {
    /// A service on this log and these blobs, that signs what it is given to keep.
    pub fn new(log: &EventLog, blobs: BlobStore, signing: Signing) -> Self {
        Self {
            pictures: Executor::new(log.clone(), ()),
            try_ons: Executor::new(log.clone(), ()),
            garments: Executor::new(log.clone(), ()),
            blobs,
            signing,
            pool: Pool::new(2),
        }
    }

    /// The try-on that a call is made for.
    async fn try_on(&self, id: &str) -> Result<Session, Status> {
        let id: SessionId = id
            .parse()
            .map_err(|_| Status::invalid_argument("say for which try-on"))?;
        let try_on = self.try_ons.load(&id.to_string()).await;
        let try_on = try_on.map_err(|error| Status::unavailable(error.to_string()))?;
        Ok(try_on.aggregate)
    }

    /// Demands that there is something to do with the picture.
    async fn demand_use(&self, request: &ReadRequest, picture: PictureId) -> Result<(), Status> {
        match (request.try_on_id.as_str(), request.garment_id.as_str()) {
            ("", garment) if !garment.is_empty() => self.demand_shown(garment, picture).await,
            (try_on, "") => self.demand_wanted(try_on, picture).await,
            _ => Err(Status::invalid_argument(
                "say for which try-on or for which garment, not both",
            )),
        }
    }

    /// Demands that the picture is the shop's own and shows a garment, on sale or a draft.
    async fn demand_shown(&self, garment: &str, picture: PictureId) -> Result<(), Status> {
        let garment: GarmentId = garment
            .parse()
            .map_err(|_| Status::invalid_argument("say for which garment"))?;
        let garment = self.garments.load(&garment.to_string()).await;
        let garment = garment
            .map_err(|error| Status::unavailable(error.to_string()))?
            .aggregate;
        let has_it = match garment.status() {
            GarmentStatus::Draft | GarmentStatus::Published => garment.picture() == Some(picture),
            GarmentStatus::Unknown | GarmentStatus::Retired => false,
        };
        let uploaded = self.pictures.load(&picture.to_string()).await;
        let uploaded = uploaded
            .map_err(|error| Status::unavailable(error.to_string()))?
            .aggregate;
        let upload = uploaded.upload();
        let is_of_goods = upload.is_some_and(|upload| upload.purpose == Purpose::Catalogue);
        if has_it && is_of_goods {
            return Ok(());
        }
        Err(Status::permission_denied("no garment shows this picture"))
    }

    /// Demands that the picture is wanted for a try-on that has not ended.
    async fn demand_wanted(&self, try_on: &str, picture: PictureId) -> Result<(), Status> {
        let try_on = self.try_on(try_on).await?;
        let request = try_on.request().filter(|_| !try_on.has_ended());
        let wanted =
            request.filter(|request| [request.person, request.garment_picture].contains(&picture));
        if let Some(request) = wanted {
            return self.demand_consent(request, picture).await;
        }
        Err(Status::permission_denied(
            "no try-on that is still to be done wants this picture",
        ))
    }

    /// Demands that whoever wears something in a result still agrees to the use of the photo that it was made from.
    async fn demand_consent(
        &self,
        request: &TryOnRequest,
        picture: PictureId,
    ) -> Result<(), Status> {
        let Some(worn) = request.over.filter(|_| picture == request.person) else {
            return Ok(());
        };
        let photo = self.pictures.load(&worn.photo.to_string()).await;
        let photo = photo.map_err(|error| Status::unavailable(error.to_string()))?;
        if photo.aggregate.consent().is_some() {
            return Ok(());
        }
        Err(no_consent())
    }

    pub(crate) async fn find(
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
                Err(no_consent())
            }
            (Progress::Refused, _) => Err(Status::failed_precondition("the picture was refused")),
            (Progress::Uploaded | Progress::Ready, Some(stored)) => Ok((stored.clone(), owner)),
            (Progress::Uploaded | Progress::Ready, None) => {
                Err(Status::not_found("there is no such rendition yet"))
            }
        }
    }

    /// Who asked for the try-on that a result is written for.
    async fn demand_asker(&self, header: &WriteHeader) -> Result<AccountId, Status> {
        let owner: AccountId = header
            .owner
            .parse()
            .map_err(|_| Status::invalid_argument("say whose it is"))?;
        // It may have ended meanwhile: what comes too late is told so when it reports, not here.
        let try_on = self.try_on(&header.try_on_id).await?;
        let asked = try_on.request().map(|request| request.requested_by);
        if asked != Some(owner) {
            return Err(Status::permission_denied("it did not ask for a try-on"));
        }
        Ok(owner)
    }

    async fn keep_result(
        &self,
        id: PictureId,
        owner: AccountId,
        bytes: Bytes,
    ) -> Result<RecordUpload, Status> {
        let original = match self.kept_before(id, owner, &bytes).await? {
            Some(original) => original,
            None => self.keep(id, owner, bytes).await?,
        };
        Ok(RecordUpload {
            purpose: Purpose::Result,
            owner: Some(owner),
            original,
            consent: None,
        })
    }

    /// Kept with its pixels as they are, since those outside the edit must stay the photo's. What says that it was generated is added
    /// where it is missing, and the file is signed.
    async fn keep(
        &self,
        id: PictureId,
        owner: AccountId,
        bytes: Bytes,
    ) -> Result<StoredPicture, Status> {
        let checked = self.pool.run(move || {
            let format = imaging::inspect_within(&bytes, &Limits::STORED)?.format;
            let picture = imaging::decode_within(&bytes, &Limits::STORED)?;
            let (width_px, height_px) = (picture.width_px(), picture.height_px());
            let marked = imaging::xmp::mark_ai_generated(&bytes)?;
            Ok::<_, PictureError>((Bytes::from(marked), format, width_px, height_px))
        });
        let (marked, format, width_px, height_px) = unusable(checked.await)?;
        let signed = self.signing.sign(marked, media_type(format)).await;
        let signed = signed.map_err(|error| Status::unavailable(error.to_string()))?;
        let whose = owned(Some(owner), id);
        self.put(whose, signed, format, width_px, height_px).await
    }

    /// Stores a file under its hash.
    pub(crate) async fn put(
        &self,
        whose: Option<Owned>,
        file: Bytes,
        format: Format,
        width_px: u32,
        height_px: u32,
    ) -> Result<StoredPicture, Status> {
        let blobs = self.blobs.of(whose);
        let stored = store(blobs, file, original_format(format), width_px, height_px);
        stored.await.map_err(|error| match error {
            StoreError::Blob(error @ BlobError::Erased(_)) => {
                Status::failed_precondition(error.to_string())
            }
            error @ (StoreError::Blob(_) | StoreError::Hash(_)) => {
                Status::unavailable(error.to_string())
            }
        })
    }

    /// What is stored under this id, if it shows what is sent now. Signed once more, the same picture would be another file, and a
    /// repeated write must be none.
    async fn kept_before(
        &self,
        id: PictureId,
        owner: AccountId,
        sent: &Bytes,
    ) -> Result<Option<StoredPicture>, Status> {
        let picture = self.pictures.load(&id.to_string()).await;
        let picture = picture.map_err(|error| Status::unavailable(error.to_string()))?;
        let Some(upload) = picture.aggregate.upload() else {
            return Ok(None);
        };
        let original = upload.original.clone();
        let (Ok(hash), true) = (address(&original.blob), upload.owner == Some(owner)) else {
            return Ok(None);
        };
        let Ok(kept) = self.blobs.of(owned(Some(owner), id)).get(hash).await else {
            return Ok(None);
        };
        let sent = sent.clone();
        let same = self.pool.run(move || {
            let format = |file: &Bytes| imaging::inspect_within(file, &Limits::STORED);
            if format(&kept)?.format != format(&sent)?.format {
                return Ok(false);
            }
            let show = |file: &Bytes| imaging::decode_within(file, &Limits::STORED);
            Ok::<_, PictureError>(show(&kept)?.pixels() == show(&sent)?.pixels())
        });
        Ok(unusable(same.await)?.then_some(original))
    }

    /// The whole file of a picture.
    pub(crate) async fn file(
        &self,
        stored: &StoredPicture,
        whose: Option<Owned>,
    ) -> Result<Bytes, Status> {
        let hash = address(&stored.blob).map_err(|error| Status::data_loss(error.to_string()))?;
        let blobs = self.blobs.of(whose);
        blobs.get(hash).await.map_err(|error| match error {
            BlobError::NotFound(_) | BlobError::Corrupt(_) | BlobError::TooLarge { .. } => {
                Status::data_loss(error.to_string())
            }
            BlobError::Erased(_) => Status::failed_precondition(error.to_string()),
            BlobError::TimedOut(_)
            | BlobError::Store(_)
            | BlobError::Keys(_)
            | BlobError::NotSealed(_) => Status::unavailable(error.to_string()),
        })
    }

    async fn record(
        &self,
        header: &WriteHeader,
        upload: RecordUpload,
    ) -> Result<WriteResponse, Status> {
        let original = upload.original.clone();
        let cause = match header.garment_id.as_str() {
            "" => &header.try_on_id,
            _ => &header.garment_id,
        };
        let context = CommandContext::new(format!("{}-upload", header.picture_id))
            .with_actor("media-service")
            .with_causation_id(cause);
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
        self.demand_use(request.get_ref(), id).await?;
        let (stored, owner) = self.find(id, &request.get_ref().rendition).await?;
        let bytes = self.file(&stored, owned(owner, id)).await?;
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
        let upload = if header.garment_id.is_empty() {
            let owner = self.demand_asker(&header).await?;
            self.keep_result(id, owner, rest(&mut messages).await?)
                .await?
        } else if header.try_on_id.is_empty() {
            let cut_from = picture_id(&header.cut_from)?;
            self.demand_shown(&header.garment_id, cut_from).await?;
            self.keep_cutout(id, &header, rest(&mut messages).await?)
                .await?
        } else {
            return Err(Status::invalid_argument(
                "say for which try-on or for which garment, not both",
            ));
        };
        let header = WriteHeader {
            picture_id: id.to_string(),
            ..header
        };
        self.record(&header, upload).await.map(Response::new)
    }
}

/// The whole file, behind its header.
async fn rest(messages: &mut Streaming<WriteRequest>) -> Result<Bytes, Status> {
    let mut bytes = vec![];
    while let Some(part) = next(messages).await? {
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
    Ok(bytes.into())
}

/// Pixels that no thread was free for, or that cannot be used.
pub(crate) fn unusable<T>(worked: Result<Result<T, PictureError>, PoolError>) -> Result<T, Status> {
    worked
        .map_err(|error| Status::resource_exhausted(error.to_string()))?
        .map_err(|error| Status::invalid_argument(format!("{}: {error}", error.code())))
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

pub(crate) fn picture_id(text: &str) -> Result<PictureId, Status> {
    text.parse()
        .map_err(|error: domain::shared::IdError| Status::invalid_argument(error.to_string()))
}
