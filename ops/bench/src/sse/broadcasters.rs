//! Who tells many listeners of an event: `drape serve`, a program on Node, nginx with nchan.

use std::path::Path;

use anyhow::{Context, ensure};
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::timeout,
};

use super::PATIENCE;
use crate::{
    beside::Beside,
    catalogue::garments,
    cpu,
    http::{Connection, request, request_with},
    memory, seed,
    stand::{Drape, Settings, Stand, WHOLE, prefix},
};

const NODE: &str = "ops/bench/peers/node/sse.mjs";
const NGINX: &str = "target/peers/nchan/usr/sbin/nginx";
const MODULE: &str = "target/peers/nchan/usr/lib/nginx/modules/ngx_nchan_module.so";
const CONFIGURATION: &str = "ops/bench/peers/nchan.conf";
const ADVICE: &str = "ops/bench/install-peers --sse";
/// A heartbeat in the middle of a measurement would be told of as if it had been an event's cost. None of them sends any.
const NO_HEARTBEAT_MS: &str = "3600000";

/// Those that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Drape,
    Node,
    Nchan,
}

impl Kind {
    /// Those that are there: nchan is left out where it could not be had.
    pub(super) fn all() -> Vec<Self> {
        let mut all = vec![Self::Drape, Self::Node];
        all.extend(Path::new(MODULE).exists().then_some(Self::Nchan));
        all
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Drape => "drape serve",
            Self::Node => "node:http",
            Self::Nchan => "nginx and nchan",
        }
    }
}

/// One of them, running. It ends when this is dropped.
pub(super) struct Broadcaster {
    running: Running,
    /// How often the price was changed.
    changes: u64,
}

enum Running {
    Drape(Drape),
    Node(Beside),
    Nchan(Beside),
}

/// A message as `drape serve` tells it: what the others are to tell.
#[derive(Debug, Clone)]
pub(super) struct Message {
    id: String,
    data: String,
}

impl Broadcaster {
    /// Starts one that takes so many listeners.
    pub(super) async fn start(
        kind: Kind,
        stand: &Stand,
        listeners: usize,
        round: usize,
    ) -> anyhow::Result<Self> {
        let running = match kind {
            Kind::Drape => {
                let name = format!("SSE{round}");
                Running::Drape(drape(stand, &name, listeners).await?)
            }
            Kind::Node => {
                let arguments = |port: u16| Ok(vec![NODE.to_owned(), port.to_string()]);
                Running::Node(Beside::start("node", arguments, &[], ADVICE).await?)
            }
            Kind::Nchan => Running::Nchan(nchan(&stand.folder("nchan"), listeners).await?),
        };
        Ok(Self {
            running,
            changes: 0,
        })
    }

    pub(super) fn address(&self) -> &str {
        self.running.address()
    }

    /// What a listener asks.
    pub(super) fn question(&self) -> String {
        let path = match self.running {
            Running::Drape(_) => "/v1/events/stream?topics=catalogue",
            Running::Node(_) | Running::Nchan(_) => "/events",
        };
        request_with("", "GET", path, &[("accept", "text/event-stream")], "")
    }

    /// A connection for what is to happen. A new one each time: some are closed while nothing does.
    pub(super) async fn publisher(&self) -> anyhow::Result<Connection> {
        Connection::open(self.address()).await
    }

    /// Something happens; done when the server says that it has taken it.
    pub(super) async fn publish(
        &mut self,
        over: &mut Connection,
        message: &Message,
    ) -> anyhow::Result<()> {
        self.changes += 1;
        let question = match &self.running {
            Running::Drape(_) => {
                let path = format!("/v1/garments/{}/price", garments::garment(0)?.id);
                let price = json!({ "minor": 1_000 + self.changes, "currency": "EUR" });
                let body = json!({ "price": price }).to_string();
                request("PUT", &path, &[("if-match", "*")], &body)
            }
            Running::Node(_) => {
                let body = format!("id: {}\ndata: {}\n\n", message.id, message.data);
                request_with("", "POST", "/publish", &[], &body)
            }
            Running::Nchan(_) => request_with("", "POST", "/publish", &[], &message.data),
        };
        let answer = timeout(PATIENCE, over.send(&question)).await;
        let answer = answer.context("no answer")??;
        ensure!(
            answer.status / 100 == 2,
            "an event is answered with {}: {}",
            answer.status,
            String::from_utf8_lossy(&answer.body)
        );
        Ok(())
    }

