//! What was said about a garment, version by version.

use cqrs_es::DomainEvent;
use domain::{
    catalog::garment::{Garment, GarmentEvent},
    shared::GarmentId,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Page, documents};
use crate::{ApplyError, Facts, ReadRow, Table, View, numbers::to_sql};

/// One row per commit of a garment, with the page as it stood after it.
#[derive(Debug)]
pub struct GarmentVersion;

/// The page of today, and the versions that are not written yet.
#[derive(Debug)]
pub struct VersionsRow {
    page: Page,
    fresh: Vec<Version>,
}

#[derive(Debug)]
struct Version {
    sequence: i64,
    at: String,
    actor: Option<String>,
    events: String,
    page: Page,
}

impl View for GarmentVersion {
    const NAME: &'static str = "garment_version";
    const VERSION: i32 = 3;
    const TABLES: &'static [Table] = &[Table {
        name: "garment_version",
        key: &["garment", "version"],
    }];
    type Aggregate = Garment;
    type Row = VersionsRow;

    fn fold(row: Option<VersionsRow>, event: GarmentEvent, facts: &Facts) -> Option<VersionsRow> {
        let name = event.event_type();
        let (page, fresh) = row.map(|row| (row.page, row.fresh)).unzip();
        let mut fresh = fresh.unwrap_or_default();
        let page = Page::evolve(page, GarmentId::new(facts.id), event, &facts.at)?;
        match fresh.last_mut() {
            // The events of a commit make one version.
            Some(version) if version.sequence == facts.sequence => {
                version.events = format!("{},{name}", version.events);
                version.page = page.clone();
            }
            Some(_) | None => fresh.push(Version {
                sequence: facts.sequence,
                at: facts.at.clone(),
                actor: facts.actor.clone(),
                events: name,
                page: page.clone(),
            }),
        }
        Some(VersionsRow { page, fresh })
    }

    async fn read_in_tx(
        tx: &mut PgConnection,
        ids: &[Uuid],
    ) -> Result<Vec<ReadRow<VersionsRow>>, sqlx::Error> {
        let rows = sqlx::query!(
            "SELECT DISTINCT ON (garment) garment, document FROM garment_version
             WHERE garment = ANY($1) ORDER BY garment, version DESC",
            ids
        )
        .fetch_all(tx)
        .await?;
        let read = rows.into_iter().map(|row| {
            let page = serde_json::from_str(&row.document);
            let row_of = |page| VersionsRow {
                page,
                fresh: Vec::new(),
            };
            (row.garment, page.map(row_of).map_err(ApplyError::from))
        });
        Ok(read.collect())
    }

    async fn write_in_tx(
        tx: &mut PgConnection,
        rows: &mut [(Uuid, VersionsRow)],
    ) -> Result<(), ApplyError> {
        let fresh: Vec<(Uuid, Version)> = rows
            .iter_mut()
            .flat_map(|(id, row)| row.fresh.drain(..).map(|version| (*id, version)))
            .collect();
        let text = |of: fn(&Version) -> &str| -> Vec<String> {
            let of = |(_, version): &(Uuid, Version)| of(version).to_owned();
            fresh.iter().map(of).collect()
        };
        let ids: Vec<Uuid> = fresh.iter().map(|(id, _)| *id).collect();
        let pages = || fresh.iter().map(|(_, version)| &version.page);
        let versions: Vec<i64> = pages().map(|page| to_sql(page.version)).collect();
        let public: Vec<bool> = pages().map(|page| page.published_at.is_some()).collect();
        let sequences: Vec<i64> = fresh.iter().map(|(_, version)| version.sequence).collect();
        let actors: Vec<Option<String>> = fresh.iter().map(|(_, of)| of.actor.clone()).collect();
        sqlx::query!(
            "INSERT INTO garment_version (garment, version, sequence, at, actor, events, slug, public, document)
             SELECT * FROM UNNEST($1::UUID[], $2::BIGINT[], $3::BIGINT[], $4::TEXT[], $5::TEXT[], $6::TEXT[],
                 $7::TEXT[], $8::BOOLEAN[], $9::TEXT[])
             ON CONFLICT (garment, version) DO UPDATE SET
                 sequence = excluded.sequence, at = excluded.at, actor = excluded.actor, events = excluded.events,
                 slug = excluded.slug, public = excluded.public, document = excluded.document",
            &ids,
            &versions,
            &sequences,
            &text(|version| &version.at),
            &actors as &[Option<String>],
            &text(|version| &version.events),
            &text(|version| version.page.slug.as_str()),
            &public,
            &documents(&fresh, |version| &version.page)?
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
            id: Uuid::from_u128(1),
            sequence,
            at: format!("2026-01-01T{sequence:02}:00:00Z"),
            actor: Some("ann".to_owned()),
        }
    }

    #[test]
    fn each_commit_makes_one_version() {
        let samples = GarmentEvent::samples().into_iter();
        let commits = [1, 2, 2, 2, 5, 6, 7, 8, 9, 10];
        let row = samples.zip(commits).fold(None, |row, (event, sequence)| {
            GarmentVersion::fold(row, event, &facts(sequence))
        });
        let found: Vec<_> = row.unwrap().fresh.into_iter().collect();
        let versions: Vec<_> = found
            .iter()
            .map(|of| (of.sequence, of.page.version))
            .collect();
        let alone = (5..=10_i64).map(|each| (each, each.unsigned_abs()));
        let expected: Vec<_> = [(1, 1), (2, 4)].into_iter().chain(alone).collect();
        assert_eq!(versions, expected);
        assert_eq!(
            found[1].events,
            "GarmentRevised,PriceChanged,SizePriceChanged"
        );
        assert_eq!(found[1].page.status, "draft");
        assert_eq!(found[3].page.status, "scheduled");
        assert_eq!(found[7].page.status, "retired");
    }
}
