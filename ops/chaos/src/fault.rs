//! What is broken, when, and whether that hit anything.

use std::{fmt, time::Duration};

use e2e::System;
use serde::Serialize;

use crate::{
    history::{History, Phase},
    random::Random,
};

/// A process that can be killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Victim {
    /// `drape serve` with all roles but the projector.
    Gateway,
    /// `drape serve --roles projector`.
    Projector,
    /// The try-on worker.
    Worker,
    /// The event log's server.
    Nats,
    /// The views' server.
    Postgres,
}

impl Victim {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Gateway,
        Self::Projector,
        Self::Worker,
        Self::Nats,
        Self::Postgres,
    ];

    /// `kill -9`.
    pub fn kill(self, system: &mut System) -> anyhow::Result<()> {
        match self {
            Self::Gateway => system.drape.kill9(),
            Self::Projector => system
                .projector
                .as_mut()
                .map_or(Ok(()), e2e::Process::kill9),
            Self::Worker => system
                .workers
                .first_mut()
                .map_or(Ok(()), e2e::Process::kill9),
            Self::Nats => system.nats.kill9(),
            Self::Postgres => system.postgres.kill9(),
        }
    }

    /// Starts it again, as whoever watches over it would; does not wait until it is ready.
    pub async fn restart(self, system: &mut System) -> anyhow::Result<()> {
        match self {
            Self::Gateway => system.start_drape(),
            Self::Projector => system.start_projector(),
            Self::Worker => system.restart_worker(0),
            Self::Nats => system.nats.restart().await,
            Self::Postgres => system.postgres.restart().await,
        }
    }
}

/// One blow: who, for how long, and what it hit.
#[derive(Debug, Clone, Serialize)]
pub struct Blow {
    /// What was done.
    pub what: String,
    /// Who was killed, at once.
    pub victims: Vec<Victim>,
    /// For how long they were gone.
    pub away_ms: u64,
    /// When, since the run began.
    pub at_us: u64,
    /// Requests without an answer at that moment.
    pub in_flight: usize,
}

impl Blow {
    /// Something that is done now.
    pub fn now(what: impl Into<String>, history: &History) -> Self {
        Self {
            what: what.into(),
            victims: vec![],
            away_ms: 0,
            at_us: history.now_us(),
            in_flight: history.in_flight(),
        }
    }

    /// The same to these, for so long.
    #[must_use]
    pub fn to(mut self, victims: Vec<Victim>, away: Duration) -> Self {
        self.victims = victims;
        self.away_ms = u64::try_from(away.as_millis()).unwrap_or(u64::MAX);
        self
    }
}

impl fmt::Display for Blow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ", self.what)?;
        if !self.victims.is_empty() {
            write!(formatter, "{:?} ", self.victims)?;
        }
        write!(
            formatter,
            "at {:.1} s, away {} ms, {} in flight",
            Duration::from_micros(self.at_us).as_secs_f64(),
            self.away_ms,
            self.in_flight
        )
    }
}

/// Who is killed next: everybody once in random order, then again; now and then two at once.
#[derive(Debug)]
pub struct Plan {
    random: Random,
    queue: Vec<Victim>,
}

impl Plan {
    /// The plan of a seed.
    pub fn new(random: Random) -> Self {
        Self {
            random,
            queue: vec![],
        }
    }

    /// Pause before, victims, and how long they stay away.
    pub fn draw_blow(&mut self) -> (Duration, Vec<Victim>, Duration) {
        let mut victims = vec![self.draw()];
        if self.random.below(4) == 0 {
            let second = self.draw();
            if second != victims[0] {
                victims.push(second);
            }
        }
        let pause = self.random.between_ms(300, 1_800);
        let away = self.random.between_ms(0, 1_200);
        (pause, victims, away)
    }

    fn draw(&mut self) -> Victim {
        if self.queue.is_empty() {
            self.queue = Victim::ALL.to_vec();
            self.random.shuffle(&mut self.queue);
        }
        self.queue.pop().unwrap_or(Victim::Gateway)
    }
}

/// Strikes once and brings the victims back.
pub async fn strike(
    system: &mut System,
    history: &History,
    (victims, away): (Vec<Victim>, Duration),
) -> anyhow::Result<Blow> {
    let blow = Blow::now("killed", history).to(victims, away);
    for victim in &blow.victims {
        victim.kill(system)?;
    }
    tokio::time::sleep(away).await;
    for victim in &blow.victims {
        victim.restart(system).await?;
    }
    Ok(blow)
}

/// Why these blows prove nothing, if they do not: each must have fallen under load, all kinds must have been struck, and
/// some request must have lost its answer.
pub fn void(blows: &[Blow], wanted: &[Victim], history: &History) -> Option<String> {
    for victim in wanted {
        let hit = |blow: &&Blow| blow.victims.contains(victim) && blow.in_flight > 0;
        if !blows.iter().any(|blow| hit(&blow)) {
            return Some(format!("{victim:?} was never hit under load"));
        }
    }
    let lost = history.records();
    let lost = lost.iter().any(|record| record.phase == Phase::Unknown);
    (!lost).then(|| "no request ever lost its answer".to_owned())
}
