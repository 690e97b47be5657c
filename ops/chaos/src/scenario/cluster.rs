//! The log on three servers, each with a network of its own; the one that leads is lost, in four ways, under load.
//!
//! Killed; paused, so that its connections stay open and nothing answers; cut off from everybody; and cut off from the other
//! two while everybody still reaches it, which is when a leader without a majority must not acknowledge anything.

use std::time::Duration;

use anyhow::{Context, ensure};
use async_nats::jetstream;
use e2e::{Detours, Options, Servers, System};
use testkit::{NatsServer, Postgres};
use tokio::time::{Instant, timeout};

use super::{
    Settings,
    crew::{Crew, report, revive, under_way},
};
use crate::{
    fault::Blow,
    history::{History, Phase, longest_silence},
    network::Network,
    random::Random,
    report::Report,
};

const STREAM: &str = "DRAPE_EVENTS";
/// The name under which `drape serve` connects.
const CLIENT: &str = "drape";
/// For how long commands may go unacknowledged after the leader is lost.
const LONGEST_GAP: Duration = Duration::from_secs(15);
/// For how long the leader is gone at least: longer than anybody may take to notice.
const AWAY: Duration = Duration::from_secs(18);

/// For so long nothing is lost.
const CALM: Duration = Duration::from_secs(3);

/// How a server is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loss {
    Killed,
    Paused,
    CutOff,
    CutFromPeers,
}

const LOSSES: [Loss; 4] = [Loss::Killed, Loss::Paused, Loss::CutOff, Loss::CutFromPeers];

pub(super) async fn run(settings: &Settings) -> anyhow::Result<Report> {
    // First, so that it is gone last.
    let network = Network::build(3)?;
    let mut servers = NatsServer::start_cluster_at(&network.places()).await?;
    let first = servers.remove(0);
    let servers = Servers::new(first, servers, Postgres::start().await?).await?;
    // All roles in one process: there is one connection to lose.
    let options = Options {
        workers: 1,
        ..Options::default()
    };
    let mut system = System::start_on(servers, options, Detours::default()).await?;
    let random = Random::new(settings.seed);
    let history = History::create(&settings.directory.join("cluster.jsonl"))?;
    let mut crew = Crew::start(&system, history.clone(), &random).await?;
    under_way(&history, 20).await;

    let mut losses = LOSSES;
    random.actor(100).shuffle(&mut losses);
    let (mut blows, mut gaps, mut unmoved, mut ended) = (vec![], vec![], vec![], 0);
    for loss in losses {
        whole(&system).await?;
        let leader = lead_where_drape_is(&system).await?;
        // What is measured begins with everybody at work.
        under_way(&history, acknowledged(&history) + 50).await;
        tokio::time::sleep(CALM).await;
        testkit::eventually("somebody to wait for an answer", || async {
            (history.in_flight() > 0).then_some(())
        })
        .await;
        let blow = Blow::now(format!("the leader is {loss:?}"), &history);
        lose(&mut system, &network, leader, loss)?;
        tokio::time::sleep(AWAY).await;
        let until = history.now_us();
        if leader_but(&system, leader).await.is_err() {
            unmoved.push(format!("nobody else led after {loss:?}"));
        }
        find_again(&mut system, &network, leader, loss).await?;
        ended += revive(&mut system).await?;
        gaps.push((loss, longest_silence(&history.records(), blow.at_us, until)));
        blows.push(blow.to(vec![], AWAY));
    }
    whole(&system).await?;
    let last_fault = Instant::now();
    crew.try_ons.stop();
    tokio::time::sleep(Duration::from_secs(1)).await;
    crew.stop_writing().await?;
    let settled = crew.settle(&system, last_fault).await?;

    let mut report = report("cluster", settings.seed, blows, &settled);
    report.figure("ended by themselves", ended);
    for (loss, gap) in gaps {
        report.seconds(name(loss), gap);
        if gap > LONGEST_GAP {
            let said = format!("no command was acknowledged for {gap:?} after {loss:?}");
            report.violations.push(said);
        }
    }
    let idle = report.blows.iter().any(|blow| blow.in_flight == 0);
    let idle = idle.then(|| "a leader was lost while nobody waited".to_owned());
    report.void = unmoved.into_iter().next().or(idle);
    Ok(report)
}

fn name(loss: Loss) -> &'static str {
    match loss {
        Loss::Killed => "gap, leader killed, s",
        Loss::Paused => "gap, leader paused, s",
        Loss::CutOff => "gap, leader cut off, s",
        Loss::CutFromPeers => "gap, cut from peers, s",
    }
}

