//! The listener: every connection is passed on, message by message.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::{JoinHandle, JoinSet},
};

use super::{
    nats::{self, Nats},
    postgres::Postgres,
    trap::{Catch, Then, Trap},
};

/// What is spoken on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speech {
    /// The event log's.
    Nats,
    /// The views'.
    Postgres,
}

/// A listener before one server. Ends with its connections when dropped.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    accepting: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Proxy {
    /// Listens on a free port of 127.0.0.1 and passes everything on to `server`, with an eye on the trap.
    pub async fn start(server: SocketAddr, speech: Speech, trap: &Trap) -> anyhow::Result<Self> {
        let port = testkit::free_port()?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .context("the listener before a server does not start")?;
        let trap = trap.clone();
        let accepting = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                // A connection that cannot be accepted is tried again by whoever wanted it.
                let Ok((program, _)) = listener.accept().await else {
                    continue;
                };
                connections.spawn(pass_on(program, server, speech, trap.clone()));
                while connections.try_join_next().is_some() {}
            }
        });
        Ok(Self { port, accepting })
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// What is known of one connection.
#[derive(Debug)]
struct Seen {
    speech: Speech,
    nats: Nats,
    postgres: Postgres,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    ToServer,
    ToClient,
}

impl Seen {
    fn whole(&self, way: Way, bytes: &[u8]) -> Option<usize> {
        match (self.speech, way) {
            (Speech::Nats, _) => nats::whole(bytes),
            (Speech::Postgres, Way::ToServer) => self.postgres.whole_to_server(bytes),
            (Speech::Postgres, Way::ToClient) => self.postgres.whole_to_client(bytes),
        }
    }

    fn look(&mut self, way: Way, message: &[u8]) -> Option<Catch> {
        match (self.speech, way) {
            (Speech::Nats, Way::ToServer) => self.nats.asks(message),
            (Speech::Nats, Way::ToClient) => self.nats.answers(message),
            (Speech::Postgres, Way::ToServer) => self.postgres.asks(message),
            (Speech::Postgres, Way::ToClient) => self.postgres.answers(message),
        }
    }
}

/// One connection, shared by its two directions.
#[derive(Clone)]
struct Wire {
    seen: Arc<Mutex<Seen>>,
    trap: Trap,
    fate: Arc<watch::Sender<Fate>>,
}

/// What becomes of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is read along.
    Watched,
    Caught(Then),
    /// It was held once: everything goes through, nobody looks any more.
    Released,
}

async fn pass_on(program: TcpStream, server: SocketAddr, speech: Speech, trap: Trap) {
    // A server that is away is seen as a connection that is closed at once.
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    let _ = (program.set_nodelay(true), server.set_nodelay(true));
    let (from_program, to_program) = program.into_split();
    let (from_server, to_server) = server.into_split();
    let wire = Wire {
        seen: Arc::new(Mutex::new(Seen {
            speech,
            nats: Nats::default(),
            postgres: Postgres::default(),
        })),
        trap,
        fate: Arc::new(watch::Sender::new(Fate::Watched)),
    };
    let mut fate = wire.fate.subscribe();
    tokio::select! {
        _ = pump(from_program, to_server, Way::ToServer, wire.clone()) => {}
        _ = pump(from_server, to_program, Way::ToClient, wire.clone()) => {}
        _ = fate.wait_for(|fate| *fate == Fate::Caught(Then::Cut)) => {}
    }
}

/// One direction, until either end closes it.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    way: Way,
    wire: Wire,
) -> std::io::Result<()> {
    let mut bytes = Vec::with_capacity(64 * 1_024);
    loop {
        if from.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
        let (passed, used) = wire.take(way, &bytes);
        to.write_all(&bytes[..passed]).await?;
        bytes.drain(..used);
        if let Some(mut releases) = wire.hold(way) {
            // Ends with the connection, too.
            let _ = releases.changed().await;
            wire.let_go();
            to.write_all(&std::mem::take(&mut bytes)).await?;
        }
    }
}

impl Wire {
    /// When this direction is to go on, if it is held.
    fn hold(&self, way: Way) -> Option<watch::Receiver<u64>> {
        // Only what goes to the server is ever held.
        let held = way == Way::ToServer && *self.fate.borrow() == Fate::Caught(Then::Hold);
        held.then(|| self.trap.releases())
    }

    fn let_go(&self) {
        self.fate.send_replace(Fate::Released);
    }

    /// How much of these bytes goes through, and how much is dealt with.
    fn take(&self, way: Way, bytes: &[u8]) -> (usize, usize) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match *self.fate.borrow() {
            Fate::Caught(Then::Silence | Then::Cut) => return (0, bytes.len()),
            // What is held waits in its own direction; this is the other one.
            Fate::Caught(Then::Hold) | Fate::Released => return (bytes.len(), bytes.len()),
            Fate::Watched => {}
        }
        let mut used = 0;
        while let Some(length) = seen.whole(way, &bytes[used..]) {
            let message = &bytes[used..used + length];
            let then = seen.look(way, message);
            if let Some(then) = then.and_then(|catch| self.trap.look(&catch)) {
                self.fate.send_replace(Fate::Caught(then));
                let rest = if then == Then::Hold {
                    used
                } else {
                    bytes.len()
                };
                return (used, rest);
            }
            used += length;
        }
        (used, used)
    }
}
