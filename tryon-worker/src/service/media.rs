//! Pictures, over the monolith's internal gRPC.

use std::time::Duration;

use bytes::Bytes;
use domain::shared::PictureId;
use futures::stream;
use proto::{
    InternalToken, SaysToken,
    media::v1::{
        ReadRequest, WriteHeader, WriteRequest, media_client::MediaClient, read_response,
        write_request,
    },
};
use thiserror::Error;
use tonic::{
    Code, Status,
    service::interceptor::InterceptedService,
    transport::{Channel, Endpoint},
};

/// How long one picture may take.
const LIMIT: Duration = Duration::from_secs(20);

/// Why a picture was not read or written.
#[derive(Debug, Error)]
pub(crate) enum MediaError {
    /// It is not there, or cannot be used; asking again does not help.
    #[error("the picture cannot be had: {0}")]
    Permanent(String),
    /// The monolith is out of reach or busy; asking again may help.
    #[error("the media service is not available: {0}")]
    Unavailable(String),
}

impl From<Status> for MediaError {
    fn from(status: Status) -> Self {
        let said = format!("{:?}: {}", status.code(), status.message());
        match status.code() {
            Code::NotFound
            | Code::InvalidArgument
            | Code::FailedPrecondition
            | Code::DataLoss
            | Code::AlreadyExists
            | Code::PermissionDenied
            | Code::Unimplemented => Self::Permanent(said),
            // Somebody is changing the token; the job is not to blame.
            Code::Unauthenticated
            | Code::Ok
            | Code::Cancelled
            | Code::Unknown
            | Code::DeadlineExceeded
            | Code::ResourceExhausted
            | Code::Aborted
            | Code::OutOfRange
            | Code::Internal
            | Code::Unavailable => Self::Unavailable(said),
        }
    }
}

/// A client of the Media service. Cheap to clone; connects when needed.
#[derive(Debug, Clone)]
pub(crate) struct Media {
    client: MediaClient<InterceptedService<Channel, SaysToken>>,
}

/// What is written, and for whom.
#[derive(Debug, Clone)]
pub(crate) struct ResultPicture {
    pub(crate) picture: String,
    pub(crate) owner: String,
    pub(crate) try_on: String,
    pub(crate) png: Bytes,
}

impl Media {
    pub(crate) fn new(url: &str, token: &InternalToken) -> Result<Self, tonic::transport::Error> {
        let endpoint = Endpoint::from_shared(url.to_owned())?
            .connect_timeout(Duration::from_secs(5))
            .timeout(LIMIT);
        Ok(Self {
            client: MediaClient::with_interceptor(endpoint.connect_lazy(), token.said()),
        })
    }

    /// The whole picture, upright and without metadata, for a try-on that wants it.
    pub(crate) async fn read(&self, try_on: &str, picture: &str) -> Result<Vec<u8>, MediaError> {
        self.whole(ReadRequest {
            picture_id: picture.to_owned(),
            try_on_id: try_on.to_owned(),
            ..ReadRequest::default()
        })
        .await
    }

    /// The whole picture that shows a garment.
    pub(crate) async fn read_of_garment(
        &self,
        garment: &str,
        picture: &str,
    ) -> Result<Vec<u8>, MediaError> {
        self.whole(ReadRequest {
            picture_id: picture.to_owned(),
            garment_id: garment.to_owned(),
            ..ReadRequest::default()
        })
        .await
    }

    async fn whole(&self, request: ReadRequest) -> Result<Vec<u8>, MediaError> {
        let read = async {
            let mut parts = self.client.clone().read(request).await?.into_inner();
            let mut picture = vec![];
            while let Some(message) = parts.message().await? {
                if let Some(read_response::Part::Chunk(chunk)) = message.part {
                    if picture.len() + chunk.len() > proto::MAX_PICTURE_BYTES {
                        return Err(MediaError::Permanent("the picture is too large".to_owned()));
                    }
                    picture.extend_from_slice(&chunk);
                }
            }
            Ok(picture)
        };
        in_time(read).await
    }

    /// Stores a result. Repeating it changes nothing.
    pub(crate) async fn write(&self, result: &ResultPicture) -> Result<(), MediaError> {
        let header = WriteHeader {
            picture_id: result.picture.clone(),
            owner: result.owner.clone(),
            try_on_id: result.try_on.clone(),
            ..WriteHeader::default()
        };
        self.send(header, &result.png).await
    }

    /// Stores a garment that was cut out of the picture that shows it. Repeating it changes nothing.
    pub(crate) async fn write_cutout(
        &self,
        garment: &str,
        cut_from: PictureId,
        (picture, png): (PictureId, &Bytes),
    ) -> Result<(), MediaError> {
        let header = WriteHeader {
            picture_id: picture.to_string(),
            garment_id: garment.to_owned(),
            cut_from: cut_from.to_string(),
            ..WriteHeader::default()
        };
        self.send(header, png).await
    }

    async fn send(&self, header: WriteHeader, png: &Bytes) -> Result<(), MediaError> {
        let mut messages = vec![WriteRequest {
            part: Some(write_request::Part::Header(header)),
        }];
        messages.extend(png.chunks(proto::CHUNK_BYTES).map(|chunk| WriteRequest {
            part: Some(write_request::Part::Chunk(Bytes::copy_from_slice(chunk))),
        }));
        in_time(async {
            self.client.clone().write(stream::iter(messages)).await?;
            Ok(())
        })
        .await
    }
}

async fn in_time<T>(work: impl Future<Output = Result<T, MediaError>>) -> Result<T, MediaError> {
    let late = || MediaError::Unavailable(format!("no answer within {} s", LIMIT.as_secs()));
    tokio::time::timeout(LIMIT, work)
        .await
        .unwrap_or_else(|_| Err(late()))
}
