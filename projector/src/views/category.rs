//! What a place in the tree of categories is called.

use std::collections::BTreeMap;

use domain::{
    catalog::category::{CategoryEvent, CategoryNode},
    shared::{CategoryPath, Language, Title},
};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::documents;
use crate::{ApplyError, Facts, ReadRow, Table, View};

/// What a place is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryDocument {
    /// Which place.
    pub path: CategoryPath,
    /// What it is called, in English; none once its name was taken away.
    pub name: Option<Title>,
    /// What it is called in other languages.
    pub names: BTreeMap<Language, Title>,
    /// Events of the place so far.
    pub version: u64,
}

impl CategoryDocument {
    /// What the event makes of the document.
    pub fn evolve(document: Option<Self>, event: CategoryEvent) -> Self {
        let version = document.map_or(0, |document| document.version) + 1;
        match event {
            CategoryEvent::CategoryNamed { path, name, names } => Self {
                path,
                name: Some(name),
                names,
                version,
            },
            CategoryEvent::CategoryUnnamed { path } => Self {
                path,
                name: None,
                names: BTreeMap::new(),
                version,
            },
        }
    }
}

/// What is kept of a place.
#[derive(Debug)]
pub struct CategoryRow {
    document: CategoryDocument,
    sequence: i64,
}

/// One row per place that ever had a name.
#[derive(Debug)]
pub struct Category;

impl View for Category {
    const NAME: &'static str = "category";
    const VERSION: i32 = 1;
    const TABLES: &'static [Table] = &[Table {
        name: "category",
        key: &["id"],
    }];
    type Aggregate = CategoryNode;
    type Row = CategoryRow;

    fn fold(row: Option<CategoryRow>, event: CategoryEvent, facts: &Facts) -> Option<CategoryRow> {
        Some(CategoryRow {
            document: CategoryDocument::evolve(row.map(|row| row.document), event),
            sequence: facts.sequence,
        })
    }

    async fn read_in_tx(
        tx: &mut PgConnection,
        ids: &[Uuid],
    ) -> Result<Vec<ReadRow<CategoryRow>>, sqlx::Error> {
        let rows = sqlx::query!(
            "SELECT id, sequence, document FROM category WHERE id = ANY($1)",
            ids
        )
        .fetch_all(tx)
        .await?;
        let read = rows.into_iter().map(|row| {
            let document = serde_json::from_str(&row.document);
            let category = document.map(|document| CategoryRow {
                document,
                sequence: row.sequence,
            });
            (row.id, category.map_err(ApplyError::from))
        });
        Ok(read.collect())
    }

    async fn write_in_tx(
        tx: &mut PgConnection,
        rows: &mut [(Uuid, CategoryRow)],
    ) -> Result<(), ApplyError> {
        let ids: Vec<Uuid> = rows.iter().map(|(id, _)| *id).collect();
        let paths = rows.iter().map(|(_, row)| row.document.path.to_string());
        let paths: Vec<String> = paths.collect();
        let sequences: Vec<i64> = rows.iter().map(|(_, row)| row.sequence).collect();
        sqlx::query!(
            "INSERT INTO category (id, path, sequence, document)
             SELECT * FROM UNNEST($1::UUID[], $2::TEXT[], $3::BIGINT[], $4::TEXT[])
             ON CONFLICT (id) DO UPDATE SET
                 path = excluded.path, sequence = excluded.sequence, document = excluded.document",
            &ids,
            &paths,
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
    fn a_name_comes_and_goes() {
        let fold = |document, event| Some(CategoryDocument::evolve(document, event));
        let samples = CategoryEvent::samples();
        let named = samples[..1].iter().cloned().fold(None, fold).unwrap();
        assert_eq!((named.name.is_some(), named.version), (true, 1));
        let unnamed = samples.into_iter().fold(None, fold).unwrap();
        assert_eq!((unnamed.name, unnamed.version), (None, 2));
        assert!(unnamed.names.is_empty());
    }
}
