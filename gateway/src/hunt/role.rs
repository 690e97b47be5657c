//! A process of `drape serve` that the hunt starts, kills and starts again.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use tokio::process::{Child, Command};

/// `drape serve` with some roles.
pub(super) struct Role {
    roles: &'static str,
    env: Vec<(&'static str, String)>,
    log: PathBuf,
    child: Option<Child>,
}

impl Role {
    pub(super) fn new(
        roles: &'static str,
        env: Vec<(&'static str, String)>,
        directory: &Path,
    ) -> Self {
        Self {
            roles,
            env,
            log: directory.join(format!("{roles}.log")),
            child: None,
        }
    }

    /// Starts it; does not wait until it is ready.
    pub(super) fn start(&mut self) -> anyhow::Result<()> {
        let output = File::options().create(true).append(true).open(&self.log)?;
        let child = Command::new(std::env::current_exe()?)
            .args(["serve", "--roles", self.roles])
            .envs(self.env.iter().cloned())
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .kill_on_drop(true)
            .spawn()
            .context("cannot start drape serve")?;
        self.child = Some(child);
        Ok(())
    }

    /// Ends it without a chance to tidy up.
    pub(super) async fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill().await?;
        }
        Ok(())
    }

    pub(super) fn is_alive(&mut self) -> anyhow::Result<bool> {
        match &mut self.child {
            Some(child) => Ok(child.try_wait()?.is_none()),
            None => Ok(false),
        }
    }

    /// Waits until it says that it is ready.
    pub(super) async fn ready(&mut self, http: &str) -> anyhow::Result<()> {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(2))
            .build()?;
        let deadline = Instant::now() + Duration::from_mins(1);
        let address = format!("{http}/readyz");
        while Instant::now() < deadline {
            if let Ok(answer) = client.get(&address).send().await
                && answer.status().is_success()
            {
                return Ok(());
            }
            if !self.is_alive()? {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let said = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = said.lines().collect();
        bail!(
            "drape serve does not get ready:\n{}",
            lines[lines.len().saturating_sub(10)..].join("\n")
        )
    }
}
