//! What a search for some words shows first.

use domain::{
    catalog::search::{PinnedSearch as PinnedSearchAggregate, SearchEvent},
    shared::{GarmentId, SearchWords},
};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::documents;
use crate::{ApplyError, Facts, ReadRow, Table, View};

/// What a search shows first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinnedSearchDocument {
    /// The words that are looked for.
    pub words: SearchWords,
    /// Which garments come first, in this order.
    pub garments: Vec<GarmentId>,
    /// Events of the search so far.
    pub version: u64,
}

impl PinnedSearchDocument {
    /// What the event makes of the document.
    pub fn evolve(document: Option<Self>, event: SearchEvent) -> Self {
        let version = document.map_or(0, |document| document.version) + 1;
        match event {
            SearchEvent::SearchPinned { words, garments } => Self {
                words,
                garments,
                version,
            },
        }
    }
}

/// What is kept of a search.
#[derive(Debug)]
pub struct PinnedSearchRow {
    document: PinnedSearchDocument,
    sequence: i64,
}

/// One row per search to which something was ever pinned.
#[derive(Debug)]
pub struct PinnedSearch;

impl View for PinnedSearch {
    const NAME: &'static str = "pinned_search";
    const VERSION: i32 = 1;
    const TABLES: &'static [Table] = &[Table {
        name: "pinned_search",
        key: &["id"],
    }];
    type Aggregate = PinnedSearchAggregate;
    type Row = PinnedSearchRow;

    fn fold(
        row: Option<PinnedSearchRow>,
        event: SearchEvent,
        facts: &Facts,
    ) -> Option<PinnedSearchRow> {
        Some(PinnedSearchRow {
            document: PinnedSearchDocument::evolve(row.map(|row| row.document), event),
            sequence: facts.sequence,
        })
    }

    async fn read_in_tx(
        tx: &mut PgConnection,
        ids: &[Uuid],
    ) -> Result<Vec<ReadRow<PinnedSearchRow>>, sqlx::Error> {
        let rows = sqlx::query!(
            "SELECT id, sequence, document FROM pinned_search WHERE id = ANY($1)",
            ids
        )
        .fetch_all(tx)
        .await?;
        let read = rows.into_iter().map(|row| {
            let document = serde_json::from_str(&row.document);
            let search = document.map(|document| PinnedSearchRow {
                document,
                sequence: row.sequence,
            });
            (row.id, search.map_err(ApplyError::from))
        });
        Ok(read.collect())
    }

    async fn write_in_tx(
        tx: &mut PgConnection,
        rows: &mut [(Uuid, PinnedSearchRow)],
    ) -> Result<(), ApplyError> {
        let ids: Vec<Uuid> = rows.iter().map(|(id, _)| *id).collect();
        let sequences: Vec<i64> = rows.iter().map(|(_, row)| row.sequence).collect();
        sqlx::query!(
            "INSERT INTO pinned_search (id, sequence, document)
             SELECT * FROM UNNEST($1::UUID[], $2::BIGINT[], $3::TEXT[])
             ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, document = excluded.document",
            &ids,
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

    #[test]
    fn the_last_pins_count() {
        let fold = |document, event| Some(PinnedSearchDocument::evolve(document, event));
        let mut events = SearchEvent::samples();
        let SearchEvent::SearchPinned { words, .. } = events[0].clone();
        events.push(SearchEvent::SearchPinned {
            words,
            garments: Vec::new(),
        });
        let pinned = events[..1].iter().cloned().fold(None, fold).unwrap();
        assert_eq!((pinned.garments.len(), pinned.version), (1, 1));
        let taken_back = events.into_iter().fold(None, fold).unwrap();
        assert_eq!((taken_back.garments.len(), taken_back.version), (0, 2));
    }
}
