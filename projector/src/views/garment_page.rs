//! Everything that is said about one garment.

use domain::{
    catalog::garment::{Garment, GarmentEvent},
    shared::{Category, Colour, Description, GarmentId, GarmentName, Money, Size, Slug},
};
use jetstream_es::Commit;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::{id_of, time_of};
use crate::{ApplyError, PictureLink, View};

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
    const VERSION: i32 = 1;
    const AGGREGATE_TYPE: &'static str = "catalog.garment";

    async fn apply_in_tx(tx: &mut PgConnection, commit: &Commit) -> Result<(), ApplyError> {
        let id = id_of(commit)?;
        let at = time_of(commit)?;
        let document =
            sqlx::query_scalar!("SELECT document FROM drape.garment_page WHERE id = $1", id)
                .fetch_optional(&mut *tx)
                .await?;
        let mut page: Option<Page> = document
            .map(|document| serde_json::from_str(&document))
            .transpose()?;
        for event in commit.decode::<Garment>()? {
            page = Page::evolve(page, GarmentId::new(id), event, &at);
        }
        let page = page.ok_or(ApplyError::Unexpected("the garment was never added"))?;
        sqlx::query!(
            "INSERT INTO drape.garment_page (id, status, public, document) VALUES ($1, $2, $3, $4)
             ON CONFLICT (id) DO UPDATE SET
                 status = excluded.status, public = excluded.public, document = excluded.document",
            id,
            page.status,
            page.published_at.is_some(),
            serde_json::to_string(&page)?
        )
        .execute(tx)
        .await?;
        Ok(())
    }

    async fn clear_in_tx(tx: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query!("DELETE FROM drape.garment_page")
            .execute(tx)
            .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

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
