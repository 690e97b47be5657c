//! The floor of a log in PostgreSQL: the smallest event table with optimistic concurrency, one INSERT a command; and the tail
//! that textbooks show, `pos > last ORDER BY pos`.

use std::time::Duration;

use driver::{Arguments, Hunt, Mode, drive, new_id, payload};
use sqlx::{PgPool, postgres::PgPoolOptions};

const TABLE: &str = "CREATE TABLE IF NOT EXISTS event (
    pos BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stream TEXT NOT NULL, version BIGINT NOT NULL, type TEXT NOT NULL,
    data JSONB NOT NULL, meta JSONB NOT NULL, at TIMESTAMPTZ NOT NULL DEFAULT now(), UNIQUE (stream, version))";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let connections = u32::try_from(arguments.writers)?;
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .min_connections(connections);
    let pool = pool.connect(&arguments.url).await?;
    sqlx::query(TABLE).execute(&pool).await?;
    match arguments.mode {
        Mode::Append => {
            drive("PostgreSQL, one INSERT", &arguments, move |_| {
                let pool = pool.clone();
                async move { insert(&pool, &new_id()).await }
            })
            .await;
        }
        Mode::Hunt => {
            let hunt = Hunt::default();
            let tail = tokio::spawn(tail(PgPool::connect(&arguments.url).await?, hunt.clone()));
            hunt.run("PostgreSQL, pos > last", &arguments, move |_, id| {
                let pool = pool.clone();
                async move { insert(&pool, &id).await }
            })
            .await;
            tail.abort();
        }
    }
    Ok(())
}

async fn insert(pool: &PgPool, id: &str) -> Result<(), String> {
    let text = "INSERT INTO event (stream, version, type, data, meta) VALUES ($1, 1, 'ProductAdded', $2, '{}')";
    let done = sqlx::query(text)
        .bind(id)
        .bind(payload(id))
        .execute(pool)
        .await;
    done.map(drop).map_err(|error| error.to_string())
}

async fn tail(pool: PgPool, hunt: Hunt) -> Result<(), sqlx::Error> {
    let text = "SELECT pos, stream FROM event WHERE pos > $1 ORDER BY pos LIMIT 500";
    let mut last = 0_i64;
    loop {
        let rows: Vec<(i64, String)> = sqlx::query_as(text).bind(last).fetch_all(&pool).await?;
        if rows.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        for (pos, id) in rows {
            last = pos;
            hunt.see(id);
        }
    }
}