    /// The message that `drape serve` tells of such an event.
    pub(super) async fn sample(&mut self) -> anyhow::Result<Message> {
        let mut publisher = self.publisher().await?;
        let mut stream = TcpStream::connect(self.address()).await?;
        stream.write_all(self.question().as_bytes()).await?;
        let mut lines = BufReader::new(stream).lines();
        let mut message = Message {
            id: String::new(),
            data: String::new(),
        };
        let reading = async {
            loop {
                let line = lines.next_line().await?.context("the stream has ended")?;
                match line.split_once(": ") {
                    // Its greeting: it listens from now on.
                    Some(("", "connected")) => self.publish(&mut publisher, &message).await?,
                    Some(("id", id)) => id.clone_into(&mut message.id),
                    Some(("data", data)) => {
                        data.clone_into(&mut message.data);
                        return anyhow::Ok(message);
                    }
                    Some(_) | None => {}
                }
            }
        };
        timeout(PATIENCE, reading).await.context("no message")?
    }

    /// What it holds in memory, in bytes.
    pub(super) fn memory(&self) -> anyhow::Result<u64> {
        memory::of_process(self.running.pid()).context("the server has ended")
    }

    /// What it has used so far, in microseconds of processor time.
    pub(super) fn cpu(&self) -> u64 {
        cpu::of_process(self.running.pid())
    }
}

impl Running {
    fn address(&self) -> &str {
        match self {
            Self::Drape(drape) => &drape.address,
            Self::Node(beside) | Self::Nchan(beside) => &beside.address,
        }
    }

    fn pid(&self) -> u32 {
        match self {
            Self::Drape(drape) => drape.pid(),
            Self::Node(beside) | Self::Nchan(beside) => beside.pid(),
        }
    }
}

/// `drape serve` with one garment on sale.
async fn drape(stand: &Stand, name: &str, listeners: usize) -> anyhow::Result<Drape> {
    let settings = Settings {
        archive: false,
        ..WHOLE
    };
    let most = (listeners + 200).to_string();
    let bounds = [
        ("DRAPE_HTTP_MAX_CONNECTIONS", most.as_str()),
        ("DRAPE_SSE_MAX_STREAMS", &most),
        ("DRAPE_SSE_MAX_STREAMS_OF_NETWORK", &most),
        ("DRAPE_SSE_HEARTBEAT_MS", NO_HEARTBEAT_MS),
        ("DRAPE_HTTP_RATE_LIMITS", "off"),
    ];
    let drape = stand.drape_with(name, &settings, &bounds).await?;
    let seeds = garments::seeds(1).collect::<anyhow::Result<Vec<_>>>()?;
    seed::fill(&stand.client().await?, &prefix(name), seeds).await?;
    drape.caught_up(PATIENCE).await?;
    Ok(drape)
}

async fn nchan(folder: &Path, listeners: usize) -> anyhow::Result<Beside> {
    std::fs::create_dir_all(folder)?;
    let module = Path::new(MODULE).canonicalize()?;
    let template = std::fs::read_to_string(CONFIGURATION)?;
    let file = folder.join("nginx.conf");
    let configure = |port: u16| {
        let text = template
            .replace("FOLDER", &folder.display().to_string())
            .replace("MODULE", &module.display().to_string())
            .replace("PORT", &port.to_string())
            .replace("CONNECTIONS", &(2 * listeners + 1_000).to_string());
        // The comment at its top names them too.
        std::fs::write(&file, text)?;
        let (folder, file) = (folder.display().to_string(), file.display().to_string());
        let arguments = ["-e", "stderr", "-p", &folder, "-c", &file];
        Ok(arguments.map(str::to_owned).to_vec())
    };
    Beside::start(NGINX, configure, &[], ADVICE).await
}
