//! Vendure on Node, headless, with its default search plugin on the same PostgreSQL: the words of a shopper in its `GraphQL`.

use std::{
    fmt::Write as _,
    path::Path,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use testkit::Postgres;
use tokio::{process::Command, time::timeout};

use super::{Asked, garments};
use crate::{
    beside::Beside,
    http::{Connection, request_with},
    report::{Row, say},
};

pub(super) const NAME: &str = "Vendure";
const SCRIPT: &str = "ops/bench/peers/vendure/vendure.mjs";
const ADVICE: &str = "ops/bench/install-peers --vendure";
/// 25,000 styles of four sizes take it that long on a slow machine.
const FILLS: Duration = Duration::from_hours(2);
/// What a list in a shop shows, with all facets; products, not variants.
const SEARCH: &str = "query($term: String!) { search(input: { term: $term, groupByProduct: true, take: 24 }) {
    totalItems
    items { productId productName slug currencyCode priceWithTax { ... on PriceRange { min max } ... on SinglePrice { value } } }
    facetValues { count facetValue { id name facet { name } } }
} }";

/// Vendure with as many styles as we have, the same ones.
pub(super) async fn start(
    postgres: &Postgres,
    folder: &Path,
    styles: u64,
    pool: u32,
) -> anyhow::Result<Beside> {
    let database = postgres.fresh_database().await?;
    std::fs::create_dir_all(folder)?;
    let file = folder.join("styles.jsonl");
    std::fs::write(&file, lines(styles)?)?;
    say(&format!("filling Vendure with {styles} styles (slow)"));
    let ended = fill(&database, &file).await?;
    ensure!(ended.success(), "Vendure cannot be filled: {ADVICE}");
    let arguments = |port: u16| {
        let arguments = [SCRIPT, "serve", &port.to_string(), &pool.to_string()];
        Ok(arguments.map(str::to_owned).to_vec())
    };
    let environment = [("DATABASE_URL", database.as_str())];
    Beside::start("node", arguments, &environment, ADVICE).await
}

async fn fill(database: &str, file: &Path) -> anyhow::Result<ExitStatus> {
    let mut filling = Command::new("setpriv");
    filling.args(["--pdeathsig", "KILL", "node", SCRIPT, "seed"]);
    filling.arg(file).env("DATABASE_URL", database);
    filling.stdin(Stdio::null()).stdout(Stdio::null());
    let mut filling = filling.kill_on_drop(true).spawn().context(ADVICE)?;
    let ended = timeout(FILLS, filling.wait()).await;
    Ok(ended.context("Vendure takes too long")??)
}

fn lines(styles: u64) -> anyhow::Result<String> {
    let mut lines = String::new();
    for number in 0..styles {
        let garment = garments::garment(number)?;
        let details = serde_json::to_value(&garment.details)?;
        let style = json!({
            "name": details["name"],
            "slug": details["slug"],
            "description": details["description"],
            "brand": details["brand"],
            "colour": details["colour"]["name"],
            "material": details["material"],
            "category": details["category"],
            "sizes": details["sizes"],
            "price": garment.price.minor,
        });
        writeln!(lines, "{style}")?;
    }
    Ok(lines)
}

/// The question in its language: only words are asked of it.
pub(super) fn question(asked: Asked, number: u64, _styles: u64) -> anyhow::Result<String> {
    let words = asked.words(number)?.replace('+', " ");
    let body = json!({ "query": SEARCH, "variables": { "term": words } });
    Ok(request_with(
        "",
        "POST",
        "/shop-api",
        &[],
        &body.to_string(),
    ))
}

/// How many styles each of us finds for the words that are asked for: not the same, for each reads words in its own way.
pub(super) async fn compared(drape: &str, vendure: &str) -> anyhow::Result<Vec<Row>> {
    let mut ours = Connection::open(drape).await?;
    let mut theirs = Connection::open(vendure).await?;
    let mut rows = vec![];
    for number in 0..Asked::SPELLED.len() as u64 {
        let asked = Asked::Spelled;
        let mut found = vec![];
        for (connection, question, place) in [
            (&mut ours, super::question(asked, number, 0)?, "/styles"),
            (
                &mut theirs,
                question(asked, number, 0)?,
                "/data/search/totalItems",
            ),
        ] {
            let answer = connection.send(&question).await?.expect(200)?;
            let answer: Value = serde_json::from_slice(&answer.body)?;
            let count = answer.pointer(place).and_then(Value::as_u64);
            let count = count.with_context(|| format!("an answer of another kind: {answer}"))?;
            ensure!(count > 0, "nothing is found: {question}");
            found.push(count);
        }
        rows.push(vec![
            ("words", json!(asked.words(number)?.replace('+', " "))),
            ("styles, drape", json!(found[0])),
            ("styles, Vendure", json!(found[1])),
        ]);
    }
    Ok(rows)
}
