//! What a list shows of a garment.

use domain::{
    catalog::garment::{Garment, GarmentDetails, GarmentEvent},
    shared::{Category, Colour, GarmentId, GarmentName, Money, Slug},
};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::documents;
use crate::{ApplyError, Facts, PictureLink, ReadRow, Table, View};

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

/// What is kept of a garment.
#[derive(Debug)]
pub struct CardRow {
    card: Card,
    sort_key: i64,
    published: Option<i64>,
}

impl View for GarmentCard {
    const NAME: &'static str = "garment_card";
    const VERSION: i32 = 2;
    const TABLES: &'static [Table] = &[Table {
        name: "garment_card",
        key: &["id"],
    }];
    type Aggregate = Garment;
    type Row = CardRow;

    fn fold(row: Option<CardRow>, event: GarmentEvent, facts: &Facts) -> Option<CardRow> {
        let is_published = matches!(event, GarmentEvent::GarmentPublished {});
        let mut sort_key = row.as_ref().map_or(facts.sequence, |row| row.sort_key);
        let mut published = row.as_ref().and_then(|row| row.published);
        if is_published {
            sort_key = facts.sequence;
            published.get_or_insert(facts.sequence);
        }
        let card = Card::evolve(row.map(|row| row.card), GarmentId::new(facts.id), event)?;
        Some(CardRow {
            card,
            sort_key,
            published,
        })
    }

    async fn read_in_tx(
        tx: &mut PgConnection,
        ids: &[Uuid],
    ) -> Result<Vec<ReadRow<CardRow>>, sqlx::Error> {
        let rows = sqlx::query!(
            "SELECT id, sort_key, published, document FROM garment_card WHERE id = ANY($1)",
            ids
        )
        .fetch_all(tx)
        .await?;
        let read = rows.into_iter().map(|row| {
            let card = serde_json::from_str(&row.document).map(|card| CardRow {
                card,
                sort_key: row.sort_key,
                published: row.published,
            });
            (row.id, card.map_err(ApplyError::from))
        });
        Ok(read.collect())
    }

    async fn write_in_tx(
        tx: &mut PgConnection,
        rows: &mut [(Uuid, CardRow)],
    ) -> Result<(), ApplyError> {
        let ids: Vec<Uuid> = rows.iter().map(|(id, _)| *id).collect();
        let text = |of: fn(&Card) -> String| -> Vec<String> {
            rows.iter().map(|(_, row)| of(&row.card)).collect()
        };
        let prices: Vec<i64> = rows
            .iter()
            .map(|(_, row)| row.card.price.minor.into())
            .collect();
        let sort_keys: Vec<i64> = rows.iter().map(|(_, row)| row.sort_key).collect();
        let published: Vec<Option<i64>> = rows.iter().map(|(_, row)| row.published).collect();
        sqlx::query!(
            "INSERT INTO garment_card
                 (id, status, category, colour, price_minor, currency, sort_key, published, document)
             SELECT * FROM UNNEST($1::UUID[], $2::TEXT[], $3::TEXT[], $4::TEXT[], $5::BIGINT[], $6::TEXT[],
                 $7::BIGINT[], $8::BIGINT[], $9::TEXT[])
             ON CONFLICT (id) DO UPDATE SET
                 status = excluded.status, category = excluded.category, colour = excluded.colour,
                 price_minor = excluded.price_minor, currency = excluded.currency,
                 sort_key = excluded.sort_key, published = excluded.published, document = excluded.document",
            &ids,
            &text(|card| card.status.clone()),
            &text(|card| card.category.as_str().to_owned()),
            &text(|card| card.colour.name().to_owned()),
            &prices,
            &text(|card| card.price.currency.to_string()),
            &sort_keys,
            &published as &[Option<i64>],
            &documents(rows, |row| &row.card)?
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