fn server(system: &mut System, number: usize) -> anyhow::Result<&mut NatsServer> {
    match number.checked_sub(1) {
        None => Ok(&mut system.nats),
        Some(peer) => system.peers.get_mut(peer).context("no such server"),
    }
}

fn lose(system: &mut System, network: &Network, number: usize, loss: Loss) -> anyhow::Result<()> {
    let place = u8::try_from(number)?;
    match loss {
        Loss::Killed => server(system, number)?.kill9(),
        Loss::Paused => {
            server(system, number)?.pause();
            Ok(())
        }
        Loss::CutOff => network.cut_off(place),
        Loss::CutFromPeers => network.cut_from_peers(place),
    }
}

async fn find_again(
    system: &mut System,
    network: &Network,
    number: usize,
    loss: Loss,
) -> anyhow::Result<()> {
    match loss {
        Loss::Killed => server(system, number)?.restart().await,
        Loss::Paused => {
            server(system, number)?.resume();
            Ok(())
        }
        Loss::CutOff | Loss::CutFromPeers => network.mend(u8::try_from(number)?),
    }
}

/// What one server says of the stream: who leads, and whether all copies are current.
async fn asked(server: &NatsServer) -> Option<(usize, bool)> {
    let looking = async {
        let context = jetstream::new(server.client().await.ok()?);
        let stream = context.get_stream(STREAM).await.ok()?;
        let cluster = stream.cached_info().cluster.clone()?;
        let leader = cluster.leader?.strip_prefix("test-")?.parse().ok()?;
        let replicas = &cluster.replicas;
        let current = replicas
            .iter()
            .all(|replica| replica.current && !replica.offline);
        Some((leader, current && replicas.len() == 2))
    };
    timeout(Duration::from_secs(3), looking).await.ok()?
}

/// Makes the server lead to which `drape serve` is connected: who loses the leader then loses the connection, too.
async fn lead_where_drape_is(system: &System) -> anyhow::Result<usize> {
    let wanted = connected(system).await?;
    let context = jetstream::new(system.nats.client().await?);
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let leader = leader_but(system, usize::MAX).await?;
        if leader == wanted {
            return Ok(leader);
        }
        ensure!(Instant::now() < deadline, "{wanted} does not get the lead");
        let placement =
            serde_json::json!({ "placement": { "preferred": format!("test-{wanted}") } });
        // An answer that is lost is seen by the leader that comes.
        let asked: Result<serde_json::Value, _> = context
            .request(format!("STREAM.LEADER.STEPDOWN.{STREAM}"), &placement)
            .await;
        drop(asked);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// The server to which `drape serve` is connected.
async fn connected(system: &System) -> anyhow::Result<usize> {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        for (number, server) in std::iter::once(&system.nats)
            .chain(&system.peers)
            .enumerate()
        {
            let url = format!("{}/connz", server.monitor_url());
            let answer = reqwest::get(url).await?.bytes().await?;
            let answer: serde_json::Value = serde_json::from_slice(&answer)?;
            let connections = answer["connections"].as_array().context("no connections")?;
            if connections
                .iter()
                .any(|connection| connection["name"] == CLIENT)
            {
                return Ok(number);
            }
        }
        ensure!(
            Instant::now() < deadline,
            "drape serve is connected nowhere"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn acknowledged(history: &History) -> usize {
    let records = history.records();
    let ok = records.iter().filter(|record| record.phase == Phase::Ok);
    ok.count()
}

/// Who leads, other than this one, as somebody other than this one says.
async fn leader_but(system: &System, but: usize) -> anyhow::Result<usize> {
    let deadline = Instant::now() + Duration::from_secs(20);
    while Instant::now() < deadline {
        for (number, server) in std::iter::once(&system.nats)
            .chain(&system.peers)
            .enumerate()
        {
            if number == but {
                continue;
            }
            if let Some((leader, _)) = asked(server).await.filter(|(leader, _)| *leader != but) {
                return Ok(leader);
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("the stream has no leader")
}

/// Waits until the stream has all its copies again: the next loss is to be the only one.
async fn whole(system: &System) -> anyhow::Result<()> {
    let deadline = Instant::now() + Duration::from_mins(2);
    // A leader of before may still believe so for a moment: all must, again and again.
    let mut times = 0;
    while times < 3 {
        let mut said = vec![];
        for server in std::iter::once(&system.nats).chain(&system.peers) {
            said.push(asked(server).await);
        }
        let agreed = said.iter().all(|said| said.is_some_and(|(_, whole)| whole));
        times = if agreed { times + 1 } else { 0 };
        ensure!(
            Instant::now() < deadline,
            "a copy of the log stays behind: {said:?}"
        );
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    Ok(())
}
