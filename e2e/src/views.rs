//! Every view as it is stored, and as a fold of the log says it should be.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::Context;
use cqrs_es::Aggregate;
use domain::{
    catalog::{
        category::CategoryNode, collection::Collection, garment::Garment, search::PinnedSearch,
        stock::Stock,
    },
    media::picture::Picture,
    shared::{CollectionId, GarmentId, PictureId, SessionId},
    tryon::{session::Session, suitability::Suitability},
    wardrobe::wardrobe::Wardrobe,
};
use jetstream_es::{Commit, EventLog, SubjectFilter};
use projector::views::{
    AdminDecisions, AuditDocument, Card, CategoryDocument, CollectionDocument, Looked, Page,
    PictureDocument, PinnedSearchDocument, Status, StockDocument, WardrobeDocument,
};
use projector::{Facts, Source};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sqlx::{Connection, PgConnection, Row};
use time::format_description::well_known::Rfc3339;
use tokio::time::Instant;
use uuid::Uuid;

use crate::System;

/// (view, id) → the document that a client gets.
pub type Documents = BTreeMap<(&'static str, Uuid), Value>;

/// What the views hold now.
pub async fn stored(database_url: &str) -> anyhow::Result<Documents> {
    let mut connection = PgConnection::connect(database_url).await?;
    let mut documents = Documents::new();
    for (view, question) in [
        (
            "garment_card",
            "SELECT id, document FROM drape.garment_card",
        ),
        (
            "garment_page",
            "SELECT id, document FROM drape.garment_page",
        ),
        (
            "garment_version",
            "SELECT DISTINCT ON (garment) garment AS id, document FROM drape.garment_version
             ORDER BY garment, version DESC",
        ),
        (
            "garment_stock",
            "SELECT garment AS id, document FROM drape.garment_stock",
        ),
        ("collection", "SELECT id, document FROM drape.collection"),
        ("category", "SELECT id, document FROM drape.category"),
        (
            "pinned_search",
            "SELECT id, document FROM drape.pinned_search",
        ),
        ("picture", "SELECT id, document FROM drape.picture"),
        (
            "tryon_status",
            "SELECT id, document FROM drape.tryon_status",
        ),
        (
            "wardrobe",
            "SELECT account AS id, document FROM drape.wardrobe",
        ),
        (
            // All that was decided about one account or projection.
            "audit_entry",
            "SELECT subject AS id, '[' || string_agg(document, ',' ORDER BY sequence, ordinal) || ']' AS document
             FROM drape.audit_entry GROUP BY subject",
        ),
    ] {
        for row in sqlx::query(question).fetch_all(&mut connection).await? {
            let document = serde_json::from_str(row.try_get("document")?)?;
            documents.insert((view, row.try_get("id")?), document);
        }
    }
    connection.close().await?;
    Ok(documents)
}

/// Waits until the views hold what the log says; the log is read anew each time, because renditions and looks may still be on
/// their way to it.
///
/// # Panics
/// When they still differ at the end of `limit`; says which documents do.
pub async fn views_as_the_log_says(system: &System, limit: Duration) -> Documents {
    let deadline = Instant::now() + limit;
    loop {
        let differ = match wanted_and_found(system).await {
            Ok((wanted, found)) if wanted == found => return wanted,
            Ok((wanted, found)) => differences(&wanted, &found),
            Err(error) => format!("{error:#}"),
        };
        assert!(
            Instant::now() < deadline,
            "after {limit:?} the views are not what the log says:\n{differ}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn wanted_and_found(system: &System) -> anyhow::Result<(Documents, Documents)> {
    let wanted = folded(&system.log().await?).await?;
    Ok((wanted, stored(system.database_url()).await?))
}

/// A line for each document that is not the same in both.
fn differences(wanted: &Documents, found: &Documents) -> String {
    let keys: BTreeSet<_> = wanted.keys().chain(found.keys()).collect();
    let line = |key: &(&'static str, Uuid)| {
        let (should, is) = (wanted.get(key), found.get(key));
        let shown = |value: Option<&Value>| value.map_or("nothing".to_owned(), Value::to_string);
        (should != is).then(|| {
            let (view, id) = key;
            format!("{view} {id}: {} should be {}", shown(is), shown(should))
        })
    };
    let lines: Vec<String> = keys.into_iter().filter_map(line).collect();
    lines.join("\n")
}

/// What the views should hold at the end of the log. Fails at a commit that does not follow on its aggregate's last one.
pub async fn folded(log: &EventLog) -> anyhow::Result<Documents> {
    let (mut documents, mut versions) = (Documents::new(), BTreeMap::new());
    let mut looks = BTreeMap::new();
    let (mut after, last) = (0, log.last_sequence().await?);
    while after < last {
        let page = log.read(after, &SubjectFilter::all(), 1_000).await?;
        for commit in &page.commits {
            // Aggregates of two types may share an id: a garment and its stock do.
            let aggregate = (commit.aggregate_type.clone(), commit.aggregate_id.clone());
            let version = versions.entry(aggregate).or_insert(0);
            anyhow::ensure!(
                commit.from_version == *version + 1,
                "a gap or a double in {} {}",
                commit.aggregate_type,
                commit.aggregate_id
            );
            *version += commit.events.len() as u64;
            fold(&mut documents, commit).with_context(|| format!("{}", commit.position))?;
            if commit.aggregate_type == Suitability::TYPE {
                let events = commit.decode::<Suitability>()?.into_iter();
                let garment: Uuid = commit.aggregate_id.parse()?;
                looks.extend(events.map(|look| (garment, Looked::from(look))));
            }
        }
        after = page.through;
    }
    judge(&mut documents, &looks)?;
    Ok(documents)
}

/// What the last look says of each garment as it is now.
fn judge(documents: &mut Documents, looks: &BTreeMap<Uuid, Looked>) -> anyhow::Result<()> {
    let garments: Vec<Uuid> = documents
        .keys()
        .filter(|(view, _)| *view == "garment_page")
        .map(|(_, id)| *id)
        .collect();
    for id in garments {
        let looked = looks.get(&id);
        evolve(documents, ("garment_card", id), |card: Option<Card>| {
            let mut card = card?;
            card.judge(looked);
            Some(card)
        })?;
        evolve(documents, ("garment_page", id), |page: Option<Page>| {
            let mut page = page?;
            page.judge(looked);
            Some(page)
        })?;
    }
    Ok(())
}

fn fold(documents: &mut Documents, commit: &Commit) -> anyhow::Result<()> {
    let id: Uuid = commit.aggregate_id.parse()?;
    let at = commit
        .time
        .to_offset(time::UtcOffset::UTC)
        .format(&Rfc3339)?;
    let kind = commit.aggregate_type.as_str();
    if kind == Garment::TYPE {
        for event in commit.decode::<Garment>()? {
            let garment = GarmentId::new(id);
            evolve(documents, ("garment_card", id), |card| {
                Card::evolve(card, garment, event.clone(), &at)
            })?;
            for view in ["garment_page", "garment_version"] {
                evolve(documents, (view, id), |page| {
                    Page::evolve(page, garment, event.clone(), &at)
                })?;
            }
        }
    } else if kind == Stock::TYPE {
        for event in commit.decode::<Stock>()? {
            evolve(documents, ("garment_stock", id), |stock| {
                Some(StockDocument::evolve(stock, GarmentId::new(id), event))
            })?;
        }
    } else if kind == Collection::TYPE {
        for event in commit.decode::<Collection>()? {
            evolve(documents, ("collection", id), |document| {
                CollectionDocument::evolve(document, CollectionId::new(id), event, &at)
            })?;
        }
    } else if kind == CategoryNode::TYPE {
        for event in commit.decode::<CategoryNode>()? {
            evolve(documents, ("category", id), |document| {
                Some(CategoryDocument::evolve(document, event))
            })?;
        }
    } else if kind == PinnedSearch::TYPE {
        for event in commit.decode::<PinnedSearch>()? {
            evolve(documents, ("pinned_search", id), |document| {
                Some(PinnedSearchDocument::evolve(document, event))
            })?;
        }
    } else if kind == Picture::TYPE {
        for event in commit.decode::<Picture>()? {
            evolve(documents, ("picture", id), |document| {
                PictureDocument::evolve(document, PictureId::new(id), &event, &at)
            })?;
        }
    } else if kind == Session::TYPE {
        for event in commit.decode::<Session>()? {
            evolve(documents, ("tryon_status", id), |status| {
                Status::evolve(status, SessionId::new(id), event, &at)
            })?;
        }
    } else if kind == Wardrobe::TYPE {
        for event in commit.decode::<Wardrobe>()? {
            evolve(documents, ("wardrobe", id), |document| {
                Some(WardrobeDocument::evolve(document, event, &at))
            })?;
        }
    } else if AdminDecisions::TYPES.contains(&kind) {
        let facts = Facts {
            id,
            sequence: commit.position.sequence.try_into()?,
            at,
            actor: commit.actor.clone(),
        };
        for event in AdminDecisions::events(commit)? {
            let Some(decision) = AuditDocument::of(event, &facts) else {
                continue;
            };
            evolve(documents, ("audit_entry", id), |decisions| {
                let mut decisions: Vec<AuditDocument> = decisions.unwrap_or_default();
                decisions.push(decision);
                Some(decisions)
            })?;
        }
    }
    Ok(())
}

fn evolve<D: Serialize + DeserializeOwned>(
    documents: &mut Documents,
    key: (&'static str, Uuid),
    step: impl FnOnce(Option<D>) -> Option<D>,
) -> anyhow::Result<()> {
    let before = documents.remove(&key).map(serde_json::from_value);
    let after = step(before.transpose()?).context("this cannot have happened")?;
    documents.insert(key, serde_json::to_value(after)?);
    Ok(())
}

/// Up to which sequence the archive in this database holds the log; 0 when it holds nothing.
pub async fn archived(database_url: &str) -> anyhow::Result<u64> {
    let mut connection = PgConnection::connect(database_url).await?;
    let question = "SELECT COALESCE(MAX(sequence), 0) AS last FROM drape_archive.message";
    let row = sqlx::query(question).fetch_one(&mut connection).await?;
    let last: i64 = row.try_get("last")?;
    connection.close().await?;
    Ok(last.try_into()?)
}
