//! Events a second into each view while nothing else is projected, against COPY of the same rows into the same tables; and how far
//! behind a write the views are under a steady load.

mod copy;
mod lag;
mod views;

use clap::Args;

use crate::report::Report;

/// `ops/bench/project`
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Events into each view.
    #[arg(long, default_value_t = 40_000)]
    events: u64,
    /// Four hundred thousand of them.
    #[arg(long)]
    full: bool,
    /// Commands a second while the lag is measured.
    #[arg(long, default_value_t = 300)]
    rate: u64,
    /// For how many seconds.
    #[arg(long, default_value_t = 15)]
    secs: u64,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let mut report = Report::begin("project");
    let events = if options.full {
        400_000
    } else {
        options.events
    };
    views::measure(&mut report, events).await?;
    lag::measure(&mut report, options.rate, options.secs).await?;
    report.end()
}
