//! The servers below a system, and detours to them for tests that listen in or cut wires.

use sqlx::{Connection, PgConnection};
use testkit::{NatsServer, NatsServerOptions, Postgres};

/// What all users of the event log's server say.
pub const NATS_PASSWORD: &str = "for-tests-only";

/// Who may do what on the event log's server, as shipped.
pub fn shipped_permissions() -> String {
    let names = ["OPERATOR_PASSWORD", "WORKER_PASSWORD", "PASSWORD"];
    let shipped = include_str!("../../ops/nats/permissions.conf").to_owned();
    names.into_iter().fold(shipped, |text, name| {
        text.replace(&format!("$DRAPE_NATS_{name}"), NATS_PASSWORD)
    })
}

/// The same, and a test itself comes as `drape` without a password.
fn permissions() -> String {
    format!("{}no_auth_user: drape\n", shipped_permissions())
}

/// These addresses, for somebody who says who they are.
fn as_user(urls: &str, user: &str) -> String {
    let named = format!("nats://{user}:{NATS_PASSWORD}@");
    urls.replace("nats://", &named)
}

/// This database, for another user of it.
pub(crate) fn database_as(url: &str, user: &str) -> String {
    url.replace("//postgres@", &format!("//{user}@"))
}

/// The servers that a system runs on.
#[derive(Debug)]
pub struct Servers {
    /// The event log's server.
    pub nats: NatsServer,
    /// The other servers of its cluster.
    pub peers: Vec<NatsServer>,
    /// The views' server.
    pub postgres: Postgres,
    /// An empty database on it.
    pub database: String,
}

impl Servers {
    /// One of each, under the permissions that we ship.
    pub async fn start() -> anyhow::Result<Self> {
        let nats = NatsServer::start_with(NatsServerOptions {
            extra_config: permissions(),
            ..NatsServerOptions::default()
        });
        let (nats, postgres) = tokio::try_join!(nats, Postgres::start())?;
        Self::new(nats, vec![], postgres).await
    }

    /// A nats-server with its peers, and a fresh database.
    pub async fn new(
        nats: NatsServer,
        peers: Vec<NatsServer>,
        postgres: Postgres,
    ) -> anyhow::Result<Self> {
        let database = postgres.fresh_database().await?;
        Ok(Self {
            nats,
            peers,
            postgres,
            database,
        })
    }

    /// Gives each part of drape a user of its own in PostgreSQL, as shipped: what they connect with.
    pub(crate) async fn assign(&self) -> anyhow::Result<[(&'static str, String); 3]> {
        let mut connection = PgConnection::connect(&self.database).await?;
        sqlx::raw_sql(include_str!("../../ops/postgres/roles.sql"))
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        let as_user = |user: &str| database_as(&self.database, user);
        Ok([
            ("DRAPE_DATABASE_URL", as_user("drape_projector")),
            ("DRAPE_DATABASE_READ_URL", as_user("drape_query")),
            ("DRAPE_DATABASE_IDENTITY_URL", as_user("drape_identity")),
        ])
    }

    fn all(&self) -> impl Iterator<Item = &NatsServer> {
        std::iter::once(&self.nats).chain(&self.peers)
    }

    /// The event log for one of its users. Servers without users let everybody in.
    pub(crate) fn nats_url(&self, user: &str) -> String {
        let urls: Vec<_> = self.all().map(NatsServer::url).collect();
        as_user(&urls.join(","), user)
    }

    pub(crate) fn monitor_url(&self) -> String {
        let urls: Vec<_> = self.all().map(NatsServer::monitor_url).collect();
        urls.join(",")
    }

    /// What a cluster needs besides.
    pub(crate) fn env(&self) -> Vec<(String, String)> {
        if self.peers.is_empty() {
            return vec![];
        }
        let replicas = (1 + self.peers.len()).to_string();
        vec![("DRAPE_NATS_REPLICAS".to_owned(), replicas)]
    }
}

/// Other addresses for some programs: a test's own listener stands before the server.
#[derive(Debug, Clone, Default)]
pub struct Detours {
    /// The event log, for `drape serve` without the projector of its own.
    pub gateway_nats: Option<String>,
    /// The event log, for the projector's own process.
    pub projector_nats: Option<String>,
    /// The database, for the projector's own process.
    pub projector_database: Option<String>,
    /// The event log, for try-on workers.
    pub worker_nats: Option<String>,
}

impl Detours {
    pub(crate) fn of_gateway(&self) -> Vec<(String, String)> {
        variables(&[("DRAPE_NATS_URL", self.gateway_nats.as_ref())])
    }

    pub(crate) fn of_projector(&self) -> Vec<(String, String)> {
        variables(&[
            ("DRAPE_NATS_URL", self.projector_nats.as_ref()),
            ("DRAPE_DATABASE_URL", self.projector_database.as_ref()),
        ])
    }

    pub(crate) fn of_worker(&self) -> Vec<(String, String)> {
        let url = self.worker_nats.as_ref();
        let url = url.map(|url| as_user(url, "tryon-worker"));
        variables(&[("DRAPE_NATS_URL", url.as_ref())])
    }
}

fn variables(set: &[(&str, Option<&String>)]) -> Vec<(String, String)> {
    let set = set.iter();
    set.filter_map(|(name, value)| Some(((*name).to_owned(), (*value)?.clone())))
        .collect()
}
