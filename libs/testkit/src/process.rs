//! Child processes that never outlive the test: ports, binaries, the watcher.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tempfile::TempDir;

/// Ports below the range from which Linux takes client ports, so that a restarted server finds its port free.
const FIRST_PORT: u16 = 10_240;
const PORT_COUNT: u16 = 21_000;

/// A port of 127.0.0.1 that nothing listens on now.
///
/// # Errors
/// When 200 random ports in a row are taken.
pub fn free_port() -> anyhow::Result<u16> {
    for _ in 0..200 {
        let offset = u16::try_from(random() % u64::from(PORT_COUNT))?;
        let port = FIRST_PORT + offset;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no free port on 127.0.0.1")
}

/// Random bits that need no clock: names of databases, ports.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// The value of an environment variable that names a binary or a choice of the test's runner.
#[expect(
    clippy::disallowed_methods,
    reason = "the test's runner is configured by the environment"
)]
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether this process runs as root.
pub(crate) fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|of| of.uid() == 0)
}

/// An account of /etc/passwd.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// The account with this name, if the machine has it.
pub(crate) fn account(name: &str) -> Option<Account> {
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    let line = accounts
        .lines()
        .find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some(Account {
        uid: fields.next()?.parse().ok()?,
        gid: fields.next()?.parse().ok()?,
    })
}

/// `name` in `.drape/bin` of this directory or of one above it.
pub(crate) fn in_project(name: &str) -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    here.ancestors()
        .map(|folder| folder.join(".drape/bin").join(name))
        .find(|path| path.is_file())
}

/// `name` in a folder of PATH.
pub(crate) fn in_path(name: &str) -> Option<PathBuf> {
    let path = environment("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// A server process, its directory, and the watcher that cleans up when this process dies without a word.
#[derive(Debug)]
pub(crate) struct Server {
    child: Option<Child>,
    stop_signal: &'static str,
    watcher: Child,
    lifeline: Option<ChildStdin>,
    directory: TempDir,
}

/// Waits for the end of its input, then stops the server named in `server.pid` (only if that process still
/// mentions the directory in its command line) and removes the directory.
const WATCHER: &str = r#"
trap '' INT TERM HUP
cat >/dev/null
alive() { tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$1"; }
pid=$(cat "$1/server.pid" 2>/dev/null)
if [ -n "$pid" ] && alive "$1"; then
  kill -"$2" "$pid"
  for _ in 1 2 3 4 5 6 7 8 9 10; do alive "$1" || break; sleep 0.2; done
  alive "$1" && kill -KILL "$pid"
fi
rm -rf "$1"
"#;

impl Server {
    /// A fresh directory with its watcher; nothing runs yet. `stop_signal` is what ends the server cleanly.
    pub(crate) fn new(name: &str, stop_signal: &'static str) -> anyhow::Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix(&format!("drape-test-{name}-"))
            .tempdir()?;
        let mut watcher = Command::new("/bin/sh")
            .args(["-c", WATCHER, "watcher"])
            .arg(directory.path())
            .arg(stop_signal)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .current_dir("/")
            .process_group(0)
            .spawn()
            .context("cannot start the watcher")?;
        let lifeline = watcher.stdin.take();
        Ok(Self {
            child: None,
            stop_signal,
            watcher,
            lifeline,
            directory,
        })
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Starts `command` with its output in `server.log`. Its command line must mention the directory.
    pub(crate) fn spawn(&mut self, mut command: Command) -> anyhow::Result<()> {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.log_path())?;
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .current_dir("/")
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        std::fs::write(self.directory().join("server.pid"), child.id().to_string())?;
        self.child = Some(child);
        Ok(())
    }

    /// Waits until something accepts connections on `port`, or the process has ended.
    pub(crate) async fn wait_for_port(&mut self, port: u16, limit: Duration) -> anyhow::Result<()> {
        self.wait_for(Ipv4Addr::LOCALHOST, port, limit).await
    }

    /// The same at another address.
    pub(crate) async fn wait_for(
        &mut self,
        host: Ipv4Addr,
        port: u16,
        limit: Duration,
    ) -> anyhow::Result<()> {
        let deadline = Instant::now() + limit;
        // Twice: once could be somebody's `free_port` that tries this very one at this moment.
        let mut heard = 0;
        loop {
            heard = if TcpStream::connect((host, port)).is_ok() {
                heard + 1
            } else {
                0
            };
            if heard == 2 {
                break;
            }
            if let Some(status) = self
                .child
                .as_mut()
                .map(Child::try_wait)
                .transpose()?
                .flatten()
            {
                self.child = None;
                bail!("the server ended at once ({status}): {}", self.log_tail());
            }
            if Instant::now() > deadline {
                bail!(
                    "the server does not listen after {limit:?}: {}",
                    self.log_tail()
                );
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// `kill -9`, as a crash of the process would end it.
    pub(crate) fn kill9(&mut self) -> anyhow::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
            std::fs::remove_file(self.directory().join("server.pid"))?;
        }
        Ok(())
    }

    /// Sends the stop signal and waits up to three seconds before `kill -9`.
    #[expect(
        clippy::disallowed_methods,
        reason = "runs in drop, where nothing can be awaited; checks a condition"
    )]
    pub(crate) fn stop(&mut self) {
        self.signal(self.stop_signal);
        if let Some(mut child) = self.child.take() {
            let deadline = Instant::now() + Duration::from_secs(3);
            while matches!(child.try_wait(), Ok(None)) && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(5));
            }
            drop(child.kill());
            drop(child.wait());
        }
    }

    /// Sends a signal by name (`STOP`, `CONT`) to the server process.
    pub(crate) fn signal(&self, name: &str) {
        if let Some(pid) = self.pid() {
            drop(
                Command::new("kill")
                    .arg(format!("-{name}"))
                    .arg(pid.to_string())
                    .stderr(Stdio::null())
                    .status(),
            );
        }
    }

    fn log_path(&self) -> PathBuf {
        self.directory().join("server.log")
    }

    /// The last lines that the server wrote.
    pub(crate) fn log_tail(&self) -> String {
        let mut text = Vec::new();
        if let Ok(mut file) = std::fs::File::open(self.log_path()) {
            drop(file.read_to_end(&mut text));
        }
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(8)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
        drop(self.lifeline.take());
        drop(self.watcher.wait());
    }
}
