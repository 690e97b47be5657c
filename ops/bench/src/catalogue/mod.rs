//! Reads of a catalogue a second, over 64 connections: ours against Fastify with postgres.js and `FastAPI` with asyncpg on the same
//! statement written well, and against that statement alone; and how long a search with a typing error takes.

pub(crate) mod garments;
mod peers;
mod statements;
mod vendure;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context;
use clap::Args;
use serde_json::json;
use sqlx::PgPool;
use tokio::{sync::Mutex, time::sleep};
use uuid::Uuid;

use self::peers::{FASTAPI, FASTIFY, Peer};
use crate::{
    closed_loop::{Round, Rounds, at, closed_loop},
    cpu,
    http::{Connection, request},
    memory,
    report::{Report, Row, Wanted, say},
    seed,
    stand::{Drape, Settings, Stand, WHOLE, prefix},
};

const LOG: &str = "CATALOGUE";
const PATIENCE: Duration = Duration::from_mins(5);
const OURS: &str = "drape";
const ALONE: &str = "the statement alone";
const CATEGORIES: [&str; 4] = ["tops", "bottoms", "dresses", "outerwear"];
/// Words as shoppers type them, right and wrong.
const TYPED: [&str; 8] = [
    "linnen+shirt",
    "wool+jumpr",
    "quilted+jakcet",
    "pleated+skrit",
    "navy+dress",
    "cropped+denim",
    "leahter+coat",
    "slim+jea",
];

/// `ops/bench/catalogue`
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Styles of four sizes each.
    #[arg(long, default_value_t = 25_000)]
    styles: u64,
    /// Connections that ask at the same time.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Connections of each that answers to PostgreSQL; 20 are what `drape serve` has.
    #[arg(long, default_value_t = 20)]
    pool: u32,
    /// Also words that are spelled right, against Vendure: filling it takes about a tenth of a second for each style.
    #[arg(long)]
    vendure: bool,
    /// Seconds of a round.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Rounds; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    List,
    One,
    Words,
    Unheard,
    Spelled,
}

impl Asked {
    const SPELLED: [&str; 8] = [
        "linen+shirt",
        "wool+jumper",
        "quilted+jacket",
        "pleated+skirt",
        "navy+dress",
        "cropped+denim",
        "leather+coat",
        "slim+jeans",
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::List => "list with facets",
            Self::One => "one garment",
            Self::Words => "words with a typing error, and facets",
            Self::Unheard => "words that nobody typed before, and facets",
            Self::Spelled => "words spelled right, and facets",
        }
    }

    /// Words as they stand in an address.
    fn words(self, number: u64) -> anyhow::Result<String> {
        let at = usize::try_from(number)?;
        Ok(match self {
            Self::Spelled => Self::SPELLED[at % Self::SPELLED.len()].to_owned(),
            Self::Unheard => garments::mistyped(number)?,
            Self::List | Self::One | Self::Words => TYPED[at % TYPED.len()].to_owned(),
        })
    }

    fn path(self, number: u64, styles: u64) -> anyhow::Result<String> {
        Ok(match self {
            Self::List => format!("/v1/search?category={}&size=m", category(number)?),
            Self::One => format!("/v1/garments/{}", one(number, styles)),
            Self::Words | Self::Unheard | Self::Spelled => {
                format!("/v1/search?q={}", self.words(number)?)
            }
        })
    }
}

/// The garment that is asked for, all over the catalogue.
fn one(number: u64, styles: u64) -> Uuid {
    garments::id(number * 7_919 % styles)
}

fn category(number: u64) -> anyhow::Result<&'static str> {
    Ok(CATEGORIES[usize::try_from(number)? % CATEGORIES.len()])
}

/// The bytes of a request for what is asked with this number, of so many styles.
type Question = fn(Asked, u64, u64) -> anyhow::Result<String>;

/// The question as we and those who do as we do are asked.
fn question(asked: Asked, number: u64, styles: u64) -> anyhow::Result<String> {
    Ok(request("GET", &asked.path(number, styles)?, &[], ""))
}

/// Who answers.
enum Answering {
    /// This process at this address, in this language.
    Http(u32, String, Question),
    Statement(PgPool),
}

/// The same for one round: connections that nobody uses are closed.
#[derive(Clone)]
enum Open {
    Http(Arc<Vec<Mutex<Connection>>>, Question),
    Statement(PgPool),
}

