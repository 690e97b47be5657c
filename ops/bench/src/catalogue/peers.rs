//! The same reads as others write them: Fastify with postgres.js on Node, `FastAPI` with asyncpg on Python, one process each.

use anyhow::{Context, ensure};
use serde_json::Value;
use sqlx::PgPool;

use super::{Asked, CATEGORIES, statements};
use crate::{
    beside::Beside,
    http::{Connection, request},
};

pub(super) const FASTIFY: &str = "Fastify and postgres.js";
pub(super) const FASTAPI: &str = "FastAPI and asyncpg";
const ADVICE: &str = "ops/bench/install-peers --catalogue";
/// Garments that are looked at one by one before anything is measured.
const LOOKED_AT: u64 = 40;

/// One of them, running.
pub(super) struct Peer {
    pub(super) name: &'static str,
    pub(super) process: Beside,
}

/// Starts both on this database, each with so many connections to it.
pub(super) async fn start(database: &str, connections: u32) -> anyhow::Result<Vec<Peer>> {
    let mut peers = vec![];
    for (name, interpreter, script) in [
        (FASTIFY, "node", "ops/bench/peers/node/catalogue.mjs"),
        (
            FASTAPI,
            "target/peers/fastapi/bin/python",
            "ops/bench/peers/fastapi/catalogue.py",
        ),
    ] {
        let arguments = |port: u16| {
            let arguments = [script.to_owned(), port.to_string(), connections.to_string()];
            Ok(arguments.to_vec())
        };
        let environment = [
            ("DATABASE_URL", database),
            ("LIST", statements::LIST),
            ("ONE", statements::ONE),
        ];
        let process = Beside::start(interpreter, arguments, &environment, ADVICE).await?;
        peers.push(Peer { name, process });
    }
    Ok(peers)
}

/// Fails unless all peers and the statement itself answer with the same bytes, and ours with the same garments.
pub(super) async fn agree(
    drape: &str,
    peers: &[Peer],
    pool: &PgPool,
    styles: u64,
) -> anyhow::Result<()> {
    let mut ours = Connection::open(drape).await?;
    let mut theirs = vec![];
    for peer in peers {
        theirs.push((peer.name, Connection::open(&peer.process.address).await?));
    }
    let questions = (0..CATEGORIES.len() as u64).map(|number| (Asked::List, number));
    let questions = questions.chain((0..LOOKED_AT).map(|number| (Asked::One, number)));
    for (asked, number) in questions {
        let path = asked.path(number, styles)?;
        let question = request("GET", &path, &[], "");
        let statement = statements::answer(pool, asked, number, styles).await?;
        for (name, connection) in &mut theirs {
            let answer = connection.send(&question).await?.expect(200)?;
            ensure!(
                answer.body == statement.as_bytes(),
                "{name} answers {path} with something else than the statement"
            );
        }
        let answer = ours.send(&question).await?.expect(200)?;
        let told = (garments(&answer.body)?, garments(statement.as_bytes())?);
        ensure!(
            told.0 == told.1,
            "{path} is answered with other garments: {:?} and {:?}",
            told.0,
            told.1
        );
    }
    Ok(())
}

/// How many styles there are, and which garments are told of; of one garment, that one.
fn garments(body: &[u8]) -> anyhow::Result<(Value, Vec<String>)> {
    let answer: Value = serde_json::from_slice(body)?;
    let items = match answer["items"].as_array() {
        Some(items) => items.clone(),
        None => vec![answer.clone()],
    };
    let id = |item: &Value| {
        let garment = item.get("garment").unwrap_or(item);
        garment["id"].as_str().map(str::to_owned)
    };
    let ids: Option<Vec<String>> = items.iter().map(id).collect();
    Ok((
        answer["styles"].clone(),
        ids.context("a garment without id")?,
    ))
}
