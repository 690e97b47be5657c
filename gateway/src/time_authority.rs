//! The way to a time-stamping authority: RFC 3161 over HTTP.

use std::error::Error;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use image_processor::{Answering, TimeAuthority};
use reqwest::{Client, Url, redirect::Policy};
use thiserror::Error;

/// Bytes of an answer at most: a token with its certificates has a few thousand.
const ANSWER: usize = 32 << 10;

/// Why an answer is not taken.
#[derive(Debug, Error)]
enum AnswerError {
    #[error("its answer has more than {ANSWER} bytes")]
    Large,
    #[error("its answer has the status {0}")]
    Status(u16),
}

/// An authority at an address.
pub(crate) struct WebTimeAuthority {
    client: Client,
    address: Url,
}

impl WebTimeAuthority {
    /// Connects to nothing yet.
    pub(crate) fn new(address: Url) -> Result<Self, reqwest::Error> {
        // Whoever was first has chosen it; there is no other in this program.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // An answer that leads elsewhere would be asked for from inside of our network.
        let client = Client::builder().redirect(Policy::none()).build()?;
        Ok(Self { client, address })
    }

    async fn ask(&self, request: Vec<u8>) -> Result<Bytes, Box<dyn Error + Send + Sync>> {
        let request = self
            .client
            .post(self.address.clone())
            .header(CONTENT_TYPE, "application/timestamp-query")
            .header(ACCEPT, "application/timestamp-reply")
            .body(request);
        // An address may hold a secret.
        let mut answer = request.send().await.map_err(reqwest::Error::without_url)?;
        if !answer.status().is_success() {
            return Err(AnswerError::Status(answer.status().as_u16()).into());
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
            if body.len() + chunk.len() > ANSWER {
                return Err(AnswerError::Large.into());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.into())
    }
}

impl TimeAuthority for WebTimeAuthority {
    fn answer(&self, request: Vec<u8>) -> Answering<'_> {
        Box::pin(self.ask(request))
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use blob_store::{BlobStore, S3Options};
    use image_processor::{Signing, SigningOptions};
    use imaging::Picture;
    use provenance::credentials::{Attestation, Authorities, MediaType, Reading};
    use tempfile::TempDir;
    use testkit::Manner;
    use time::OffsetDateTime;
    use tokio::time::Instant;

    use super::*;

    /// An installation that asks an authority.
    struct Installation {
        signing: Signing,
        authority: testkit::TimeAuthority,
        _folder: TempDir,
    }

    impl Installation {
        /// One that believes this authority.
        async fn new() -> Self {
            let authority = testkit::TimeAuthority::start().await.unwrap();
            let address = authority.url();
            Self::asking(&address, authority)
        }

        /// One that asks there, and believes this authority.
        fn asking(address: &str, authority: testkit::TimeAuthority) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let blobs = format!("file://{}", folder.path().display());
            let blobs = BlobStore::open(&blobs, &S3Options::default()).unwrap();
            let root = std::fs::read_to_string(authority.root()).unwrap();
            let way = WebTimeAuthority::new(address.parse().unwrap()).unwrap();
            let options = SigningOptions {
                signer: None,
                authority: Some(Arc::new(way)),
                believed: Authorities::read(&root).unwrap(),
            };
            Self {
                signing: Signing::new(blobs, options),
                authority,
                _folder: folder,
            }
        }

        /// What a new picture's signature says, and how long the picture waited for it.
        async fn signed(&self) -> (Reading, Duration) {
            let began = Instant::now();
            let file = self.file().await;
            let waited = began.elapsed();
            let signer = self.signing.signer().await.unwrap();
            let now = OffsetDateTime::now_utc();
            (signer.read(&file, MediaType::Png, now), waited)
        }

        async fn file(&self) -> Bytes {
            let picture = Picture::from_rgb(64, 64, vec![120; 64 * 64 * 3]).unwrap();
            let file = imaging::encode_png(&picture).unwrap();
            let signed = self.signing.sign(file.into(), MediaType::Png).await;
            signed.unwrap()
        }
    }

    fn is_trusted(stamp: Option<&Attestation>) -> bool {
        stamp.is_some_and(|stamp| stamp.is_trusted)
    }

    #[tokio::test]
    async fn what_is_signed_is_attested() {
        let installation = Installation::new().await;
        for asked in 1..4 {
            let (reading, _) = installation.signed().await;
            assert!(reading.is_trusted, "{reading:?}");
            assert!(is_trusted(reading.time_stamp.as_ref()), "{reading:?}");
            assert_eq!(installation.authority.asked(), asked);
        }
    }

    #[tokio::test]
    async fn room_for_stamps_is_what_this_authority_takes() {
        let installation = Installation::new().await;
        let first = installation.file().await.len();
        let second = installation.file().await.len();
        // As much as any takes, and then as much as this one's longest did: its signatures differ by a few bytes.
        assert!(second + 4_000 < first, "{first}, {second}");
        let third = installation.file().await.len();
        assert!((second..second + 16).contains(&third), "{second}, {third}");
        assert_eq!(installation.authority.asked(), 3);
    }

    #[tokio::test]
    async fn an_authority_that_does_not_answer_as_it_should_costs_no_result_and_is_left_alone() {
        for manner in [
            Manner::OtherNonce,
            Manner::OtherImprint,
            Manner::Refuses,
            Manner::Garbage,
            Manner::Endless,
            Manner::Fails,
            Manner::Silent,
        ] {
            let installation = Installation::new().await;
            installation.authority.behave(manner);
            let (reading, waited) = installation.signed().await;
            assert!(reading.is_trusted, "{manner:?}: {reading:?}");
            assert_eq!(reading.time_stamp, None, "{manner:?}");
            assert!(waited < Duration::from_secs(10), "{manner:?}: {waited:?}");
            // Well again, and not asked so soon.
            installation.authority.behave(Manner::Answers);
            let (reading, _) = installation.signed().await;
            assert_eq!(reading.time_stamp, None, "{manner:?}");
            assert_eq!(installation.authority.asked(), 1, "{manner:?}");
        }
    }

    #[tokio::test]
    async fn an_authority_that_is_not_there_costs_no_result() {
        let nobody = format!("http://127.0.0.1:{}", testkit::free_port().unwrap());
        let authority = testkit::TimeAuthority::start().await.unwrap();
        let installation = Installation::asking(&nobody, authority);
        let (reading, _) = installation.signed().await;
        assert!(reading.is_trusted && reading.time_stamp.is_none());
        assert_eq!(installation.authority.asked(), 0);
    }

    #[tokio::test]
    async fn another_authority_than_the_one_that_is_believed_stamps_nothing() {
        let stranger = testkit::TimeAuthority::start().await.unwrap();
        let authority = testkit::TimeAuthority::start().await.unwrap();
        let installation = Installation::asking(&stranger.url(), authority);
        let (reading, _) = installation.signed().await;
        assert!(reading.is_trusted && reading.time_stamp.is_none());
        assert_eq!(stranger.asked(), 1);
    }
}