/// Somebody who answers something, and how it went.
struct Contender {
    name: &'static str,
    answering: Answering,
    asked: Asked,
    rounds: Rounds,
    micros: Vec<u64>,
    /// What the process that answers spent on all rounds, in microseconds of a processor.
    cpu: u64,
    /// The number of the next question, in whatever round.
    number: Arc<AtomicU64>,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let mut report = Report::begin("catalogue");
    let stand = Stand::start(1).await?;
    let drape = sold(&stand, options.styles, &mut report).await?;
    let pool = statements::shop(&drape.database, options.pool).await?;
    let peers = peers::start(&drape.database, options.pool).await?;
    peers::agree(&drape.address, &peers, &pool, options.styles).await?;
    let mut contenders = contenders(&drape, &peers, &pool);
    let mut beside = None;
    if options.vendure {
        let folder = stand.folder("vendure");
        let peer = vendure::start(&stand.postgres, &folder, options.styles, options.pool).await?;
        let found = vendure::compared(&drape.address, &peer.address).await?;
        report.table("What is found", found);
        contenders.push(ours(&drape, Asked::Spelled));
        let theirs = Answering::Http(peer.pid(), peer.address.clone(), vendure::question);
        contenders.push(contender(vendure::NAME, theirs, Asked::Spelled));
        beside = Some(peer);
    }
    for round in 1..=options.rounds {
        for contender in &mut contenders {
            let (name, asked) = (contender.name, contender.asked.name());
            say(&format!(
                "round {round} of {}: {name}, {asked}",
                options.rounds
            ));
            let before = contender.answering.cpu();
            let found = contender.round(&options).await?;
            contender.cpu += contender.answering.cpu().saturating_sub(before);
            contender.micros.extend(&found.micros);
            contender.rounds.add(found);
        }
    }
    drop((peers, beside));
    told(&mut report, &contenders, &options);
    report.end()
}

/// `drape serve` with so many styles on sale; what memory they take is told.
async fn sold(stand: &Stand, styles: u64, report: &mut Report) -> anyhow::Result<Drape> {
    let settings = Settings {
        archive: false,
        ..WHOLE
    };
    let drape = stand.drape(LOG, &settings).await?;
    let empty = memory::of_process(drape.pid()).unwrap_or_default();
    say(&format!("putting {styles} styles on sale"));
    let seeds = garments::seeds(styles).collect::<anyhow::Result<Vec<_>>>()?;
    seed::fill(&stand.client().await?, &prefix(LOG), seeds).await?;
    drape.caught_up(PATIENCE).await?;
    let loading = Instant::now();
    whole(&drape, styles).await?;
    say(&format!(
        "in memory {:.1} s after the views",
        loading.elapsed().as_secs_f64()
    ));
    let full = memory::of_process(drape.pid()).unwrap_or_default();
    let per_garment = full.saturating_sub(empty) as f64 / styles as f64;
    report.table(
        "Memory of drape serve",
        vec![vec![
            ("styles", json!(styles)),
            ("before, MiB", json!(empty >> 20)),
            ("after, MiB", json!(full >> 20)),
            ("bytes a style", json!(per_garment)),
        ]],
    );
    Ok(drape)
}

fn contenders(drape: &Drape, peers: &[Peer], pool: &PgPool) -> Vec<Contender> {
    let mut contenders = vec![];
    for asked in [Asked::List, Asked::One] {
        contenders.push(ours(drape, asked));
        for peer in peers {
            let process = &peer.process;
            let theirs = Answering::Http(process.pid(), process.address.clone(), question);
            contenders.push(contender(peer.name, theirs, asked));
        }
        let alone = Answering::Statement(pool.clone());
        contenders.push(contender(ALONE, alone, asked));
    }
    contenders.extend([Asked::Words, Asked::Unheard].map(|asked| ours(drape, asked)));
    contenders
}

fn ours(drape: &Drape, asked: Asked) -> Contender {
    let answering = Answering::Http(drape.pid(), drape.address.clone(), question);
    contender(OURS, answering, asked)
}

fn contender(name: &'static str, answering: Answering, asked: Asked) -> Contender {
    Contender {
        name,
        answering,
        asked,
        rounds: Rounds::default(),
        micros: vec![],
        cpu: 0,
        number: Arc::default(),
    }
}

/// Waits until the catalogue in memory is whole.
async fn whole(drape: &Drape, styles: u64) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    let mut connection = Connection::open(&drape.address).await?;
    let question = request("GET", "/v1/search?limit=1", &[], "");
    loop {
        let answer = connection.send(&question).await?;
        let page: serde_json::Value = serde_json::from_slice(&answer.body)?;
        if page["styles"] == json!(styles) {
            return Ok(());
        }
        anyhow::ensure!(
            Instant::now() < deadline,
            "the catalogue is not whole: {page}"
        );
        sleep(Duration::from_millis(100)).await;
    }
}

