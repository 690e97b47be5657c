//! What is said about a collection, and which garments are in it.

use std::collections::BTreeMap;

use domain::{
    catalog::collection::{
        Collection as CollectionAggregate, CollectionDetails, CollectionEvent, LocalWords, Members,
    },
    shared::{CollectionId, Description, GarmentId, Language, Slug, Title},
};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::documents;
use crate::{ApplyError, Facts, ReadRow, Table, View};

/// A collection; the document that the client gets. Times are RFC 3339.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionDocument {
    /// The collection.
    pub id: CollectionId,
    /// What it is called, in English.
    pub name: Title,
    /// The readable part of its address.
    pub slug: Slug,
    /// What is said about it, in English.
    pub description: Description,
    /// Its words in other languages.
    pub texts: BTreeMap<Language, LocalWords>,
    /// Which garments are in it.
    pub members: Members,
    /// Those that come first.
    pub pinned: Vec<GarmentId>,
    /// Events of the collection so far.
    pub version: u64,
    /// When it came into the shop.
    pub added_at: String,
}

impl CollectionDocument {
    /// What the event of that time (RFC 3339) makes of the document; none when it cannot have happened.
    pub fn evolve(
        document: Option<Self>,
        id: CollectionId,
        event: CollectionEvent,
        at: &str,
    ) -> Option<Self> {
        if let CollectionEvent::CollectionAdded { details, members } = event {
            return Some(Self {
                id,
                name: details.name,
                slug: details.slug,
                description: details.description,
                texts: details.texts,
                members,
                pinned: Vec::new(),
                version: 1,
                added_at: at.to_owned(),
            });
        }
        let mut document = document?;
        document.version += 1;
        match event {
            CollectionEvent::CollectionAdded { .. } | CollectionEvent::CollectionRemoved {} => {}
            CollectionEvent::CollectionRevised { details } => document.describe(details),
            CollectionEvent::CollectionMembersChosen { members } => document.members = members,
            CollectionEvent::CollectionGarmentsPinned { garments } => document.pinned = garments,
        }
        Some(document)
    }

    fn describe(&mut self, details: CollectionDetails) {
        self.name = details.name;
        self.slug = details.slug;
        self.description = details.description;
        self.texts = details.texts;
    }
}

/// What is kept of a collection.
#[derive(Debug)]
pub struct CollectionRow {
    document: CollectionDocument,
    removed: bool,
    sort_key: i64,
    sequence: i64,
}

/// One row per collection, those that were removed among them.
#[derive(Debug)]
pub struct Collection;

impl View for Collection {
    const NAME: &'static str = "collection";
    const VERSION: i32 = 1;
    const TABLES: &'static [Table] = &[Table {
        name: "collection",
        key: &["id"],
    }];
    type Aggregate = CollectionAggregate;
    type Row = CollectionRow;

    fn fold(
        row: Option<CollectionRow>,
        event: CollectionEvent,
        facts: &Facts,
    ) -> Option<CollectionRow> {
        let is_removed = matches!(event, CollectionEvent::CollectionRemoved {});
        let removed = is_removed || row.as_ref().is_some_and(|row| row.removed);
        let sort_key = row.as_ref().map_or(facts.sequence, |row| row.sort_key);
        let (id, document) = (CollectionId::new(facts.id), row.map(|row| row.document));
        Some(CollectionRow {
            document: CollectionDocument::evolve(document, id, event, &facts.at)?,
            removed,
            sort_key,
            sequence: facts.sequence,
        })
    }

    async fn read_in_tx(
        tx: &mut PgConnection,
        ids: &[Uuid],
    ) -> Result<Vec<ReadRow<CollectionRow>>, sqlx::Error> {
        let rows = sqlx::query!(
            "SELECT id, removed, sort_key, sequence, document FROM collection WHERE id = ANY($1)",
            ids
        )
        .fetch_all(tx)
        .await?;
        let read = rows.into_iter().map(|row| {
            let document = serde_json::from_str(&row.document);
            let collection = document.map(|document| CollectionRow {
                document,
                removed: row.removed,
                sort_key: row.sort_key,
                sequence: row.sequence,
            });
            (row.id, collection.map_err(ApplyError::from))
        });
        Ok(read.collect())
    }

    async fn write_in_tx(
        tx: &mut PgConnection,
        rows: &mut [(Uuid, CollectionRow)],
    ) -> Result<(), ApplyError> {
        let ids: Vec<Uuid> = rows.iter().map(|(id, _)| *id).collect();
        let slugs = rows.iter().map(|(_, row)| row.document.slug.to_string());
        let slugs: Vec<String> = slugs.collect();
        let removed: Vec<bool> = rows.iter().map(|(_, row)| row.removed).collect();
        let sort_keys: Vec<i64> = rows.iter().map(|(_, row)| row.sort_key).collect();
        let sequences: Vec<i64> = rows.iter().map(|(_, row)| row.sequence).collect();
        sqlx::query!(
            "INSERT INTO collection (id, slug, removed, sort_key, sequence, document)
             SELECT * FROM UNNEST($1::UUID[], $2::TEXT[], $3::BOOLEAN[], $4::BIGINT[], $5::BIGINT[], $6::TEXT[])
             ON CONFLICT (id) DO UPDATE SET
                 slug = excluded.slug, removed = excluded.removed, sort_key = excluded.sort_key,
                 sequence = excluded.sequence, document = excluded.document",
            &ids,
            &slugs,
            &removed,
            &sort_keys,
            &sequences,
            &documents(rows, |row| &row.document)?
        )
        .execute(tx)
        .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(sequence: i64) -> Facts {
        Facts {
            id: Uuid::from_u128(9),
            sequence,
            at: "2026-01-01T00:00:00Z".to_owned(),
            actor: None,
        }
    }

    #[test]
    fn nothing_happens_to_a_collection_before_it_is_added() {
        for event in CollectionEvent::samples().into_iter().skip(1) {
            assert!(Collection::fold(None, event, &facts(1)).is_none());
        }
    }

    #[test]
    fn a_collection_is_what_was_last_said_and_stays_removed() {
        let mut row = None;
        for (number, event) in (1..).zip(CollectionEvent::samples()) {
            row = Collection::fold(row, event, &facts(number));
        }
        let row = row.unwrap();
        assert!(row.removed);
        assert_eq!((row.sort_key, row.sequence), (1, 5));
        assert_eq!(row.document.version, 5);
        assert_eq!(row.document.pinned.len(), 1);
        assert!(matches!(row.document.members, Members::ByRule { .. }));
    }
}
