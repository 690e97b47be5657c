//! What a list shows of a garment.

use std::collections::BTreeMap;

use domain::{
    catalog::garment::{GarmentDetails, GarmentEvent, LocalText},
    shared::{
        AttributeName, Category, CategoryPath, Colour, Description, GarmentId, GarmentName, Label,
        Language, Moment, Money, Size, Sku, Slug,
    },
};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    EarlierPrice, GarmentCutout, GarmentOrLook, GarmentTryOn, Looked, LookedAtGarments, documents,
    garment_try_on::{looked, looks},
    prices::{self, put},
};
use crate::{ApplyError, Facts, PictureLink, ReadRow, Table, View};

/// What a list shows of a garment; the document that the client gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The garment.
    pub id: GarmentId,
    /// `draft`, `scheduled`, `published` or `retired`.
    pub status: String,
    /// What it is called.
    pub name: GarmentName,
    /// What it is called in other languages.
    pub names: BTreeMap<Language, GarmentName>,
    /// The readable part of its address.
    pub slug: Slug,
    /// The style of which it is a colourway.
    pub style: Slug,
    /// Who makes it.
    pub brand: Option<Label>,
    /// Where on the body it goes.
    pub category: Category,
    /// The colour that shoppers see.
    pub colour: Colour,
    /// What it costs.
    pub price: Money,
    /// The lowest price of the thirty days before, while it costs less.
    pub was: Option<Money>,
    /// What it cost in those days.
    pub earlier_prices: Vec<EarlierPrice>,
    /// Sizes that cost something else.
    pub size_prices: BTreeMap<Size, Money>,
    /// When it is to be published.
    pub publish_at: Option<Moment>,
    /// The picture that shows it, once there is one.
    pub picture: Option<PictureLink>,
    /// The garment cut out of that picture, once somebody looked.
    pub cutout: Option<GarmentCutout>,
    /// Whether it can be tried on.
    #[serde(default = "GarmentTryOn::unknown")]
    pub try_on: GarmentTryOn,
}

impl Card {
    fn describe(&mut self, details: GarmentDetails) {
        self.style = details.style().clone();
        self.name = details.name;
        self.names = names(details.texts);
        self.slug = details.slug;
        self.brand = details.brand;
        self.category = details.category;
        self.colour = details.colour;
    }

    fn added(id: GarmentId, details: GarmentDetails, price: Money) -> Self {
        Self {
            id,
            status: "draft".to_owned(),
            style: details.style().clone(),
            name: details.name,
            names: names(details.texts),
            slug: details.slug,
            brand: details.brand,
            category: details.category,
            colour: details.colour,
            price,
            was: None,
            earlier_prices: Vec::new(),
            size_prices: BTreeMap::new(),
            publish_at: None,
            picture: None,
            cutout: None,
            try_on: GarmentTryOn::unknown(),
        }
    }

    /// Says what the latest look at the garment says of it as it is now.
    pub fn judge(&mut self, looked: Option<&Looked>) {
        self.cutout = GarmentCutout::of(self.picture.as_ref(), looked);
        self.try_on = GarmentTryOn::of(self.picture.as_ref(), self.category, looked);
    }

    /// What the event of that time (RFC 3339) makes of the card; none when it cannot have happened.
    pub fn evolve(
        card: Option<Self>,
        id: GarmentId,
        event: GarmentEvent,
        at: &str,
    ) -> Option<Self> {
        if let GarmentEvent::GarmentAdded { details, price } = event {
            return Some(Self::added(id, details, price));
        }
        let mut card = card?;
        match event {
            GarmentEvent::GarmentAdded { .. } | GarmentEvent::ListPriceChanged { .. } => {}
            GarmentEvent::GarmentRevised { details } => card.describe(details),
            GarmentEvent::PriceChanged { price } => {
                // What nobody could buy had no price.
                if card.status == "published" {
                    let prices = (card.price, price);
                    card.was = prices::changed(&mut card.earlier_prices, prices, at);
                }
                card.price = price;
            }
            GarmentEvent::SizePriceChanged { size, price } => {
                put(&mut card.size_prices, size, price);
            }
            GarmentEvent::PublicationScheduled { at } => {
                "scheduled".clone_into(&mut card.status);
                card.publish_at = Some(at);
            }
            GarmentEvent::PublicationUnscheduled {} => {
                "draft".clone_into(&mut card.status);
                card.publish_at = None;
            }
            GarmentEvent::PictureAttached { picture } => {
                card.picture = Some(PictureLink::to(picture));
            }
            GarmentEvent::GarmentPublished {} => {
                "published".clone_into(&mut card.status);
                card.publish_at = None;
            }
            GarmentEvent::GarmentRetired {} => {
                "retired".clone_into(&mut card.status);
                card.publish_at = None;
            }
        }
        Some(card)
    }
}

