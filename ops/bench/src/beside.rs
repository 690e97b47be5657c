//! A server to compare with, in one process beside ours.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use testkit::free_port;
use tokio::{
    net::TcpStream,
    process::{Child, Command},
    time::sleep,
};

const PATIENCE: Duration = Duration::from_secs(20);

/// A server of somebody else's; gone when dropped, and when this process is, however that ends.
pub(crate) struct Beside {
    child: Child,
    /// `127.0.0.1:port`.
    pub(crate) address: String,
}

impl Beside {
    /// Starts `program` with the arguments that a free port gives, and waits until it listens there. `advice` installs it.
    pub(crate) async fn start(
        program: &str,
        arguments: impl FnOnce(u16) -> anyhow::Result<Vec<String>>,
        environment: &[(&str, &str)],
        advice: &str,
    ) -> anyhow::Result<Self> {
        let port = free_port()?;
        let address = format!("127.0.0.1:{port}");
        // Of util-linux: it takes the program's place, and what it sets stays.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", program]);
        command.args(arguments(port)?);
        command.envs(environment.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.kill_on_drop(true).spawn();
        let mut beside = Self {
            child: child.with_context(|| format!("cannot start {program}: {advice}"))?,
            address,
        };
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(&beside.address).await.is_err() {
            let ended = beside.child.try_wait()?;
            ensure!(ended.is_none(), "{program} has ended: {advice}");
            ensure!(Instant::now() < deadline, "{program} does not listen");
            sleep(Duration::from_millis(50)).await;
        }
        Ok(beside)
    }

    /// The process; 0 when it has ended.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id().unwrap_or(0)
    }
}