impl Answering {
    /// What the process that answers has spent so far, in microseconds of a processor.
    fn cpu(&self) -> u64 {
        match self {
            Self::Http(pid, ..) => cpu::of_process(*pid),
            Self::Statement(_) => 0,
        }
    }

    async fn open(&self, connections: usize) -> anyhow::Result<Open> {
        let (address, question) = match self {
            Self::Http(_, address, question) => (address, *question),
            Self::Statement(pool) => return Ok(Open::Statement(pool.clone())),
        };
        let mut open = vec![];
        for _ in 0..connections {
            open.push(Mutex::new(Connection::open(address).await?));
        }
        Ok(Open::Http(Arc::new(open), question))
    }
}

impl Contender {
    /// What the process that answers spent on each answer, in microseconds of a processor; of PostgreSQL's many nothing is said.
    fn cpu_each(&self) -> Option<u64> {
        let answers = self.micros.len() as u64;
        (self.cpu > 0).then(|| self.cpu / answers.max(1))
    }

    async fn round(&self, options: &Options) -> anyhow::Result<Round> {
        let time = Duration::from_secs(options.seconds);
        let (asked, styles) = (self.asked, options.styles);
        let number = self.number.clone();
        let answering = self.answering.open(options.connections).await?;
        closed_loop(options.connections, time, move |writer| {
            let (number, answering) = (number.fetch_add(1, Ordering::Relaxed), answering.clone());
            async move {
                match answering {
                    Open::Http(connections, question) => {
                        let question = question(asked, number, styles)?;
                        let connection = connections.get(writer).context("no connection")?;
                        connection.lock().await.send(&question).await?.expect(200)?;
                    }
                    Open::Statement(pool) => {
                        statements::answer(&pool, asked, number, styles).await?;
                    }
                }
                Ok(())
            }
        })
        .await
    }
}

fn told(report: &mut Report, contenders: &[Contender], options: &Options) {
    let rate = |name: &str, asked: Asked| {
        let of = contenders
            .iter()
            .find(|of| of.name == name && of.asked == asked);
        of.map_or(f64::NAN, |of| of.rounds.per_second())
    };
    for asked in [
        Asked::List,
        Asked::One,
        Asked::Words,
        Asked::Unheard,
        Asked::Spelled,
    ] {
        if asked == Asked::Spelled && !options.vendure {
            continue;
        }
        let of = contenders.iter().filter(|of| of.asked == asked);
        let row = |of: &Contender| -> Row {
            vec![
                ("who", json!(of.name)),
                ("a second", json!(of.rounds.per_second())),
                ("CPU, µs", json!(of.cpu_each())),
                ("p50, ms", json!(of.rounds.p50_ms())),
                ("p95, ms", json!(at(&of.micros, 0.95) as f64 / 1_000.0)),
                ("p99, ms", json!(of.rounds.p99_ms())),
                (
                    "drape to it",
                    json!(rate(OURS, asked) / of.rounds.per_second()),
                ),
            ]
        };
        let (name, styles, connections) = (asked.name(), options.styles, options.connections);
        report.table(
            format!("{name}: {styles} styles, {connections} connections"),
            of.map(row).collect(),
        );
    }
    for (asked, peer, alone) in [(Asked::List, 4.0, 0.7), (Asked::One, 2.0, 0.75)] {
        let (ours, name) = (rate(OURS, asked), asked.name());
        let to = |other: &str| ours / rate(other, asked);
        for other in [FASTIFY, FASTAPI] {
            let what = format!("{name}, to {other}");
            report.goal(what, Wanted::AtLeast(peer), to(other));
        }
        report.goal(
            format!("{name}, to the statement alone"),
            Wanted::AtLeast(alone),
            to(ALONE),
        );
        let p99 = |name: &str| {
            let of = contenders
                .iter()
                .find(|of| of.name == name && of.asked == asked);
            of.map_or(f64::NAN, |of| of.rounds.p99_ms())
        };
        let share = p99(OURS) / p99(FASTIFY);
        report.goal(
            format!("{name}, p99 to Fastify's"),
            Wanted::AtMost(0.5),
            share,
        );
    }
    if options.vendure {
        let of = |name| rate(name, Asked::Spelled);
        report.goal(
            format!("{}, to Vendure", Asked::Spelled.name()),
            Wanted::AtLeast(10.0),
            of(OURS) / of(vendure::NAME),
        );
    }
    for asked in [Asked::Words, Asked::Unheard] {
        let of = contenders.iter().find(|of| of.asked == asked);
        let p95 = of.map_or(f64::NAN, |of| at(&of.micros, 0.95) as f64 / 1_000.0);
        let what = format!("{}, p95 in ms under full load", asked.name());
        report.goal(what, Wanted::AtMost(30.0), p95);
    }
}
