//! Everything that is said about one garment.

use domain::{
    catalog::garment::{Garment, GarmentEvent},
    shared::{Category, Colour, Description, GarmentId, GarmentName, Money, Size, Slug},
};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::documents;
use crate::{ApplyError, Facts, PictureLink, ReadRow, Table, View};

/// Everything that is said about one garment; the document that the client gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The garment.
    pub id: GarmentId,
    /// `draft`, `published` or `retired`.
    pub status: String,
    /// What it is called.
    pub name: GarmentName,
    /// The readable part of its address.
    pub slug: Slug,
    /// Where on the body it goes.
    pub category: Category,
    /// The colour that shoppers see.
    pub colour: Colour,
    /// The sizes on sale, in the order of the label.
    pub sizes: Vec<Size>,
    /// What is said about it.
    pub description: Description,
    /// What it costs.
    pub price: Money,
    /// The picture that shows it, once there is one.
    pub picture: Option<PictureLink>,
    /// Events of the garment so far.
    pub version: u64,
    /// When it came into the catalogue, RFC 3339.
    pub added_at: String,
    /// When shoppers first saw it.
    pub published_at: Option<String>,
    /// When it went off sale.
    pub retired_at: Option<String>,
}

impl Page {
    /// What the event makes of the page; none when it cannot have happened.
    pub fn evolve(
        page: Option<Self>,
        id: GarmentId,
        event: GarmentEvent,
        at: &str,
    ) -> Option<Self> {
        if let GarmentEvent::GarmentAdded { details, price } = event {
            return Some(Self {
                id,
                status: "draft".to_owned(),
                name: details.name,
                slug: details.slug,
                category: details.category,
                colour: details.colour,
                sizes: details.sizes,
                description: details.description,
                price,
                picture: None,
                version: 1,
                added_at: at.to_owned(),
                published_at: None,
                retired_at: None,
            });
        }
        let mut page = page?;
        page.version += 1;
        match event {
            GarmentEvent::GarmentAdded { .. } => {}
            GarmentEvent::GarmentRevised { details } => {
                page.name = details.name;
                page.slug = details.slug;
                page.category = details.category;
                page.colour = details.colour;
                page.sizes = details.sizes;
                page.description = details.description;
            }
            GarmentEvent::PriceChanged { price } => page.price = price,
            GarmentEvent::PictureAttached { picture } => {
                page.picture = Some(PictureLink::to(picture));
            }
            GarmentEvent::GarmentPublished {} => {
                "published".clone_into(&mut page.status);
                page.published_at.get_or_insert_with(|| at.to_owned());
            }
            GarmentEvent::GarmentRetired {} => {
                "retired".clone_into(&mut page.status);
                page.retired_at = Some(at.to_owned());
            }
        }
        Some(page)
    }
}

/// One document per garment.
#[derive(Debug)]
pub struct GarmentPage;

impl View for GarmentPage {
    const NAME: &'static str = "garment_page";
    const VERSION: i32 = 2;
    const TABLES: &'static [Table] = &[Table {
        name: "garment_page",
        key: &["id"],
    }];
    type Aggregate = Garment;
    type Row = Page;

    fn fold(row: Option<Page>, event: GarmentEvent, facts: &Facts) -> Option<Page> {
        Page::evolve(row, GarmentId::new(facts.id), event, &facts.at)
    }

    async fn read_in_tx(
        tx: &mut PgConnection,
        ids: &[Uuid],
    ) -> Result<Vec<ReadRow<Page>>, sqlx::Error> {
        let rows = sqlx::query!(
            "SELECT id, document FROM garment_page WHERE id = ANY($1)",
            ids
        )
        .fetch_all(tx)
        .await?;
        let read = rows.into_iter().map(|row| {
            (
                row.id,
                serde_json::from_str(&row.document).map_err(ApplyError::from),
            )
        });
        Ok(read.collect())
    }

    async fn write_in_tx(
        tx: &mut PgConnection,
        rows: &mut [(Uuid, Page)],
    ) -> Result<(), ApplyError> {
        let ids: Vec<Uuid> = rows.iter().map(|(id, _)| *id).collect();
        let statuses: Vec<String> = rows.iter().map(|(_, page)| page.status.clone()).collect();
        let public: Vec<bool> = rows
            .iter()
            .map(|(_, page)| page.published_at.is_some())
            .collect();
        sqlx::query!(
            "INSERT INTO garment_page (id, status, public, document)
             SELECT * FROM UNNEST($1::UUID[], $2::TEXT[], $3::BOOLEAN[], $4::TEXT[])
             ON CONFLICT (id) DO UPDATE SET
                 status = excluded.status, public = excluded.public, document = excluded.document",
            &ids,
            &statuses,
            &public,
            &documents(rows, |page| page)?
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
    fn a_page_counts_its_events_and_remembers_when() {
        let id = GarmentId::new(Uuid::from_u128(1));
        let samples = GarmentEvent::samples();
        let count = samples.len() as u64;
        let at = |hour: usize| format!("2026-01-01T{hour:02}:00:00Z");
        let page = samples
            .into_iter()
            .enumerate()
            .fold(None, |page, (hour, event)| {
                Page::evolve(page, id, event, &at(hour))
            })
            .unwrap();
        assert_eq!(page.version, count);
        assert_eq!(page.added_at, at(0));
        assert_eq!(page.published_at, Some(at(4)));
        assert_eq!(page.retired_at, Some(at(5)));
    }
}
