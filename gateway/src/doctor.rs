//! `drape doctor`: is everything there that the configuration names?

use std::{fmt::Write as _, process::ExitCode, time::Duration};

use anyhow::{Context, anyhow, bail};
use bytes::Bytes;
use image_processor::SigningOptions;
use proto::tryon::v1::{DescribeRequest, try_on_engine_client::TryOnEngineClient};
use provenance::credentials::TimeStampRequest;
use sqlx::{Connection, PgConnection};
use time::format_description::well_known::Rfc3339;
use tonic::transport::Endpoint;

use crate::{cli, config::Config, connect};

/// Prints one line for each server, and what to do about those that do not answer.
pub(crate) async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let findings = [
        (
            "event log",
            in_time(event_log(config)).await,
            "check nats.url, nats.monitor_url and the server's sync_interval: always (ops/nats/drape.conf shows how)",
        ),
        (
            "PostgreSQL",
            in_time(database(config)).await,
            "check database.url and that the role may create a schema; then run `drape migrate`",
        ),
        (
            "blob store",
            in_time(blobs(config)).await,
            "check blobs.url, and that this user may write there",
        ),
        (
            "try-on engine",
            in_time(engine(config)).await,
            "check tryon.engine_url and that a drape-tryon-worker runs there; without one only previews are missing",
        ),
        (
            "time authority",
            in_time(time_authority(config)).await,
            "check provenance.time_authority and provenance.time_authority_certificate; meanwhile results are signed without a time stamp",
        ),
    ];
    let mut text = String::new();
    let mut code = ExitCode::SUCCESS;
    for (name, finding, advice) in findings {
        match finding {
            Ok(detail) => writeln!(text, "ok    {name}: {detail}")?,
            Err(error) => {
                code = ExitCode::FAILURE;
                let why = telemetry::chain(error.as_ref()).to_string();
                writeln!(text, "FAIL  {name}: {why}\n      → {advice}")?;
            }
        }
    }
    cli::print(&text)?;
    Ok(code)
}

async fn in_time(check: impl Future<Output = anyhow::Result<String>>) -> anyhow::Result<String> {
    tokio::time::timeout(Duration::from_secs(15), check)
        .await
        .context("no answer within 15 s")?
}

/// Opens the log as `serve` does: checks version, sync and stream, and makes a stream that is not there.
async fn event_log(config: &Config) -> anyhow::Result<String> {
    let (client, log) = connect::event_log(config).await?;
    let last = log.last_sequence().await?;
    Ok(format!(
        "nats-server {}, stream {} at {}",
        client.server_info().version,
        config.event_log.stream,
        log.position(last)
    ))
}

async fn database(config: &Config) -> anyhow::Result<String> {
    // Not from the pool, which says of every failure that it waited in vain.
    let mut connection = PgConnection::connect(&config.database.url).await?;
    let version: String = sqlx::query_scalar("SHOW server_version")
        .fetch_one(&mut connection)
        .await?;
    let views: Option<String> = sqlx::query_scalar("SELECT to_regclass('drape.checkpoint')::text")
        .fetch_one(&mut connection)
        .await?;
    if views.is_none() {
        bail!("version {version}, but the views' schema is not there yet");
    }
    Ok(format!("version {version}, with the views' schema"))
}

async fn blobs(config: &Config) -> anyhow::Result<String> {
    let blobs = connect::blobs(config)?;
    let written = Bytes::from_static(b"drape doctor was here\n");
    let hash = blobs.put(written).await?;
    blobs.get(hash).await?;
    Ok(format!("{} can be written and read", config.blobs_url))
}

async fn engine(config: &Config) -> anyhow::Result<String> {
    let Some(url) = &config.engine_url else {
        return Ok("none is configured, so there are no previews".to_owned());
    };
    let channel = Endpoint::from(url.clone())
        .connect_timeout(Duration::from_secs(5))
        .connect()
        .await?;
    let described = TryOnEngineClient::with_interceptor(channel, config.internal_token.said())
        .describe(DescribeRequest {})
        .await?
        .into_inner();
    Ok(format!("{} {}", described.engine, described.version))
}

/// Has something attested, as for a signature.
async fn time_authority(config: &Config) -> anyhow::Result<String> {
    let SigningOptions {
        authority,
        believed,
        ..
    } = connect::signing(config)?;
    let Some(authority) = authority else {
        return Ok("none is configured, so nobody attests when results were signed".to_owned());
    };
    let request = TimeStampRequest::new(b"drape doctor was here\n".to_vec())?;
    let answer = authority.answer(request.as_bytes().to_vec()).await;
    let answer = answer.map_err(|error| anyhow!(error))?;
    let at = request.answered(&answer, &believed)?.at();
    let at = at.format(&Rfc3339)?;
    let trust = if believed.is_empty() {
        "nobody's word is believed (provenance.time_authority_certificate)"
    } else {
        "its word is believed"
    };
    Ok(format!("its clock says {at}; {trust}"))
}
