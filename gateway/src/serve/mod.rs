//! `drape serve`: the port is open at once, the roles come up behind it as soon as their servers are there, and none of
//! them ends before the process is told to stop.

mod account_records;
mod cancel_on_time;
mod internal_grpc;
mod keep_no_longer;
mod open_try_ons;
mod publish_on_time;
mod start;
mod stop_signal;
mod supervise;

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use axum::Router;
use http_kit::{Authenticating, Authenticator, Credential, Problem};
use http_server::{Limits, Tls, accept, surround};
use tokio::{net::TcpListener, sync::watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};

use crate::{
    cli::Role,
    config::Config,
    connect,
    http::{Readiness, own_addresses},
};

use self::{start::Start, stop_signal::stop_signal, supervise::supervise};

/// After the drain, for what has no request behind it: the projector's last batch, the image processor's jobs.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// Serves until SIGTERM or SIGINT.
pub(crate) async fn run(config: Config, roles: &[Role]) -> anyhow::Result<()> {
    let listen = config.http.listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}"))?;
    let address = listener.local_addr()?;
    let tls = config.http.tls.clone().map(Tls::open).transpose()?;
    let signing = connect::signing(&config)?;
    let stop = CancellationToken::new();
    let readiness = Readiness::new();
    let (app, newest) = watch::channel(starting(&config, &readiness));
    let limits = Limits {
        connections: config.http.max_connections,
        drain: config.http.drain,
    };
    let tasks = TaskTracker::new();
    let start = Arc::new(Start {
        config,
        roles: roles.to_vec(),
        readiness,
        signing,
        app,
        stop: stop.clone(),
    });
    tasks.spawn(supervise("start", stop.clone(), move || {
        Arc::clone(&start).run()
    }));
    let signalled = stop.clone();
    let told = tokio::spawn(async move {
        stop_signal().await;
        info!("told to stop");
        signalled.cancel();
    });
    let scheme = if tls.is_some() { "https" } else { "http" };
    if let Some(tls) = tls.clone() {
        tasks.spawn(tls.keep_current(stop.clone()));
    }
    info!("listening on {scheme}://{address}");
    accept(listener, newest, limits, tls, stop.clone()).await;
    tasks.close();
    if tokio::time::timeout(LAST_WORDS, tasks.wait())
        .await
        .is_err()
    {
        warn!("some roles were cut off");
    }
    told.abort();
    info!("stopped");
    Ok(())
}

/// Before the servers are there: health, and 503 with a reason for everything else.
fn starting(config: &Config, readiness: &Readiness) -> Router {
    let everything_else = Router::new().route(
        "/{*address}",
        axum::routing::any(|| async { Problem::unavailable().detail("The system is starting.") }),
    );
    let router = own_addresses(readiness.clone()).merge(everything_else);
    surround(router, config.http.surroundings(Arc::new(NotYet)))
}

/// Nobody can say yet whose token it is, so nobody is told that theirs is wrong.
struct NotYet;

impl Authenticator for NotYet {
    fn authenticate<'a>(&'a self, _: Credential<'a>) -> Authenticating<'a> {
        let problem = Problem::unavailable().detail("The system is starting.");
        Box::pin(std::future::ready(Err(problem)))
    }
}
