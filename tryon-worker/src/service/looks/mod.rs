//! Looks at garments before anybody tries them on, and puts down what it found ([ADR 23](../../../../docs/adr/0023-garments-are-looked-at.md)).
//!
//! One at a time, and only while nobody waits for this worker. What is to be done is not what a commit says but what the garment is now:
//! so a commit that comes twice, or late, does nothing.

use std::{sync::Arc, time::Duration};

use cqrs_es::Aggregate;
use domain::{
    catalog::garment::{Garment, GarmentStatus},
    media::picture::Picture,
    shared::{BlobHash, Category, PictureId},
    tryon::{
        session::FailureReason,
        suitability::{
            Cutout, Look, ModelPack, RecordLook, Suitability, SuitabilityRejection, Verdict,
        },
    },
};
use jetstream_es::{
    CommandContext, Commit, EventLog, ExecuteError, Executor, Job, LogError, SubjectFilter,
    Verdict as JobVerdict, WorkQueue, WorkQueueOptions,
};
use sha2::{Digest, Sha256};
use thiserror::Error;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;

use super::{
    media::{Media, MediaError},
    port::{CutOut, Failure, Looked, Looker, TryOn},
    quiet::Quiet,
};

/// What may make another look necessary: of a draft as well, so that whoever publishes it knows beforehand.
const OCCASIONS: [&str; 3] = ["PictureAttached", "GarmentRevised", "GarmentPublished"];

/// What looks bring beside their verdict. Where that becomes more, all garments are gone through once again, and those are looked at that
/// lack it.
const BRINGS: &str = "cutout";

/// After so long without a worker that has this engine and this pack, the server forgets how far they had come; they begin anew, and
/// find what was looked at.
const FORGOTTEN_AFTER: Duration = Duration::from_hours(1);

/// How often it is seen whether the engine has been exchanged.
const EXCHANGED: Duration = Duration::from_secs(5);

/// How long a worker waits that may not take looks, at most.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// So often a garment is looked at in one go while it changes; then others come first.
const TURNS: u32 = 4;