/// What is searched for beside what a card shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// In English.
    pub description: Option<Description>,
    /// In other languages.
    pub texts: BTreeMap<Language, LocalText>,
    /// Where in the tree of categories it stands.
    pub category_path: Option<CategoryPath>,
    /// What it is mainly made of.
    pub material: Option<Label>,
    /// How it fits.
    pub fit: Option<Label>,
    /// When it is worn.
    pub season: Option<Label>,
    /// Whatever else shoppers filter by.
    pub attributes: BTreeMap<AttributeName, Label>,
    /// When shoppers first saw it, RFC 3339.
    pub published_at: Option<String>,
    /// The sizes on sale.
    pub sizes: Vec<Size>,
    /// Their codes.
    pub skus: Vec<Sku>,
}

impl Said {
    fn of(details: &GarmentDetails, published_at: Option<String>) -> Self {
        Self {
            description: Some(details.description.clone()),
            texts: details.texts.clone(),
            category_path: details.category_path.clone(),
            material: details.material.clone(),
            fit: details.fit.clone(),
            season: details.season.clone(),
            attributes: details.attributes.clone(),
            published_at,
            sizes: details.sizes.clone(),
            skus: details.skus.values().cloned().collect(),
        }
    }
}

/// One row per garment, with the columns by which a list is filtered and sorted, and what is searched.
#[derive(Debug)]
pub struct GarmentCard;

/// What is kept of a garment.
#[derive(Debug)]
pub struct CardRow {
    card: Card,
    said: Said,
    looked: Option<Looked>,
    sort_key: i64,
    published: Option<i64>,
    sequence: i64,
}

#[cfg(test)]
impl CardRow {
    pub(super) fn card(self) -> Card {
        self.card
    }
}

