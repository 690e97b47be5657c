//! The question when a text was there, and what comes back.

use std::fmt;

use ring::rand::{SecureRandom, SystemRandom};
use thiserror::Error;
use time::OffsetDateTime;

use super::{
    super::{
        cose::room_of,
        der::{BOOLEAN, Der, INTEGER, NULL, OBJECT, OCTETS, SEQUENCE, value},
        hash::{SHA256, digest},
    },
    Authorities,
    token::{Token, UNTRUSTED},
};

/// By how many bytes an authority's tokens differ in length, and enough to fill where they do not.
const SPARE: usize = 64;

/// Statuses of an answer that has a token: granted, also with changes.
const GRANTED: [&[u8]; 2] = [&[0], &[1]];

/// Why there is no time stamp.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum TimeStampError {
    /// No question can be made.
    #[error("no question can be made")]
    NotAsked,
    /// What came back is none of RFC 3161.
    #[error("the answer is none of a time-stamping authority")]
    Unreadable,
    /// There is no token in it.
    #[error("the authority refuses, with status {0}")]
    Refused(u8),
    /// Another imprint or nonce.
    #[error("the answer is one to another question")]
    Another,
    /// Its signature does not hold, or its certificate is not one of an authority of time.
    #[error("the answer is not to be relied on: {0}")]
    Unsound(&'static str),
    /// Certificates were chosen, and none vouches for it.
    #[error("the authority that answered is none of those that are believed")]
    Unbelieved,
}

/// One question, and what its answer has to say.
pub struct TimeStampRequest {
    text: Vec<u8>,
    nonce: Vec<u8>,
    bytes: Vec<u8>,
}

impl TimeStampRequest {
    /// When was there this text? Asked by its SHA-256.
    pub fn new(text: Vec<u8>) -> Result<Self, TimeStampError> {
        let mut nonce = [0; 8];
        let random = SystemRandom::new().fill(&mut nonce);
        random.map_err(|_| TimeStampError::NotAsked)?;
        // A positive number of always as many bytes.
        nonce[0] = (nonce[0] & 0x3f) | 0x40;
        let bytes = written(&text, &nonce).ok_or(TimeStampError::NotAsked)?;
        Ok(Self {
            text,
            nonce: nonce.to_vec(),
            bytes,
        })
    }

    /// As it is sent: `application/timestamp-query`.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What is to be attested.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// What an answer attests (`application/timestamp-reply`), if it is sound, and to this question. Where somebody is believed, nobody else is.
    pub fn answered(
        &self,
        answer: &[u8],
        believed: &Authorities,
    ) -> Result<TimeStamp, TimeStampError> {
        let token = token_of(answer)?;
        let read = Token::read(token).ok_or(TimeStampError::Unreadable)?;
        if read.nonce != Some(&self.nonce) || !read.is_of(&self.text) {
            return Err(TimeStampError::Another);
        }
        let author = read.author().ok_or(TimeStampError::Unsound(UNTRUSTED))?;
        if let Some(fault) = read.fault(&author) {
            return Err(TimeStampError::Unsound(fault));
        }
        if !believed.is_empty() && !believed.vouch_for(&author, read.at) {
            return Err(TimeStampError::Unbelieved);
        }
        Ok(TimeStamp {
            at: read.at,
            token: token.to_vec(),
        })
    }
}

impl fmt::Debug for TimeStampRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TimeStampRequest")
    }
}

/// What an authority attested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeStamp {
    pub(crate) at: OffsetDateTime,
    pub(crate) token: Vec<u8>,
}

impl TimeStamp {
    /// When, in whole seconds.
    pub fn at(&self) -> OffsetDateTime {
        self.at
    }

    /// Bytes of room that this authority's stamps take in a file.
    pub fn room(&self) -> usize {
        room_of(self.token.len()) + SPARE
    }

    /// The token (`ContentInfo`, DER) that says so.
    pub fn token(&self) -> &[u8] {
        &self.token
    }
}

/// `TimeStampReq`.
fn written(text: &[u8], nonce: &[u8]) -> Option<Vec<u8>> {
    let hash = value(SEQUENCE, &[&value(OBJECT, &[SHA256])?, &value(NULL, &[])?])?;
    let imprint = value(OCTETS, &[&digest("sha256", [text])?])?;
    let imprint = value(SEQUENCE, &[&hash, &imprint])?;
    let version = value(INTEGER, &[&[1]])?;
    let nonce = value(INTEGER, &[nonce])?;
    // The authority's certificate has to come along.
    let wants_certificate = value(BOOLEAN, &[&[0xff]])?;
    value(SEQUENCE, &[&version, &imprint, &nonce, &wants_certificate])
}

/// The token in a `TimeStampResp`.
fn token_of(answer: &[u8]) -> Result<&[u8], TimeStampError> {
    let unreadable = TimeStampError::Unreadable;
    let (status, token) = parts(answer).ok_or(unreadable)?;
    if !GRANTED.contains(&status) {
        return Err(TimeStampError::Refused(*status.last().unwrap_or(&u8::MAX)));
    }
    token.ok_or(TimeStampError::Unreadable)
}

/// Its status and its token.
pub(super) fn parts(answer: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let mut outer = Der(answer);
    let mut answer = outer.within(SEQUENCE)?;
    let status = answer.within(SEQUENCE)?.expect(INTEGER)?;
    outer.0.is_empty().then(|| (status, answer.whole()))
}