/// Trouble that is not the picture's fault.
#[derive(Debug, Error)]
enum Trouble {
    #[error("the log cannot be read")]
    Log(#[from] LogError),
    #[error("the look was not put down")]
    Execute(#[from] ExecuteError<SuitabilityRejection>),
    #[error(transparent)]
    Media(#[from] MediaError),
    #[error("the engine failed: {0}")]
    Engine(String),
}

/// All that looks need.
pub(crate) struct Looks {
    garments: Executor<Garment>,
    pictures: Executor<Picture>,
    suitabilities: Executor<Suitability>,
    media: Media,
    engine: Arc<dyn TryOn>,
    quiet: Quiet,
    worker: String,
}

/// What a garment is now, as far as a look goes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    picture: PictureId,
    blob: BlobHash,
    category: Category,
}

impl Looks {
    pub(crate) fn new(
        log: &EventLog,
        media: &Media,
        engine: &Arc<dyn TryOn>,
        quiet: &Quiet,
        worker: &str,
    ) -> Self {
        Self {
            garments: Executor::new(log.clone(), ()),
            pictures: Executor::new(log.clone(), ()),
            suitabilities: Executor::new(log.clone(), ()),
            media: media.clone(),
            engine: Arc::clone(engine),
            quiet: quiet.clone(),
            worker: worker.to_owned(),
        }
    }

    /// Looks until `stop`. Never fails: a worker that may not look still does try-ons.
    pub(crate) async fn take(&self, log: &EventLog, lease: Duration, stop: &CancellationToken) {
        let mut pause = Duration::from_secs(1);
        while !stop.is_cancelled() {
            let Some(looker) = self.engine.describe().looker() else {
                return;
            };
            match log.work_queue(options(&looker, lease)).await {
                Ok(queue) => {
                    pause = Duration::from_secs(1);
                    self.work_off(queue, &looker, stop).await;
                }
                Err(error) => {
                    warn!(
                        "garments are not looked at before try-ons: {}",
                        telemetry::chain(&error)
                    );
                    let () = tokio::select! {
                        () = stop.cancelled() => {}
                        () = tokio::time::sleep(pause) => {}
                    };
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Takes one job after the other, until `stop` or until somebody else looks.
    async fn work_off(&self, mut queue: WorkQueue, looker: &Looker, stop: &CancellationToken) {
        loop {
            let job = tokio::select! {
                () = stop.cancelled() => break,
                job = queue.next() => Some(job),
                () = tokio::time::sleep(EXCHANGED) => None,
            };
            if self.engine.describe().looker().as_ref() != Some(looker) {
                if let Some(job) = job {
                    give_back(job).await;
                }
                break;
            }
            let Some(job) = job else { continue };
            tokio::select! {
                biased;
                outcome = self.work(&job.commit, looker) => job.settle(outcome).await,
                () = stop.cancelled() => {
                    give_back(job).await;
                    break;
                }
            }
        }
        queue.close().await;
    }

    async fn work(&self, commit: &Commit, looker: &Looker) -> Result<JobVerdict, Trouble> {
        let mut types = commit.events.iter().map(|event| event.event_type.as_str());
        if !types.any(|of| OCCASIONS.contains(&of)) {
            return Ok(JobVerdict::Done);
        }
        let garment = &commit.aggregate_id;
        let mut seen = None;
        for _ in 0..TURNS {
            let Some(wanted) = self.wanted(garment).await? else {
                return Ok(JobVerdict::Done);
            };
            let known = self.suitabilities.load(garment).await?;
            // What could not be cut out just now is not tried once more before there is another occasion.
            let is_whole = |look: &Look| brought_all(look) || seen.as_ref() == Some(&wanted);
            let is_known =
                |look: &Look| is_by(look, looker) && wanted.is_shown_in(look) && is_whole(look);
            if known.aggregate.look().is_some_and(is_known) {
                return Ok(JobVerdict::Done);
            }
            self.quiet.comes().await;
            let picture = wanted.picture.to_string();
            let bytes = match self.media.read_of_garment(garment, &picture).await {
                Ok(bytes) => bytes,
                Err(MediaError::Permanent(why)) => {
                    // It is another picture by now, or none that can be decoded: there is nothing to look at.
                    warn!(garment.id = %garment, "garment {garment} is not looked at: {why}");
                    return Ok(JobVerdict::Done);
                }
                Err(error @ MediaError::Unavailable(_)) => return Err(error.into()),
            };
            self.quiet.comes().await;
            let looked = self.look(bytes, wanted.category).await?;
            let cutout = self.keep(garment, &wanted, looked.cutout.as_ref()).await?;
            self.put_down(garment, &wanted, (looked, cutout), known.version)
                .await?;
            seen = Some(wanted);
            // What changed meanwhile is seen in the next turn: the last word is about the garment as it is.
        }
        Ok(JobVerdict::Again(Duration::from_secs(1)))
    }

    /// What is to be looked at; nothing of a garment that nobody can see or buy any more.
    async fn wanted(&self, garment: &str) -> Result<Option<Wanted>, Trouble> {
        let garment = self.garments.load(garment).await?.aggregate;
        let is_there = match garment.status() {
            GarmentStatus::Draft | GarmentStatus::Published => true,
            GarmentStatus::Unknown | GarmentStatus::Retired => false,
        };
        let (Some(picture), Some(details), true) = (garment.picture(), garment.details(), is_there)
        else {
            return Ok(None);
        };
        let uploaded = self.pictures.load(&picture.to_string()).await?.aggregate;
        let original = uploaded.stored("original");
        Ok(original.map(|original| Wanted {
            picture,
            blob: original.blob.clone(),
            category: details.category,
        }))
    }

    async fn look(&self, bytes: Vec<u8>, category: Category) -> Result<Looked, Trouble> {
        let engine = Arc::clone(&self.engine);
        let looked = tokio::task::spawn_blocking(move || engine.look(&bytes, category)).await;
        match looked {
            Ok(Ok(looked)) => Ok(looked),
            Ok(Err(Failure::Fault(fault))) => Err(Trouble::Engine(fault)),
            Ok(Err(Failure::Refused { code, .. })) => Err(Trouble::Engine(code)),
            Ok(Err(Failure::Stopped)) => Err(Trouble::Engine("it was stopped".to_owned())),
            Err(_) => Err(Trouble::Engine("its thread ended".to_owned())),
        }
    }

    /// Stores what was cut out before anything in the log speaks of it. Where that is refused, the look is put down without it.
    async fn keep(
        &self,
        garment: &str,
        wanted: &Wanted,
        cut_out: Option<&CutOut>,
    ) -> Result<Option<Cutout>, Trouble> {
        let Some(cut_out) = cut_out else {
            return Ok(None);
        };
        let hash = hex::encode(Sha256::digest(&cut_out.png));
        let hash = BlobHash::parse(&hash).map_err(|error| Trouble::Engine(error.to_string()))?;
        let picture = Cutout::picture_of(wanted.picture, &hash);
        let file = (picture, &cut_out.png);
        match self.media.write_cutout(garment, wanted.picture, file).await {
            Ok(()) => Ok(Some(Cutout {
                picture,
                width_px: cut_out.width_px,
                height_px: cut_out.height_px,
                bounds: cut_out.bounds,
            })),
            Err(MediaError::Permanent(why)) => {
                warn!(garment.id = %garment, "what was cut out for garment {garment} is not kept: {why}");
                Ok(None)
            }
            Err(error @ MediaError::Unavailable(_)) => Err(error.into()),
        }
    }

    async fn put_down(
        &self,
        garment: &str,
        wanted: &Wanted,
        (looked, cutout): (Looked, Option<Cutout>),
        after: u64,
    ) -> Result<(), Trouble> {
        let Looked {
            looker, refusal, ..
        } = looked;
        let Some(pack) = pack_of(&looker) else {
            return Err(Trouble::Engine("its pack has no digest".to_owned()));
        };
        let found = refusal.as_ref().map_or("ready", |(code, _)| code.as_str());
        info!(garment.id = %garment, found, "looked at garment {garment}: {found}");
        let verdict = match refusal.clone() {
            None => Verdict::Ready,
            Some((code, detail)) => Verdict::Unsupported {
                reason: FailureReason { code, detail },
            },
        };
        let look = Look {
            picture: wanted.picture,
            blob: wanted.blob.clone(),
            category: wanted.category,
            engine: looker.engine.clone(),
            pack,
            verdict,
            cutout,
        };
        let context = CommandContext::new(command_id(&look, &looker, after))
            .with_actor(&self.worker)
            .with_causation_id(garment);
        let command = RecordLook { look }.into();
        self.suitabilities
            .execute(garment, command, context)
            .await?;
        Ok(())
    }
}

impl Wanted {
    fn is_shown_in(&self, look: &Look) -> bool {
        (look.picture, &look.blob, look.category) == (self.picture, &self.blob, self.category)
    }
}

/// Whether nothing more can come of another look by the same: one from before garments were cut out lacks that. Of a picture that is
/// refused another one is wanted anyway, and that is looked at.
fn brought_all(look: &Look) -> bool {
    match look.verdict {
        Verdict::Ready => look.cutout.is_some(),
        Verdict::Unsupported { .. } => true,
    }
}

/// Another engine or another pack has another queue, which begins with the first garment; so has a worker that brings more.
fn options(looker: &Looker, lease: Duration) -> WorkQueueOptions {
    let mut hash = Sha256::new();
    for part in [looker.engine.as_str(), &looker.pack.sha256, BRINGS] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let name = hex::encode(&hash.finalize()[..8]);
    WorkQueueOptions {
        name: format!("garment-looks-{name}"),
        filter: SubjectFilter::aggregate_type(Garment::TYPE),
        ack_wait: lease,
        max_ack_pending: 1_000,
        max_deliver: -1,
        inactive_threshold: Some(FORGOTTEN_AFTER),
    }
}

/// The same for a look that is put down twice, another one for every look that may follow on what was known.
fn command_id(look: &Look, looker: &Looker, after: u64) -> String {
    let (engine, pack) = (&looker.engine, &looker.pack.sha256);
    let name = format!("{engine} {pack} {} {after}", look.category);
    format!(
        "look-{}",
        Uuid::new_v5(&look.picture.as_uuid(), name.as_bytes())
    )
}

fn pack_of(looker: &Looker) -> Option<ModelPack> {
    Some(ModelPack {
        name: looker.pack.name.clone(),
        version: looker.pack.version.clone(),
        sha256: BlobHash::parse(&looker.pack.sha256).ok()?,
    })
}

fn is_by(look: &Look, looker: &Looker) -> bool {
    look.engine == looker.engine && Some(&look.pack) == pack_of(looker).as_ref()
}

/// For the next one who asks.
async fn give_back(job: Job) {
    if let Err(error) = job.retry_after(Duration::ZERO).await {
        warn!(
            "a look is given out again later: {}",
            telemetry::chain(&error)
        );
    }
}

#[cfg(test)]
mod tests;