impl View for GarmentCard {
    const NAME: &'static str = "garment_card";
    const VERSION: i32 = 6;
    const TABLES: &'static [Table] = &[Table {
        name: "garment_card",
        key: &["id"],
    }];
    type Aggregate = LookedAtGarments;
    type Row = CardRow;

    fn fold(row: Option<CardRow>, event: GarmentOrLook, facts: &Facts) -> Option<CardRow> {
        let mut row = match event {
            GarmentOrLook::Garment(event) => happened(row, event, facts)?,
            GarmentOrLook::Look(look) => CardRow {
                looked: Some(look.into()),
                sequence: facts.sequence,
                ..row?
            },
        };
        row.card.judge(row.looked.as_ref());
        Some(row)
    }

    async fn read_in_tx(
        tx: &mut PgConnection,
        ids: &[Uuid],
    ) -> Result<Vec<ReadRow<CardRow>>, sqlx::Error> {
        let rows = sqlx::query!(
            "SELECT id, sort_key, published, sequence, said, looked, document FROM garment_card WHERE id = ANY($1)",
            ids
        )
        .fetch_all(tx)
        .await?;
        let read = rows.into_iter().map(|row| {
            let parsed = || -> Result<CardRow, ApplyError> {
                Ok(CardRow {
                    card: serde_json::from_str(&row.document)?,
                    said: serde_json::from_str(&row.said)?,
                    looked: looked(row.looked.as_deref())?,
                    sort_key: row.sort_key,
                    published: row.published,
                    sequence: row.sequence,
                })
            };
            (row.id, parsed())
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
        let publish_at =
            |(_, row): &(Uuid, CardRow)| row.card.publish_at.as_ref().map(ToString::to_string);
        let publish_at: Vec<Option<String>> = rows.iter().map(publish_at).collect();
        let sequences: Vec<i64> = rows.iter().map(|(_, row)| row.sequence).collect();
        sqlx::query!(
            "INSERT INTO garment_card
                 (id, status, category, colour, price_minor, currency, sort_key, published, document, publish_at, said, sequence,
                  looked)
             SELECT * FROM UNNEST($1::UUID[], $2::TEXT[], $3::TEXT[], $4::TEXT[], $5::BIGINT[], $6::TEXT[],
                 $7::BIGINT[], $8::BIGINT[], $9::TEXT[], $10::TEXT[], $11::TEXT[], $12::BIGINT[], $13::TEXT[])
             ON CONFLICT (id) DO UPDATE SET
                 status = excluded.status, category = excluded.category, colour = excluded.colour,
                 price_minor = excluded.price_minor, currency = excluded.currency,
                 sort_key = excluded.sort_key, published = excluded.published, document = excluded.document,
                 publish_at = excluded.publish_at, said = excluded.said, sequence = excluded.sequence,
                 looked = excluded.looked",
            &ids,
            &text(|card| card.status.clone()),
            &text(|card| card.category.as_str().to_owned()),
            &text(|card| card.colour.name().to_owned()),
            &prices,
            &text(|card| card.price.currency.to_string()),
            &sort_keys,
            &published as &[Option<i64>],
            &documents(rows, |row| &row.card)?,
            &publish_at as &[Option<String>],
            &documents(rows, |row| &row.said)?,
            &sequences,
            &looks(rows, |row| row.looked.as_ref())? as &[Option<String>]
        )
        .execute(tx)
        .await?;
        Ok(())
    }
}

/// What the event makes of the row of its garment.
fn happened(row: Option<CardRow>, event: GarmentEvent, facts: &Facts) -> Option<CardRow> {
    let is_published = matches!(event, GarmentEvent::GarmentPublished {});
    let mut sort_key = row.as_ref().map_or(facts.sequence, |row| row.sort_key);
    let mut published = row.as_ref().and_then(|row| row.published);
    if is_published {
        sort_key = facts.sequence;
        published.get_or_insert(facts.sequence);
    }
    let id = GarmentId::new(facts.id);
    let looked = row.as_ref().and_then(|row| row.looked.clone());
    let (card, said) = row.map(|row| (row.card, row.said)).unzip();
    let mut said: Said = said.unwrap_or_default();
    match &event {
        GarmentEvent::GarmentAdded { details, .. } | GarmentEvent::GarmentRevised { details } => {
            said = Said::of(details, said.published_at);
        }
        GarmentEvent::GarmentPublished {} => {
            said.published_at.get_or_insert_with(|| facts.at.clone());
        }
        GarmentEvent::PriceChanged { .. }
        | GarmentEvent::SizePriceChanged { .. }
        | GarmentEvent::ListPriceChanged { .. }
        | GarmentEvent::PublicationScheduled { .. }
        | GarmentEvent::PublicationUnscheduled {}
        | GarmentEvent::PictureAttached { .. }
        | GarmentEvent::GarmentRetired {} => {}
    }
    Some(CardRow {
        card: Card::evolve(card, id, event, &facts.at)?,
        said,
        looked,
        sort_key,
        published,
        sequence: facts.sequence,
    })
}

/// The names alone.
fn names(texts: BTreeMap<Language, LocalText>) -> BTreeMap<Language, GarmentName> {
    let name = |(language, text): (Language, LocalText)| (language, text.name);
    texts.into_iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: &str = "2026-01-01T00:00:00Z";

    #[test]
    fn nothing_happens_to_a_garment_before_it_is_added() {
        let id = GarmentId::new(Uuid::from_u128(1));
        for event in GarmentEvent::samples().into_iter().skip(1) {
            assert_eq!(Card::evolve(None, id, event, AT), None);
        }
    }

    #[test]
    fn a_card_shows_what_was_last_said() {
        let id = GarmentId::new(Uuid::from_u128(1));
        let fold = |card, event| Card::evolve(card, id, event, AT);
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
