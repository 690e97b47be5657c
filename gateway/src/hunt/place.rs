//! Where the hunt takes place: servers, a stream and a database that hold nothing else, and the roles on them.

use anyhow::{Context, bail};
use futures::TryStreamExt;
use jetstream_es::{EventLog, EventLogConfig};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
use testkit::{NatsServer, Postgres, free_port};

use super::role::Role;
use crate::config::Config;

/// Where the hunt takes place.
pub(crate) struct Place {
    servers: Option<(NatsServer, Postgres)>,
    nats_url: String,
    event_log: EventLogConfig,
    database: String,
    /// Where the hunt's database was made, if it is to be removed.
    made_in: Option<(String, String)>,
    directory: TempDir,
    http: String,
    pub(super) gateway: Role,
    pub(super) projector: Role,
}

/// The token of the hunt's own roles. They listen on 127.0.0.1 only, for the time of the hunt.
pub(super) const TOKEN: &str = "drape-doctor-hunt";

impl Place {
    /// Private servers that are gone after the hunt.
    pub(super) async fn own() -> anyhow::Result<Self> {
        let servers = tokio::try_join!(NatsServer::start(), Postgres::start());
        let (nats, postgres) = servers.context(
            "the hunt starts a nats-server and PostgreSQL of its own; with --configured it uses those of the configuration",
        )?;
        let mut event_log = EventLogConfig::new("DRAPE_HUNT", "drape.hunt");
        event_log.monitor_url = Some(nats.monitor_url());
        let database = postgres.fresh_database().await?;
        let url = nats.url();
        Self::at(Some((nats, postgres)), url, event_log, database, None)
    }

    /// The configured servers, with a stream and a database of the hunt's own.
    pub(super) async fn configured(config: &Config) -> anyhow::Result<Self> {
        let name = format!("{:08x}", std::process::id());
        let mut event_log = config.event_log.clone();
        event_log.stream = format!("DRAPE_HUNT_{name}");
        event_log.subject_prefix = format!("drape.hunt_{name}");
        event_log.max_bytes = event_log.max_bytes.min(2 << 30);
        let admin = config.database.url.clone();
        let database = format!("drape_hunt_{name}");
        let mut connection = PgConnection::connect(&admin).await?;
        // The name is ours: hexadecimal digits.
        let make = format!("CREATE DATABASE {database}");
        sqlx::query(AssertSqlSafe(make))
            .execute(&mut connection)
            .await
            .context(
                "the hunt needs a database of its own: the role must be allowed to create one",
            )?;
        let url = with_database(&admin, &database)?;
        let nats = config.nats_url.clone();
        Self::at(None, nats, event_log, url, Some((admin, database)))
    }

    fn at(
        servers: Option<(NatsServer, Postgres)>,
        nats_url: String,
        event_log: EventLogConfig,
        database: String,
        made_in: Option<(String, String)>,
    ) -> anyhow::Result<Self> {
        let directory = tempfile::Builder::new().prefix("drape-hunt-").tempdir()?;
        let listen = format!("127.0.0.1:{}", free_port()?);
        let http = format!("http://{listen}");
        let shared = vec![
            ("DRAPE_NATS_URL", nats_url.clone()),
            (
                "DRAPE_NATS_MONITOR_URL",
                event_log.monitor_url.clone().unwrap_or_default(),
            ),
            ("DRAPE_NATS_STREAM", event_log.stream.clone()),
            (
                "DRAPE_NATS_SUBJECT_PREFIX",
                event_log.subject_prefix.clone(),
            ),
            ("DRAPE_NATS_MAX_BYTES", event_log.max_bytes.to_string()),
            ("DRAPE_NATS_REPLICAS", event_log.replicas.to_string()),
            (
                "DRAPE_NATS_ALLOW_UNSAFE_SYNC",
                event_log.allow_unsafe_sync.to_string(),
            ),
            ("DRAPE_DATABASE_URL", database.clone()),
            ("DRAPE_DATABASE_READ_URL", database.clone()),
            ("DRAPE_DATABASE_IDENTITY_URL", database.clone()),
            (
                "DRAPE_BLOB_URL",
                format!("file://{}", directory.path().join("blobs").display()),
            ),
            (
                "DRAPE_AUTH_TOKENS",
                format!("{TOKEN}:admin:00000000-0000-7000-8000-000000000001"),
            ),
            (
                "DRAPE_INTERNAL_LISTEN",
                format!("127.0.0.1:{}", free_port()?),
            ),
        ];
        let with = |listen: String| [shared.clone(), vec![("DRAPE_HTTP_LISTEN", listen)]].concat();
        let gateway = Role::new("command-api,query-api", with(listen), directory.path());
        let elsewhere = format!("127.0.0.1:{}", free_port()?);
        let projector = Role::new("projector", with(elsewhere), directory.path());
        Ok(Self {
            servers,
            nats_url,
            event_log,
            database,
            made_in,
            directory,
            http,
            gateway,
            projector,
        })
    }

