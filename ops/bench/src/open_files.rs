//! How many files, and so connections, a process may have open.

use anyhow::{Context, bail};
use tokio::process::Command;

use crate::report::say;

/// Lets this process, and all that it starts from now on, have so many open files at once. Fails with advice where the system does not.
pub(crate) async fn allow(wanted: u64) -> anyhow::Result<()> {
    let (soft, hard) = limits()?;
    if soft >= wanted {
        return Ok(());
    }
    // Above the hard limit only an administrator gets, and not in every container.
    let limits_wanted = format!("--nofile={wanted}:{}", hard.max(wanted));
    let process = std::process::id().to_string();
    let mut raising = Command::new("prlimit");
    raising.args(["--pid", &process, &limits_wanted]);
    let raised = raising.output().await.context("there is no prlimit")?;
    if raised.status.success() && limits()?.0 >= wanted {
        say(&format!("open files: {wanted}, {soft} before"));
        return Ok(());
    }
    bail!(
        "{wanted} open files are wanted for each process, and {hard} are allowed here (ulimit -Hn): raise that \
         (LimitNOFILE of a unit, nofile in /etc/security/limits.conf, --ulimit nofile of a container), or give fewer --streams"
    )
}

/// The soft limit and the hard one.
fn limits() -> anyhow::Result<(u64, u64)> {
    let text = std::fs::read_to_string("/proc/self/limits").context("this is not Linux")?;
    parse(&text).context("/proc/self/limits does not tell")
}

fn parse(text: &str) -> Option<(u64, u64)> {
    let said = text
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    let mut said = said.split_whitespace().map(|limit| match limit {
        "unlimited" => Some(u64::MAX),
        number => number.parse().ok(),
    });
    Some((said.next()??, said.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_limits_are_read() {
        let text = "Limit                     Soft Limit           Hard Limit           Units     \n\
                    Max processes             unlimited            unlimited            processes \n\
                    Max open files            1024                 unlimited            files     \n";
        assert_eq!(parse(text), Some((1_024, u64::MAX)));
        assert!(limits().unwrap().0 > 0);
    }

    #[tokio::test]
    async fn what_is_allowed_already_is_not_asked_for() {
        allow(limits().unwrap().0).await.unwrap();
    }
}
