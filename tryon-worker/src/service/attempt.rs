//! One attempt at one try-on, from the job to the event that ends it.

use std::{
    ops::ControlFlow,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use domain::{
    shared::{PictureId, SessionId},
    tryon::session::{
        CancelTryOn, FailTryOn, FailureReason, MAX_ATTEMPTS, Request, Session, SessionCommand,
        SessionRejection, StageTime, StartTryOn, StartTryOnRejection, SucceedTryOn,
    },
};
use jetstream_es::{CommandContext, Commit, ExecuteError, Executor, LogError, Verdict};
use thiserror::Error;
use time::OffsetDateTime;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;

use super::{
    cancellation::Watch,
    deadline::Deadline,
    media::{Media, MediaError, ResultPicture},
    port::{Failure, Finished, TryOn, Wish},
    progress::Announcer,
};

/// How often a result is offered to the media service before the attempt is given up: half a minute, as a restart may take.
const WRITE_TRIES: u32 = 9;

/// What comes after the engine's own stages: the result goes to the media service.
const STORING: &str = "store";

/// Trouble that is not the pictures' fault.
#[derive(Debug, Error)]
pub(crate) enum Trouble {
    #[error("the log cannot be read")]
    Log(#[from] LogError),
    #[error("the session did not take the command")]
    Execute(#[from] ExecuteError<SessionRejection>),
    #[error(transparent)]
    Media(#[from] MediaError),
    #[error("the engine's thread ended without an answer")]
    Engine,
}

/// What every attempt needs. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Attempts {
    pub(crate) sessions: Executor<Session>,
    pub(crate) media: Media,
    pub(crate) nats: async_nats::Client,
    pub(crate) engine: Arc<dyn TryOn>,
    pub(crate) worker: String,
    /// Ends running attempts, so that other workers take them up.
    pub(crate) give_up: CancellationToken,
}

/// A try-on that this worker has taken up.
struct Running<'a> {
    session: &'a str,
    request: Request,
    attempt: u32,
    deadline: Deadline,
    announcer: Announcer,
}

impl Attempts {
    /// Works on a commit of a session. Only a request is work; the rest is history.
    pub(crate) async fn work(&self, commit: &Commit) -> Result<Verdict, Trouble> {
        if !commit
            .events
            .iter()
            .any(|event| event.event_type == "TryOnRequested")
        {
            return Ok(Verdict::Done);
        }
        let id = &commit.aggregate_id;
        let session = self.sessions.load(id).await?.aggregate;
        let Some(request) = session.request().cloned().filter(|_| !session.has_ended()) else {
            return Ok(Verdict::Done);
        };
        let now = OffsetDateTime::now_utc();
        let deadline = Deadline::new(commit.time, request.cancel_after_s, now);
        if deadline.has_passed() {
            return self.cancel(id).await;
        }
        if session.attempts() >= MAX_ATTEMPTS {
            let reason = reason(
                "attempts-exhausted",
                "Several workers failed at this try-on. Try again later.",
            );
            self.fail(id, session.attempts(), reason).await?;
            return Ok(Verdict::Done);
        }
        let person = self.picture(id, request.person).await?;
        let garment = self.picture(id, request.garment_picture).await?;
        let attempt = session.attempts() + 1;
        let start = StartTryOn {
            attempt,
            worker: self.worker.clone(),
        };
        if let Some(verdict) = self.start(id, start).await? {
            return Ok(verdict);
        }
        info!(session.id = %id, attempt, "started try-on {id}, attempt {attempt}");
        let announcer = Announcer::new(self.nats.clone(), id, attempt);
        let running = Running {
            session: id,
            request,
            attempt,
            deadline,
            announcer,
        };
        let missing = match (person, garment) {
            (Ok(person), Ok(garment)) => return self.run(&running, person, garment).await,
            (Err(_), _) => reason("person-missing", "The photo is gone. Upload it again."),
            (_, Err(_)) => reason("garment-missing", "The garment's picture is gone."),
        };
        self.end(&running, missing).await
    }

    /// The outer error is worth another attempt, the inner one is final.
    async fn picture(
        &self,
        try_on: &str,
        id: PictureId,
    ) -> Result<Result<Vec<u8>, String>, Trouble> {
        match self.media.read(try_on, &id.to_string()).await {
            Ok(bytes) => Ok(Ok(bytes)),
            Err(MediaError::Permanent(why)) => {
                warn!(picture.id = %id, "picture {id} cannot be had: {why}");
                Ok(Err(why))
            }
            Err(error @ MediaError::Unavailable(_)) => Err(error.into()),
        }
    }

    /// Takes the try-on up; a verdict says that somebody else has it or that it is over.
    async fn start(&self, id: &str, start: StartTryOn) -> Result<Option<Verdict>, Trouble> {
        let context = self.context(id, &format!("start-{}-{}", start.attempt, start.worker));
        match self.sessions.execute(id, start.into(), context).await {
            Ok(_) => Ok(None),
            Err(ExecuteError::Rejected(SessionRejection::StartTryOn(rejection))) => match rejection
            {
                StartTryOnRejection::StaleAttempt => {
                    Ok(Some(Verdict::Again(Duration::from_secs(1))))
                }
                StartTryOnRejection::NotRequested
                | StartTryOnRejection::Finished
                | StartTryOnRejection::AttemptsExhausted => Ok(Some(Verdict::Done)),
            },
            Err(error) => Err(error.into()),
        }
    }

    async fn run(
        &self,
        running: &Running<'_>,
        person: Vec<u8>,
        garment: Vec<u8>,
    ) -> Result<Verdict, Trouble> {
        match self.engine(running, person, garment).await? {
            Err(Failure::Stopped) if self.give_up.is_cancelled() => {
                Ok(Verdict::Again(Duration::ZERO))
            }
            // Nobody waits for a result any more, nor for a reason.
            _ if running.deadline.has_passed() => self.cancel(running.session).await,
            Ok(finished) => self.succeed(running, finished).await,
            Err(Failure::Refused { code, detail }) => {
                self.end(running, FailureReason { code, detail }).await
            }
            Err(Failure::Stopped) => Ok(Verdict::Done),
            Err(Failure::Fault(fault)) if running.attempt < MAX_ATTEMPTS => {
                warn!(session.id = running.session, "the engine failed: {fault}");
                Ok(Verdict::Again(Duration::from_secs(1)))
            }
            Err(Failure::Fault(fault)) => {
                warn!(
                    session.id = running.session,
                    "the engine failed for the last time: {fault}"
                );
                self.end(
                    running,
                    reason("engine-failed", "The try-on failed. Try again later."),
                )
                .await
            }
        }
    }

    /// Runs the engine on a thread of its own and announces its stages meanwhile.
    async fn engine(
        &self,
        running: &Running<'_>,
        person: Vec<u8>,
        garment: Vec<u8>,
    ) -> Result<Result<Finished, Failure>, Trouble> {
        let watch = Watch::start(
            self.sessions.clone(),
            running.session.to_owned(),
            running.attempt,
            running.deadline,
            self.give_up.clone(),
        );
        let (unwanted, engine) = (watch.flag(), Arc::clone(&self.engine));
        let category = running.request.category;
        let wish = Wish {
            mode: running.request.mode,
            seed: running.request.seed,
        };
        let (send, mut stages) = mpsc::channel(64);
        let work = tokio::task::spawn_blocking(move || {
            engine.try_on(&person, &garment, category, wish, &mut |stage, fraction| {
                // A full channel loses an announcement, nothing else.
                let _ = send.try_send((stage, fraction));
                if unwanted.load(Ordering::Relaxed) {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })
        });
        while let Some((stage, fraction)) = stages.recv().await {
            running.announcer.announce(stage, fraction).await;
        }
        work.await.map_err(|_| Trouble::Engine)
    }

    async fn succeed(&self, running: &Running<'_>, finished: Finished) -> Result<Verdict, Trouble> {
        let result = result_id(running.session, running.attempt);
        let picture = ResultPicture {
            picture: result.to_string(),
            owner: running.request.requested_by.to_string(),
            try_on: running.session.to_owned(),
            png: finished.png.into(),
        };
        let offered = Instant::now();
        self.write(&picture).await?;
        let mut stages = finished.stages;
        stages.push((STORING, offered.elapsed()));
        let succeed = SucceedTryOn {
            attempt: running.attempt,
            result,
            duration_ms: running.announcer.elapsed_ms(),
            engine: self.engine.describe().label(),
            stages: stages.into_iter().map(stage_time).collect(),
        };
        let context = self.context(running.session, &format!("succeed-{}", running.attempt));
        self.append(running.session, succeed.into(), context)
            .await?;
        info!(
            session.id = running.session,
            "finished try-on {}", running.session
        );
        Ok(Verdict::Done)
    }

    async fn write(&self, picture: &ResultPicture) -> Result<(), Trouble> {
        let mut tries = 1;
        loop {
            match self.media.write(picture).await {
                Err(MediaError::Unavailable(why))
                    if tries < WRITE_TRIES && !self.give_up.is_cancelled() =>
                {
                    warn!("result {} is offered again: {why}", picture.picture);
                    tokio::time::sleep(pause_after(tries)).await;
                    tries += 1;
                }
                other => return Ok(other?),
            }
        }
    }

    async fn end(&self, running: &Running<'_>, reason: FailureReason) -> Result<Verdict, Trouble> {
        info!(
            session.id = running.session,
            code = reason.code,
            "try-on {} is refused",
            running.session
        );
        self.fail(running.session, running.attempt, reason).await?;
        Ok(Verdict::Done)
    }

    async fn fail(&self, id: &str, attempt: u32, reason: FailureReason) -> Result<(), Trouble> {
        let context = self.context(id, &format!("fail-{attempt}"));
        self.append(id, FailTryOn { attempt, reason }.into(), context)
            .await
    }

    /// Gives up what nobody waits for any more, as the sweeper of the monolith does: one command, whoever is first.
    async fn cancel(&self, id: &str) -> Result<Verdict, Trouble> {
        info!(session.id = id, "nobody waits for try-on {id} any more");
        let context = self.context(id, "deadline").with_actor("deadline");
        self.append(id, CancelTryOn {}.into(), context).await?;
        Ok(Verdict::Done)
    }

    /// Appends what ends an attempt. A rejection means that the attempt was overtaken or cancelled: it has lost.
    async fn append(
        &self,
        id: &str,
        command: SessionCommand,
        context: CommandContext,
    ) -> Result<(), Trouble> {
        match self.sessions.execute(id, command, context).await {
            Ok(_) => Ok(()),
            Err(ExecuteError::Rejected(rejection)) => {
                info!(
                    session.id = id,
                    "came too late for try-on {id}: {rejection}"
                );
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    fn context(&self, id: &str, what: &str) -> CommandContext {
        CommandContext::new(format!("{id}-{what}"))
            .with_actor(&self.worker)
            .with_correlation_id(id)
    }
}

/// 1, 2 and from then on 4 seconds. The slot is held meanwhile, so that a long pause would keep other try-ons waiting after
/// the media service is back.
fn pause_after(tries: u32) -> Duration {
    Duration::from_secs(1 << (tries - 1).min(2))
}

/// The same for every repetition of an attempt, another one for the next attempt.
fn result_id(session: &str, attempt: u32) -> PictureId {
    let namespace = session
        .parse::<SessionId>()
        .map_or(Uuid::NAMESPACE_OID, SessionId::as_uuid);
    PictureId::new(Uuid::new_v5(
        &namespace,
        format!("result-{attempt}").as_bytes(),
    ))
}

fn stage_time((stage, took): (&'static str, Duration)) -> StageTime {
    StageTime {
        stage: stage.to_owned(),
        ms: u32::try_from((took + Duration::from_micros(500)).as_millis()).unwrap_or(u32::MAX),
    }
}

fn reason(code: &str, detail: &str) -> FailureReason {
    FailureReason {
        code: code.to_owned(),
        detail: detail.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_told_in_whole_milliseconds() {
        for (micros, ms) in [(400, 0), (500, 1), (120_499, 120)] {
            let told = stage_time(("warp", Duration::from_micros(micros)));
            assert_eq!((told.stage.as_str(), told.ms), ("warp", ms));
        }
    }

    #[test]
    fn a_result_is_offered_for_half_a_minute_and_never_long_after_the_service_is_back() {
        let pauses: Vec<u64> = (1..WRITE_TRIES)
            .map(|tries| pause_after(tries).as_secs())
            .collect();
        assert_eq!(pauses, [1, 2, 4, 4, 4, 4, 4, 4]);
    }
}
