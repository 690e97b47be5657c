//! Whoever is measured: rounds, what they cost, what came of them.

use std::{sync::Arc, time::Duration};

use anyhow::Context;

use super::{
    Cost,
    way::{self, Asks, Way},
};
use crate::{
    closed_loop::{Round, Rounds, closed_loop},
    cpu,
    peers::{Peer, Servers},
    report::say,
    stand::{Settings, Stand, WHOLE},
};

const WARM_UP: Duration = Duration::from_millis(500);
/// After a round the views may be behind; they should not be at it during the next one's.
const CATCH_UP: Duration = Duration::from_mins(1);
const COMMANDS_ONLY: Settings = Settings {
    roles: "command-api",
    archive: false,
};

pub(super) struct Contender {
    pub(super) name: &'static str,
    pub(super) rounds: Rounds,
    pub(super) errors: u64,
    what: What,
    commands: u64,
    /// Whole microseconds of all rounds.
    used: Used,
}

enum What {
    Ours(Arc<Way>),
    Peer(Peer),
}

#[derive(Debug, Default, Clone, Copy)]
struct Used {
    client: u64,
    drape: u64,
    server: u64,
}

impl Contender {
    fn new(name: &'static str, what: What) -> Self {
        Self {
            name,
            rounds: Rounds::default(),
            errors: 0,
            what,
            commands: 0,
            used: Used::default(),
        }
    }

    /// Plain publishes, the executor, HTTP in two sizes, and HTTP for nothing.
    pub(super) async fn ours(stand: &Stand) -> anyhow::Result<Vec<Self>> {
        let alone = Arc::new(stand.drape("HTTP", &COMMANDS_ONLY).await?);
        let whole = Arc::new(stand.drape("WHOLE", &WHOLE).await?);
        let new = |name, way| Self::new(name, What::Ours(Arc::new(way)));
        Ok(vec![
            new(way::RAW, Way::raw(stand).await?),
            new(way::IN_PROCESS, Way::in_process(stand).await?),
            new(way::HTTP, Way::http(Arc::clone(&alone), Asks::Alone)),
            new(way::HTTP_WHOLE, Way::http(whole, Asks::Whole)),
            new(way::HTTP_REFUSED, Way::http(alone, Asks::Nothing)),
        ])
    }

    pub(super) fn peer(peer: Peer) -> Self {
        Self::new(peer.name, What::Peer(peer))
    }

    /// Opens connections, fills caches, and is not counted.
    pub(super) async fn warm_up(&self, writers: usize) -> anyhow::Result<()> {
        if let What::Ours(way) = &self.what {
            way.connect(writers).await?;
            run(way, writers, WARM_UP).await?;
            way.settle().await?;
        }
        Ok(())
    }

    /// Begins anew, with another number of writers.
    pub(super) fn forget(&mut self) {
        self.rounds = Rounds::default();
        (self.commands, self.errors, self.used) = (0, 0, Used::default());
    }

    pub(super) async fn round(
        &mut self,
        stand: &Stand,
        servers: Option<&Servers<'_>>,
        writers: usize,
        time: Duration,
    ) -> anyhow::Result<()> {
        match &self.what {
            What::Ours(way) => {
                way.connect(writers).await?;
                let before = way.used(stand);
                let round = run(way, writers, time).await;
                let round = round.with_context(|| self.name)?;
                let after = way.used(stand);
                self.used.client += after.client - before.client;
                self.used.drape += after.drape - before.drape;
                self.used.server += after.server - before.server;
                self.commands += round.micros.len() as u64;
                self.rounds.add(round);
                way.settle().await?;
            }
            What::Peer(peer) => {
                let servers = servers.context("no servers for peers")?;
                let done = peer.append(servers, writers, time).await;
                let said = match done {
                    Ok(said) => said,
                    Err(error) => {
                        // The others can be measured all the same; the table shows that this one failed.
                        say(&format!("{error:#}"));
                        self.errors += 1;
                        return Ok(());
                    }
                };
                self.commands += said.commands;
                self.errors += said.errors;
                self.used.client += said.cpu_us;
                self.used.server += said.server_us;
                self.rounds
                    .add_summary(said.per_second, said.p50_us, said.p99_us);
            }
        }
        Ok(())
    }

    pub(super) fn cost_of_a_command(&self) -> Cost {
        let each = |used: u64| used as f64 / self.commands.max(1) as f64;
        Cost {
            client: each(self.used.client),
            drape: each(self.used.drape),
            server: each(self.used.server),
        }
    }
}

async fn run(way: &Arc<Way>, writers: usize, time: Duration) -> anyhow::Result<Round> {
    let way = Arc::clone(way);
    let command = move |writer| {
        let way = Arc::clone(&way);
        async move { way.command(writer).await }
    };
    closed_loop(writers, time, command).await
}

impl Way {
    /// Waits until what a round left to do is done.
    async fn settle(&self) -> anyhow::Result<()> {
        match self {
            Self::Http(writers) if writers.keeps_views() => writers.drape.caught_up(CATCH_UP).await,
            Self::Raw(..) | Self::InProcess(..) | Self::Http(_) => Ok(()),
        }
    }

    fn used(&self, stand: &Stand) -> Used {
        let (drape, views) = match self {
            Self::Raw(..) | Self::InProcess(..) => (0, 0),
            Self::Http(writers) if writers.keeps_views() => {
                (writers.drape.cpu(), stand.postgres_cpu())
            }
            Self::Http(writers) => (writers.drape.cpu(), 0),
        };
        Used {
            client: cpu::own(),
            drape,
            server: stand.nats_cpu() + views,
        }
    }
}
