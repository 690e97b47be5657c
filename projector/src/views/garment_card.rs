//! What a list shows of a garment.

use domain::{
    catalog::garment::{Garment, GarmentDetails, GarmentEvent},
    shared::{Category, Colour, GarmentId, GarmentName, Money, Slug},
};
use jetstream_es::Commit;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::id_of;
use crate::{ApplyError, PictureLink, View, numbers::to_sql};

/// What a list shows of a garment; the document that the client gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
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
    /// What it costs.
    pub price: Money,
    /// The picture that shows it, once there is one.
    pub picture: Option<PictureLink>,
}

impl Card {
    fn describe(&mut self, details: GarmentDetails) {
        self.name = details.name;
        self.slug = details.slug;
        self.category = details.category;
        self.colour = details.colour;
    }

    /// What the event makes of the card; none when it cannot have happened.
    pub fn evolve(card: Option<Self>, id: GarmentId, event: GarmentEvent) -> Option<Self> {
        if let GarmentEvent::GarmentAdded { details, price } = event {
            return Some(Self {
                id,
                status: "draft".to_owned(),
                name: details.name,
                slug: details.slug,
                category: details.category,
                colour: details.colour,
                price,
                picture: None,
            });
        }
        let mut card = card?;
        match event {
            GarmentEvent::GarmentAdded { .. } => {}
            GarmentEvent::GarmentRevised { details } => card.describe(details),
            GarmentEvent::PriceChanged { price } => card.price = price,
            GarmentEvent::PictureAttached { picture } => {
                card.picture = Some(PictureLink::to(picture));
            }
            GarmentEvent::GarmentPublished {} => "published".clone_into(&mut card.status),
            GarmentEvent::GarmentRetired {} => "retired".clone_into(&mut card.status),
        }
        Some(card)
    }
}

/// One row per garment, with the columns by which a list is filtered and sorted.
#[derive(Debug)]
pub struct GarmentCard;

impl View for GarmentCard {
    const NAME: &'static str = "garment_card";
    const VERSION: i32 = 1;
    const AGGREGATE_TYPE: &'static str = "catalog.garment";

    async fn apply_in_tx(tx: &mut PgConnection, commit: &Commit) -> Result<(), ApplyError> {
        let id = id_of(commit)?;
        let row = sqlx::query!(
            "SELECT sort_key, published, document FROM drape.garment_card WHERE id = $1",
            id
        )
        .fetch_optional(&mut *tx)
        .await?;
        let sequence = to_sql(commit.position.sequence);
        let mut sort_key = row.as_ref().map_or(sequence, |row| row.sort_key);
        let mut published = row.as_ref().and_then(|row| row.published);
        let mut card: Option<Card> = row
            .map(|row| serde_json::from_str(&row.document))
            .transpose()?;
        for event in commit.decode::<Garment>()? {
            if matches!(event, GarmentEvent::GarmentPublished {}) {
                sort_key = sequence;
                published.get_or_insert(sequence);
            }
            card = Card::evolve(card, GarmentId::new(id), event);
        }
        let card = card.ok_or(ApplyError::Unexpected("the garment was never added"))?;
        store_in_tx(tx, id, sort_key, published, &card).await
    }

    async fn clear_in_tx(tx: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query!("DELETE FROM drape.garment_card")
            .execute(tx)
            .await?;
        Ok(())
    }
}

async fn store_in_tx(
    tx: &mut PgConnection,
    id: Uuid,
    sort_key: i64,
    published: Option<i64>,
    card: &Card,
) -> Result<(), ApplyError> {
    sqlx::query!(
        "INSERT INTO drape.garment_card
             (id, status, category, colour, price_minor, currency, sort_key, published, document)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (id) DO UPDATE SET
             status = excluded.status, category = excluded.category, colour = excluded.colour,
             price_minor = excluded.price_minor, currency = excluded.currency,
             sort_key = excluded.sort_key, published = excluded.published, document = excluded.document",
        id,
        card.status,
        card.category.as_str(),
        card.colour.name(),
        i64::from(card.price.minor),
        card.price.currency.to_string(),
        sort_key,
        published,
        serde_json::to_string(card)?
    )
    .execute(tx)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_happens_to_a_garment_before_it_is_added() {
        let id = GarmentId::new(Uuid::from_u128(1));
        for event in GarmentEvent::samples().into_iter().skip(1) {
            assert_eq!(Card::evolve(None, id, event), None);
        }
    }

    #[test]
    fn a_card_shows_what_was_last_said() {
        let id = GarmentId::new(Uuid::from_u128(1));
        let fold = |card, event| Card::evolve(card, id, event);
        let card = GarmentEvent::samples()
            .into_iter()
            .fold(None, fold)
            .unwrap();
        assert_eq!(card.status, "retired");
        let picture = card.picture.unwrap();
        assert_eq!(
            picture.url,
            "/v1/pictures/00000000-0000-0000-0000-000000000007/400.webp"
        );
        assert_eq!(picture.sources.len(), 4);
    }
}
