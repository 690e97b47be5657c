//! Commands a second: in process and over HTTP, against plain publishes with the same durability and against other event stores,
//! in alternating rounds, so that a busy machine is busy for all of them.

mod contender;
mod way;

use std::time::Duration;

use clap::Args;
use serde_json::json;

use self::contender::Contender;
use crate::{
    peers::{POSTGRES_ES, Servers, WRITERS},
    report::{Report, Row, Wanted, say},
    stand::Stand,
};

/// `ops/bench/append`
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Writers at once, with commas.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 64])]
    writers: Vec<usize>,
    /// Copies of the log, with commas: 1, 3.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 3])]
    replicas: Vec<usize>,
    /// Rounds; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Length of a round in milliseconds.
    #[arg(long, default_value_t = 1_000)]
    round_ms: u64,
    /// Other event stores too.
    #[arg(long)]
    peers: bool,
    /// Five rounds of four seconds.
    #[arg(long)]
    full: bool,
}

pub(crate) async fn run(mut options: Options) -> anyhow::Result<()> {
    if options.full {
        (options.rounds, options.round_ms) = (5, 4_000);
    }
    let mut report = Report::begin("append");
    for replicas in &options.replicas {
        measure(&mut report, &options, *replicas).await?;
    }
    report.end()
}

async fn measure(report: &mut Report, options: &Options, replicas: usize) -> anyhow::Result<()> {
    let time = Duration::from_millis(options.round_ms);
    let stand = Stand::start(replicas).await?;
    let most = options.writers.iter().copied().max().unwrap_or(1);
    say(&format!(
        "starting everything with {replicas} copies of the log"
    ));
    let mut contenders = Contender::ours(&stand).await?;
    let servers = if options.peers {
        // They know nothing of copies: with three, only the nearest relative runs along, to be compared in the same rounds.
        let peers = if replicas == 1 {
            &WRITERS[..]
        } else {
            &[POSTGRES_ES]
        };
        contenders.extend(peers.iter().copied().map(Contender::peer));
        Some(Servers::start(&stand.postgres).await?)
    } else {
        None
    };
    for contender in &contenders {
        contender.warm_up(most).await?;
    }
    let mut found = Found {
        replicas,
        rows: vec![],
    };
    for writers in &options.writers {
        for contender in &mut contenders {
            contender.forget();
        }
        for round in 1..=options.rounds {
            say(&format!(
                "R{replicas}, {writers} writers, round {round} of {}",
                options.rounds
            ));
            for contender in &mut contenders {
                contender
                    .round(&stand, servers.as_ref(), *writers, time)
                    .await?;
            }
        }
        found.note(*writers, &contenders);
    }
    found.hold_against_promises(report);
    let rows = found.rows.into_iter().map(|(_, _, row)| row).collect();
    report.table(
        format!(
            "R{replicas}: commands a second, {} rounds of {time:?}, ms and µs of CPU a command",
            options.rounds
        ),
        rows,
    );
    Ok(())
}

/// What one number of copies came to.
struct Found {
    replicas: usize,
    rows: Vec<(usize, &'static str, Row)>,
}

impl Found {
    fn note(&mut self, writers: usize, contenders: &[Contender]) {
        let raw = contenders.iter().find(|one| one.name == way::RAW);
        let raw = raw.map_or(0.0, |raw| raw.rounds.per_second());
        for one in contenders {
            let rate = one.rounds.per_second();
            let ratio = if raw > 0.0 {
                json!(rate / raw)
            } else {
                json!(null)
            };
            let cost = one.cost_of_a_command();
            let row = vec![
                ("way", json!(one.name)),
                ("writers", json!(writers)),
                ("per second", json!(rate)),
                ("to raw", ratio),
                ("p50 ms", json!(one.rounds.p50_ms())),
                ("p99 ms", json!(one.rounds.p99_ms())),
                ("client µs", json!(cost.client)),
                ("drape µs", json!(cost.drape)),
                ("server µs", json!(cost.server)),
                ("errors", json!(one.errors)),
            ];
            self.rows.push((writers, one.name, row));
        }
    }

    fn figure(&self, writers: usize, name: &str, column: &str) -> Option<f64> {
        let (_, _, row) = self
            .rows
            .iter()
            .find(|(of, way, _)| *of == writers && *way == name)?;
        row.iter().find(|(found, _)| *found == column)?.1.as_f64()
    }

    fn hold_against_promises(&self, report: &mut Report) {
        let figure = |writers, name, column| self.figure(writers, name, column);
        let mut goal = |what: &str, wanted, reached: Option<f64>| {
            if let Some(reached) = reached {
                report.goal(format!("R{}: {what}", self.replicas), wanted, reached);
            }
        };
        let http = way::HTTP;
        if self.replicas == 1 {
            goal(
                "HTTP to raw, 1 writer",
                Wanted::AtLeast(0.7),
                figure(1, http, "to raw"),
            );
            // No command over HTTP can be faster than these two, one after the other.
            let times = figure(1, way::RAW, "p50 ms").zip(figure(1, way::HTTP_REFUSED, "p50 ms"));
            let taken = figure(1, http, "p50 ms");
            goal(
                "1 writer, p50: a raw publish and a refused request to HTTP",
                Wanted::AtLeast(0.7),
                times
                    .zip(taken)
                    .map(|((raw, refused), http)| (raw + refused) / http),
            );
            goal(
                "HTTP to raw, 64 writers",
                Wanted::AtLeast(1.0),
                figure(64, http, "to raw"),
            );
            goal(
                "HTTP, 64 writers, per second",
                Wanted::AtLeast(2_000.0),
                figure(64, http, "per second"),
            );
            let cpu = figure(64, http, "drape µs").zip(figure(64, http, "server µs"));
            let cpu = cpu.map(|(drape, server)| drape + server);
            goal(
                "HTTP, 64 writers, drape and nats-server, µs of CPU",
                Wanted::AtMost(500.0),
                cpu,
            );
            for writers in [1, 64] {
                let p99 = figure(writers, http, "p99 ms").zip(figure(writers, way::RAW, "p99 ms"));
                let more = p99.map(|(http, raw)| http - raw);
                goal(
                    &format!("HTTP, {writers} writers, p99 above raw, ms"),
                    Wanted::AtMost(3.0),
                    more,
                );
            }
        }
        let own = figure(64, way::IN_PROCESS, "per second");
        let theirs = figure(64, POSTGRES_ES.name, "per second");
        if self.replicas > 1 {
            let ratio = own.zip(theirs).map(|(own, theirs)| own / theirs);
            goal(
                "in process to postgres-es, 64 writers",
                Wanted::AtLeast(3.0),
                ratio,
            );
        }
    }
}

/// What one command cost, in microseconds of processor time.
#[derive(Debug, Default, Clone, Copy)]
struct Cost {
    /// Whoever sends it: with the executor or the peer's library in it, if that is where it runs.
    client: f64,
    /// `drape serve`, if it goes through there.
    drape: f64,
    /// Where it is stored.
    server: f64,
}
