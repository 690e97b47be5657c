//! postgres-es: the framework's own command path on a new aggregate, without a query behind it.

use std::sync::Arc;

use cqrs_es::{Aggregate, DomainEvent, event_sink::EventSink};
use driver::{Arguments, Mode, drive, new_id, payload};
use postgres_es::postgres_cqrs;
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgPoolOptions;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS events (
    aggregate_type TEXT NOT NULL, aggregate_id TEXT NOT NULL, sequence BIGINT CHECK (sequence >= 0) NOT NULL,
    event_type TEXT NOT NULL, event_version TEXT NOT NULL, payload JSON NOT NULL, metadata JSON NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id, sequence))";

#[derive(Default, Serialize, Deserialize)]
struct Product {
    known: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Added(serde_json::Value);

impl DomainEvent for Added {
    fn event_type(&self) -> String {
        "ProductAdded".to_owned()
    }

    fn event_version(&self) -> String {
        "1.0".to_owned()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("it is there already")]
struct Known;

impl Aggregate for Product {
    const TYPE: &'static str = "product";
    type Command = serde_json::Value;
    type Event = Added;
    type Error = Known;
    type Services = ();

    async fn handle(
        &mut self,
        details: serde_json::Value,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), Known> {
        if self.known {
            return Err(Known);
        }
        sink.write(Added(details), self).await;
        Ok(())
    }

    fn apply(&mut self, _: Added) {
        self.known = true;
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    anyhow::ensure!(arguments.mode == Mode::Append, "it has no subscription");
    let connections = u32::try_from(arguments.writers)?;
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .min_connections(connections);
    let pool = pool.connect(&arguments.url).await?;
    sqlx::query(TABLE).execute(&pool).await?;
    let cqrs = Arc::new(postgres_cqrs::<Product>(pool, vec![], ()));
    drive("postgres-es", &arguments, move |_| {
        let (cqrs, id) = (Arc::clone(&cqrs), new_id());
        async move {
            let done = cqrs.execute(&id, payload(&id)).await;
            done.map_err(|error| error.to_string())
        }
    })
    .await;
    Ok(())
}