    pub(super) async fn start_roles(&mut self) -> anyhow::Result<()> {
        self.projector.start()?;
        self.gateway.start()?;
        self.gateway.ready(&self.http).await
    }

    /// Starts roles that are not running.
    pub(super) fn revive(&mut self) -> anyhow::Result<()> {
        for role in [&mut self.gateway, &mut self.projector] {
            if !role.is_alive()? {
                role.start()?;
            }
        }
        Ok(())
    }

    pub(super) async fn log(&self) -> anyhow::Result<EventLog> {
        let client = jetstream_es::connect(&self.nats_url, "drape doctor hunt").await?;
        Ok(EventLog::open(client, self.event_log.clone()).await?)
    }

    pub(super) fn http(&self) -> &str {
        &self.http
    }

    pub(super) fn database(&self) -> &str {
        &self.database
    }

    /// The event log's server, if it is the hunt's own.
    pub(super) fn nats(&mut self) -> Option<&mut NatsServer> {
        self.servers.as_mut().map(|(nats, _)| nats)
    }

    /// The views' server, if it is the hunt's own.
    pub(super) fn postgres(&mut self) -> Option<&mut Postgres> {
        self.servers.as_mut().map(|(_, postgres)| postgres)
    }

    /// Ends the roles and removes what was made.
    pub(super) async fn remove(mut self) -> anyhow::Result<()> {
        self.gateway.kill().await?;
        self.projector.kill().await?;
        if let Some((admin, database)) = &self.made_in {
            let client = jetstream_es::connect(&self.nats_url, "drape doctor hunt").await?;
            let context = async_nats::jetstream::new(client);
            // And what was kept beside it: first answers, snapshots.
            let names: Vec<String> = context.stream_names().try_collect().await?;
            let ours = |name: &&String| name.starts_with(&self.event_log.stream);
            for name in names.iter().filter(ours) {
                context.delete_stream(name).await?;
            }
            let mut connection = PgConnection::connect(admin).await?;
            let drop = format!("DROP DATABASE {database} WITH (FORCE)");
            sqlx::query(AssertSqlSafe(drop))
                .execute(&mut connection)
                .await?;
        }
        self.directory.close()?;
        Ok(())
    }
}

/// The same server, another database.
fn with_database(url: &str, database: &str) -> anyhow::Result<String> {
    let (before, query) = url
        .split_once('?')
        .map_or((url, ""), |(before, query)| (before, query));
    let Some((scheme, rest)) = before.split_once("://") else {
        bail!("database.url has no scheme");
    };
    let server = rest.split('/').next().unwrap_or(rest);
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("?{query}")
    };
    Ok(format!("{scheme}://{server}/{database}{query}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hunt_has_a_database_of_its_own_on_the_same_server() {
        for (url, wanted) in [
            ("postgres://u:p@h:1/drape", "postgres://u:p@h:1/hunt"),
            (
                "postgres://h/drape?sslmode=require",
                "postgres://h/hunt?sslmode=require",
            ),
        ] {
            assert_eq!(with_database(url, "hunt").unwrap(), wanted);
        }
    }
}
