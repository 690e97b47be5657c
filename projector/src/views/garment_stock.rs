//! How many there are of a garment, size by size.

use domain::{
    catalog::stock::{Stock, StockEvent},
    shared::{GarmentId, Size},
};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::documents;
use crate::{ApplyError, Facts, ReadRow, Table, View, numbers::to_sql};

/// How many there are of a garment; what keepers of the catalogue are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockDocument {
    /// The garment.
    pub id: GarmentId,
    /// Pieces of all sizes.
    pub total: u64,
    /// In the order in which sizes were first heard of.
    pub sizes: Vec<SizeStock>,
    /// From which count down a size has run low, where that was said of this garment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_level: Option<u32>,
    /// Events of the stock so far.
    pub version: u64,
}

/// How many there are of one size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SizeStock {
    /// The size on the label.
    pub size: Size,
    /// How many there are.
    pub count: u32,
    /// Whether there are few: some, and no more than the garment's level or the shop's.
    pub low: bool,
}

impl StockDocument {
    /// What the event makes of the document.
    pub fn evolve(document: Option<Self>, id: GarmentId, event: StockEvent) -> Self {
        let mut document = document.unwrap_or(Self {
            id,
            total: 0,
            sizes: Vec::new(),
            low_level: None,
            version: 0,
        });
        document.version += 1;
        match event {
            StockEvent::StockCounted { size, count, .. } => *document.of(size) = count,
            StockEvent::StockAdjusted { size, by, .. } => {
                let there = document.of(size);
                *there = there.saturating_add_signed(by.get());
            }
            StockEvent::LowStockLevelSet { level } => document.low_level = level,
            // It follows from the counts.
            StockEvent::StockRanLow { .. } => {}
        }
        let level = document.low_level.unwrap_or(Stock::LOW_LEVEL);
        for size in &mut document.sizes {
            size.low = (1..=level).contains(&size.count);
        }
        document.total = document.sizes.iter().map(|of| u64::from(of.count)).sum();
        document
    }

    /// How many there are of this size, to be changed.
    fn of(&mut self, size: Size) -> &mut u32 {
        let known = self.sizes.iter().position(|of| of.size == size);
        let at = known.unwrap_or_else(|| {
            self.sizes.push(SizeStock {
                size,
                count: 0,
                low: false,
            });
            self.sizes.len() - 1
        });
        &mut self.sizes[at].count
    }
}

/// What is kept of a garment's stock.
#[derive(Debug)]
pub struct StockRow {
    document: StockDocument,
    sequence: i64,
}

/// One row per garment whose stock was ever counted or adjusted.
#[derive(Debug)]
pub struct GarmentStock;

impl View for GarmentStock {
    const NAME: &'static str = "garment_stock";
    const VERSION: i32 = 1;
    const TABLES: &'static [Table] = &[Table {
        name: "garment_stock",
        key: &["garment"],
    }];
    type Aggregate = Stock;
    type Row = StockRow;

    fn fold(row: Option<StockRow>, event: StockEvent, facts: &Facts) -> Option<StockRow> {
        let document = row.map(|row| row.document);
        Some(StockRow {
            document: StockDocument::evolve(document, GarmentId::new(facts.id), event),
            sequence: facts.sequence,
        })
    }

    async fn read_in_tx(
        tx: &mut PgConnection,
        ids: &[Uuid],
    ) -> Result<Vec<ReadRow<StockRow>>, sqlx::Error> {
        let rows = sqlx::query!(
            "SELECT garment, sequence, document FROM garment_stock WHERE garment = ANY($1)",
            ids
        )
        .fetch_all(tx)
        .await?;
        let read = rows.into_iter().map(|row| {
            let document = serde_json::from_str(&row.document);
            let stock = document.map(|document| StockRow {
                document,
                sequence: row.sequence,
            });
            (row.garment, stock.map_err(ApplyError::from))
        });
        Ok(read.collect())
    }

    async fn write_in_tx(
        tx: &mut PgConnection,
        rows: &mut [(Uuid, StockRow)],
    ) -> Result<(), ApplyError> {
        let ids: Vec<Uuid> = rows.iter().map(|(id, _)| *id).collect();
        let totals: Vec<i64> = rows
            .iter()
            .map(|(_, row)| to_sql(row.document.total))
            .collect();
        // UNNEST takes arrays of arrays apart to the last text: each row's sizes go as JSON.
        let sizes = rows.iter().map(|(_, row)| {
            let there = row.document.sizes.iter().filter(|of| of.count > 0);
            serde_json::to_string(&there.map(|of| of.size.as_str()).collect::<Vec<_>>())
        });
        let sizes: Vec<String> = sizes.collect::<Result<_, _>>()?;
        let sequences: Vec<i64> = rows.iter().map(|(_, row)| row.sequence).collect();
        sqlx::query!(
            "INSERT INTO garment_stock (garment, total, sizes_in_stock, document, sequence)
             SELECT garment, total, ARRAY(SELECT jsonb_array_elements_text(sizes::JSONB)), document, sequence
             FROM UNNEST($1::UUID[], $2::BIGINT[], $3::TEXT[], $4::TEXT[], $5::BIGINT[])
                 AS given (garment, total, sizes, document, sequence)
             ON CONFLICT (garment) DO UPDATE SET
                 total = excluded.total, sizes_in_stock = excluded.sizes_in_stock, document = excluded.document,
                 sequence = excluded.sequence",
            &ids,
            &totals,
            &sizes,
            &documents(rows, |row| &row.document)?,
            &sequences
        )
        .execute(tx)
        .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(text: &str) -> Size {
        Size::parse(text).unwrap()
    }

    fn counted(of: &str, count: u32) -> StockEvent {
        StockEvent::StockCounted {
            size: size(of),
            count,
            reason: None,
        }
    }

    fn after(events: Vec<StockEvent>) -> StockDocument {
        let id = GarmentId::new(Uuid::from_u128(1));
        let fold = |document, event| Some(StockDocument::evolve(document, id, event));
        events.into_iter().fold(None, fold).unwrap()
    }

    #[test]
    fn counts_replace_and_adjustments_add() {
        let mut events = StockEvent::samples();
        let document = after(events.clone());
        assert_eq!((document.total, document.version), (10, 4));
        events.extend([counted("W32/L34", 5), counted("M", 1)]);
        let document = after(events);
        assert_eq!((document.total, document.version), (6, 6));
        let sizes: Vec<_> = document.sizes.iter().map(|of| of.size.as_str()).collect();
        assert_eq!(sizes, ["M", "W32/L34"]);
    }

    #[test]
    fn one_to_three_are_few() {
        for (count, low) in [(0, false), (1, true), (3, true), (4, false)] {
            assert_eq!(
                after(vec![counted("M", count)]).sizes[0].low,
                low,
                "{count}"
            );
        }
    }

    #[test]
    fn few_are_as_many_as_the_garment_says() {
        let level = |level| StockEvent::LowStockLevelSet { level };
        let low = |events| after(events).sizes[0].low;
        assert!(low(vec![counted("M", 8), level(Some(8))]));
        assert!(!low(vec![level(Some(0)), counted("M", 1)]));
        assert!(low(vec![level(Some(0)), counted("M", 1), level(None)]));
    }
}
