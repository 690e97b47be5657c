//! Connections to the servers, from the configuration.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use blob_store::BlobStore;
use image_processor::{SigningOptions, TimeAuthority};
use jetstream_es::EventLog;
use provenance::credentials::{Authorities, Chain, Signer};
use sqlx::{
    Connection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use time::OffsetDateTime;

use crate::{config::Config, time_authority::WebTimeAuthority};

/// A connection that was in use so short a time ago is taken to be alive.
const TRUSTED: Duration = Duration::from_secs(1);

/// The event log, and the connection that it runs on.
pub(crate) async fn event_log(config: &Config) -> anyhow::Result<(async_nats::Client, EventLog)> {
    let client = jetstream_es::connect(&config.nats_url, "drape").await?;
    let log = EventLog::open(client.clone(), config.event_log.clone()).await?;
    Ok((client, log))
}

/// A pool for the views that connects when it is first asked.
pub(crate) fn pool(config: &Config) -> anyhow::Result<PgPool> {
    pool_of(config, &config.database.url).context("database.url cannot be read")
}

/// A pool for the sign-in that connects when it is first asked.
pub(crate) fn identity_pool(config: &Config) -> anyhow::Result<PgPool> {
    pool_of(config, &config.database.identity_url).context("database.identity_url cannot be read")
}

fn pool_of(config: &Config, url: &str) -> Result<PgPool, sqlx::Error> {
    let options: PgConnectOptions = url.parse()?;
    // A plan made for all values is up to six times slower for a facet query than one made for these values.
    let options = options.application_name("drape").options([
        ("plan_cache_mode", "force_custom_plan"),
        // A role named like our schema would otherwise look for the list of migrations in there.
        ("search_path", "public"),
    ]);
    Ok(PgPoolOptions::new()
        .max_connections(config.database.max_connections)
        .acquire_timeout(Duration::from_secs(5))
        .idle_timeout(Duration::from_mins(10))
        // Every view asks for a connection with every batch: a question to the server before each would be a third of what they say.
        .test_before_acquire(false)
        .before_acquire(|connection, known| {
            let idle = known.idle_for;
            Box::pin(async move {
                if idle > TRUSTED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(options))
}

/// The blob store.
pub(crate) fn blobs(config: &Config) -> anyhow::Result<BlobStore> {
    Ok(BlobStore::open(&config.blobs_url, &config.s3)?)
}

/// How results are signed, from the configured files, tried once.
pub(crate) fn signing(config: &Config) -> anyhow::Result<SigningOptions> {
    let provenance = &config.provenance;
    let authority = provenance.time_authority.clone();
    let authority = authority.map(WebTimeAuthority::new).transpose()?;
    let believed = provenance.time_authority_certificate.as_deref();
    let believed = believed.map(|path| {
        Authorities::read(&read(path)?)
            .context("provenance.time_authority_certificate cannot be used")
    });
    Ok(SigningOptions {
        signer: signer(config)?,
        authority: authority.map(|authority| Arc::new(authority) as Arc<dyn TimeAuthority>),
        believed: believed.transpose()?.unwrap_or_default(),
    })
}

/// The configured certificate that results are signed with; none where none is configured.
fn signer(config: &Config) -> anyhow::Result<Option<Signer>> {
    let Some(files) = &config.provenance.certificate else {
        return Ok(None);
    };
    let (certificate, key) = (read(&files.certificate)?, read(&files.key)?);
    let chain = Chain::new(&certificate, &key)
        .context("provenance.certificate and provenance.private_key cannot be used")?;
    let signer = Signer::new(&chain, OffsetDateTime::now_utc())
        .context("provenance.certificate and provenance.private_key cannot be used")?;
    Ok(Some(signer))
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Brings the schema of the views up to date.
pub(crate) async fn migrate_views(pool: &PgPool) -> anyhow::Result<()> {
    projector::migrate(pool)
        .await
        .context("the schema of the views cannot be brought up to date")
}

/// Brings the schema of the sign-in up to date.
pub(crate) async fn migrate_identity(pool: &PgPool) -> anyhow::Result<()> {
    identity::migrate(pool)
        .await
        .context("the schema of the sign-in cannot be brought up to date")
}

/// Brings the schemas up to date.
pub(crate) async fn migrate(config: &Config) -> anyhow::Result<()> {
    migrate_views(&pool(config)?).await?;
    migrate_identity(&identity_pool(config)?).await?;
    tracing::info!("the schemas are up to date");
    Ok(())
}
