//! disintegrate-postgres: a decision over the events of one product, and the listener that the library ships.

use std::{convert::Infallible, str::FromStr, sync::Arc, time::Duration};

use disintegrate::{
    Decision, Event, EventListener, NoSnapshot, PersistedEvent, StateMutate, StateQuery,
    StreamQuery, serde::json::Json,
};
use disintegrate_postgres::{PgEventListener, PgEventListenerConfig, PgEventStore, decision_maker};
use driver::{Arguments, Hunt, Mode, drive, new_id, payload};
use serde::{Deserialize, Serialize};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

/// How often a decision that the database calls unserializable is made again, as the library's manual asks its users to.
const TRIES: usize = 50;

#[derive(Debug, Clone, PartialEq, Eq, Event, Serialize, Deserialize)]
#[stream(ProductEvent, [ProductAdded])]
enum DomainEvent {
    ProductAdded {
        #[id]
        product_id: String,
        details: String,
    },
}

#[derive(Default, StateQuery, Clone, Serialize, Deserialize)]
#[state_query(ProductEvent)]
struct Product {
    #[id]
    product_id: String,
    known: bool,
}

impl StateMutate for Product {
    fn mutate(&mut self, _: Self::Event) {
        self.known = true;
    }
}

struct Add(String);

#[derive(Debug, thiserror::Error)]
#[error("it is there already")]
struct Known;

impl Decision for Add {
    type Event = DomainEvent;
    type StateQuery = Product;
    type Error = Known;

    fn state_query(&self) -> Product {
        Product {
            product_id: self.0.clone(),
            known: false,
        }
    }

    fn process(&self, product: &Product) -> Result<Vec<DomainEvent>, Known> {
        if product.known {
            return Err(Known);
        }
        Ok(vec![DomainEvent::ProductAdded {
            product_id: self.0.clone(),
            details: payload(&self.0).to_string(),
        }])
    }
}

type Store = PgEventStore<DomainEvent, Json<DomainEvent>>;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let writing = store(&arguments.url, u32::try_from(arguments.writers)?).await?;
    let decisions = Arc::new(decision_maker(writing, NoSnapshot));
    let add = move |id: String| {
        let decisions = Arc::clone(&decisions);
        async move {
            let mut last = String::new();
            for _ in 0..TRIES {
                match decisions.make(Add(id.clone())).await {
                    Ok(_) => return Ok(()),
                    Err(error) => last = format!("{error:?}"),
                }
            }
            Err(last)
        }
    };
    match arguments.mode {
        Mode::Append => drive("disintegrate", &arguments, move |_| add(new_id())).await,
        Mode::Hunt => {
            let hunt = Hunt::default();
            let tail = Tail {
                query: disintegrate::query!(DomainEvent),
                hunt: hunt.clone(),
            };
            let reading = store(&arguments.url, 4).await?;
            let often = PgEventListenerConfig::poller(Duration::from_millis(50)).with_notifier();
            let listener = PgEventListener::builder(reading).register_listener(tail, often);
            let listening = tokio::spawn(listener.start());
            hunt.run("disintegrate, PgEventListener", &arguments, move |_, id| {
                add(id)
            })
            .await;
            listening.abort();
        }
    }
    Ok(())
}

/// The library's own tables and functions. Its migration has a literal that PostgreSQL before 16 cannot read: there the
/// function is created unread, and made anew with the same number in decimal.
async fn store(url: &str, connections: u32) -> anyhow::Result<Store> {
    let options = PgConnectOptions::from_str(url)?.options([("check_function_bodies", "off")]);
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .min_connections(connections);
    let pool: PgPool = pool.connect_with(options).await?;
    let store = Store::try_new(pool.clone(), Json::default()).await?;
    sqlx::query(
        "DO $$ BEGIN EXECUTE replace(pg_get_functiondef('event_store_begin_epoch'::regproc), '0xFFFFFFFF', '4294967295'); END $$",
    )
    .execute(&pool)
    .await?;
    Ok(store)
}

struct Tail {
    query: StreamQuery<i64, DomainEvent>,
    hunt: Hunt,
}

#[async_trait::async_trait]
impl EventListener<i64, DomainEvent> for Tail {
    type Error = Infallible;

    fn id(&self) -> &'static str {
        "tail"
    }

    fn query(&self) -> &StreamQuery<i64, DomainEvent> {
        &self.query
    }

    async fn handle(&self, event: PersistedEvent<i64, DomainEvent>) -> Result<(), Infallible> {
        let DomainEvent::ProductAdded { product_id, .. } = event.into_inner();
        self.hunt.see(product_id);
        Ok(())
    }
}
