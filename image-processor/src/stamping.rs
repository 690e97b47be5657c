//! When a signature was there, by the word of an authority: asked within a few seconds, and left alone while it is away.
//!
//! No picture waits for an authority longer than that, and none fails for want of one: it is signed without a time stamp, and the log says so.

use std::{
    error::Error,
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use provenance::credentials::{
    Authorities, CredentialsError, MediaType, Signer, TimeStampError, TimeStampRequest, Unstamped,
};
use thiserror::Error;
use time::OffsetDateTime;
use tokio::time::Instant;
use tracing::{info, warn};

use crate::signing::{SigningError, off_the_runtime};

/// How long a picture waits for all of it.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long an authority that failed is left alone, at first and at most; each time twice as long.
const FIRST_REST: Duration = Duration::from_secs(10);
const LONGEST_REST: Duration = Duration::from_mins(5);
/// Bytes that are left for the first stamp, before it is known how long this authority's are.
const FIRST_ROOM: usize = 6_000;

/// An answer, or why there is none.
pub type Answering<'a> =
    Pin<Box<dyn Future<Output = Result<Bytes, Box<dyn Error + Send + Sync>>> + Send + 'a>>;

/// The way to an authority that attests times (RFC 3161).
pub trait TimeAuthority: Send + Sync {
    /// Carries a request there (`application/timestamp-query`) and its answer back, whatever it says. Bounded in size; the time is bounded
    /// by whoever asks.
    fn answer(&self, request: Vec<u8>) -> Answering<'_>;
}

/// Why a signature got no time stamp.
#[derive(Debug, Error)]
enum NoStamp {
    /// It answered nothing.
    #[error("the time-stamping authority cannot be reached")]
    Unreached(#[source] Box<dyn Error + Send + Sync>),
    /// Not in time.
    #[error("the time-stamping authority did not answer within {} s", PATIENCE.as_secs())]
    Late,
    /// It answered something else.
    #[error("what the time-stamping authority answers is of no use")]
    Answer(#[from] TimeStampError),
    /// Its answer does not go with the certificate, or into the file.
    #[error("a time stamp does not go with the signature")]
    Unfit(#[source] CredentialsError),
}

/// What ended an attempt.
enum Ended {
    NoStamp(NoStamp),
    /// The picture cannot be signed, with or without.
    Unsigned(SigningError),
}

impl From<NoStamp> for Ended {
    fn from(why: NoStamp) -> Self {
        Self::NoStamp(why)
    }
}

impl From<SigningError> for Ended {
    fn from(error: SigningError) -> Self {
        Self::Unsigned(error)
    }
}

/// Has signatures stamped.
pub(crate) struct Stamping {
    authority: Arc<dyn TimeAuthority>,
    believed: Authorities,
    state: Mutex<State>,
}

struct State {
    /// Bytes that its stamps take, once one was seen.
    room: Option<usize>,
    away: Option<Away>,
}

/// An authority that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Away {
    /// Until then nobody asks it.
    until: Instant,
    /// For how long that was.
    rest: Duration,
    /// Signatures that got no stamp meanwhile.
    missed: u64,
}

impl Stamping {
    pub(crate) fn new(authority: Arc<dyn TimeAuthority>, believed: Authorities) -> Self {
        Self {
            authority,
            believed,
            state: Mutex::new(State {
                room: None,
                away: None,
            }),
        }
    }

    /// The same file, signed; with a time stamp if there is one to be had.
    pub(crate) async fn sign(
        &self,
        signer: &Signer,
        file: &Bytes,
        media_type: MediaType,
        now: OffsetDateTime,
    ) -> Result<Option<Vec<u8>>, SigningError> {
        if !self.state().may_ask(Instant::now()) {
            return Ok(None);
        }
        let attempt = self.attempt(signer, file, media_type, now);
        let ended = tokio::time::timeout(PATIENCE, attempt).await;
        match ended.unwrap_or(Err(NoStamp::Late.into())) {
            Ok(made) => {
                if let Some(away) = self.state().away.take() {
                    let missed = away.missed;
                    info!(
                        missed,
                        "the time-stamping authority answers again; {missed} signatures have no time stamp"
                    );
                }
                Ok(Some(made))
            }
            Err(Ended::Unsigned(error)) => Err(error),
            Err(Ended::NoStamp(why)) => {
                let rest = self.state().failed(Instant::now()).as_secs();
                let why = telemetry::chain(&why);
                warn!(
                    "files are signed without a time stamp; the next attempt is in {rest} s: {why}"
                );
                Ok(None)
            }
        }
    }

    async fn attempt(
        &self,
        signer: &Signer,
        file: &Bytes,
        media_type: MediaType,
        now: OffsetDateTime,
    ) -> Result<Vec<u8>, Ended> {
        let room = self.state().room.unwrap_or(FIRST_ROOM);
        let wanted = match self.stamped(signer, file, media_type, now, room).await? {
            Ok(made) => return Ok(made),
            Err(room) => room,
        };
        // The signature says how long the file is: with more room, it has to be another one.
        let again = self.stamped(signer, file, media_type, now, wanted).await?;
        again.map_err(|room| NoStamp::Unfit(CredentialsError::NoRoom(room)).into())
    }

    /// Signed with so much room for a stamp, or how much it would take. Either way it is known from now on how long this authority's are.
    async fn stamped(
        &self,
        signer: &Signer,
        file: &Bytes,
        media_type: MediaType,
        now: OffsetDateTime,
        room: usize,
    ) -> Result<Result<Vec<u8>, usize>, Ended> {
        let (signer, file) = (signer.clone(), file.clone());
        let prepared = off_the_runtime(move || signer.prepare(&file, media_type, now, room));
        let prepared = prepared.await?.map_err(SigningError::from)?;
        let request = prepared.request().map_err(NoStamp::from)?;
        let answer = self.authority.answer(request.as_bytes().to_vec()).await;
        let answer = answer.map_err(NoStamp::Unreached)?;
        let believed = self.believed.clone();
        let finished = off_the_runtime(move || finish(&prepared, &request, &answer, &believed));
        let (room, made) = finished.await??;
        self.state().learn(room);
        Ok(made.ok_or(room))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Stamping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stamping")
    }
}

/// The room that the stamp takes, and the file with it if it has as much.
fn finish(
    prepared: &Unstamped,
    request: &TimeStampRequest,
    answer: &[u8],
    believed: &Authorities,
) -> Result<(usize, Option<Vec<u8>>), NoStamp> {
    let stamp = request.answered(answer, believed)?;
    match prepared.stamped(&stamp) {
        Ok(made) => Ok((stamp.room(), Some(made))),
        Err(CredentialsError::NoRoom(room)) => Ok((room, None)),
        Err(error) => Err(NoStamp::Unfit(error)),
    }
}

impl State {
    /// Stamps take so many bytes: this authority's first one decides, and then the longest.
    fn learn(&mut self, room: usize) {
        self.room = Some(self.room.map_or(room, |known| known.max(room)));
    }

    /// Whether the authority is asked now. After it failed and rested, one asks, and the others hear what came of it.
    fn may_ask(&mut self, now: Instant) -> bool {
        let Some(away) = &mut self.away else {
            return true;
        };
        if now < away.until {
            away.missed += 1;
            return false;
        }
        away.until = now + PATIENCE;
        true
    }

    /// It failed: for how long it is left alone.
    fn failed(&mut self, now: Instant) -> Duration {
        let (rest, missed) = match self.away {
            None => (FIRST_REST, 0),
            // Others asked at the same time, and failed with it.
            Some(away) if now + PATIENCE < away.until => (away.rest, away.missed),
            Some(away) => ((away.rest * 2).min(LONGEST_REST), away.missed),
        };
        self.away = Some(Away {
            until: now + rest,
            rest,
            missed: missed + 1,
        });
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_that_fails_is_left_alone_for_longer_each_time() {
        let mut state = State {
            room: None,
            away: None,
        };
        let mut now = Instant::now();
        assert!(state.may_ask(now) && state.may_ask(now));
        let mut rests = Vec::new();
        for _ in 0..8 {
            let rest = state.failed(now);
            rests.push(rest.as_secs());
            assert!(!state.may_ask(now + rest - Duration::from_millis(1)));
            now += rest;
            assert!(state.may_ask(now));
            // One asks; the others wait for what comes of it.
            assert!(!state.may_ask(now));
            now += PATIENCE;
        }
        assert_eq!(rests, [10, 20, 40, 80, 160, 300, 300, 300]);
        // Eight that asked and sixteen that did not.
        assert_eq!(state.away.unwrap().missed, 24);
    }

    #[test]
    fn room_is_as_much_as_the_longest_stamp_took() {
        let mut state = State {
            room: None,
            away: None,
        };
        for (room, known) in [(900, 900), (905, 905), (901, 905)] {
            state.learn(room);
            assert_eq!(state.room, Some(known));
        }
    }

    #[test]
    fn those_that_fail_together_count_once() {
        let mut state = State {
            room: None,
            away: None,
        };
        let now = Instant::now();
        for _ in 0..5 {
            assert_eq!(state.failed(now), FIRST_REST);
        }
        assert_eq!(state.away.unwrap().missed, 5);
    }
}
