//! Everything that is said about one garment.

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

/// Everything that is said about one garment; the document that the client gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The garment.
    pub id: GarmentId,
    /// `draft`, `scheduled`, `published` or `retired`.
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
    /// What is said about it, in English.
    pub description: Description,
    /// The style of which it is a colourway.
    pub style: Slug,
    /// Who makes it.
    pub brand: Option<Label>,
    /// What it is mainly made of.
    pub material: Option<Label>,
    /// How it fits.
    pub fit: Option<Label>,
    /// When it is worn.
    pub season: Option<Label>,
    /// Where in the tree of categories it stands.
    pub category_path: Option<CategoryPath>,
    /// Whatever else shoppers filter by.
    pub attributes: BTreeMap<AttributeName, Label>,
    /// The codes of its sizes.
    pub skus: BTreeMap<Size, Sku>,
    /// Its words in other languages.
    pub texts: BTreeMap<Language, LocalText>,
    /// What it costs.
    pub price: Money,
    /// The lowest price of the thirty days before, while it costs less.
    pub was: Option<Money>,
    /// What it cost in those days.
    pub earlier_prices: Vec<EarlierPrice>,
    /// Sizes that cost something else.
    pub size_prices: BTreeMap<Size, Money>,
    /// What it costs by price lists.
    pub list_prices: BTreeMap<Slug, Money>,
    /// When it is to be published.
    pub publish_at: Option<Moment>,
    /// The picture that shows it, once there is one.
    pub picture: Option<PictureLink>,
    /// The garment cut out of that picture, once somebody looked; its versions say nothing of that.
    pub cutout: Option<GarmentCutout>,
    /// Whether it can be tried on; nothing is said of that in its versions, which are of what was said about it.
    pub try_on: Option<GarmentTryOn>,
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
    fn added(id: GarmentId, details: GarmentDetails, price: Money, at: &str) -> Self {
        Self {
            id,
            status: "draft".to_owned(),
            style: details.style().clone(),
            name: details.name,
            slug: details.slug,
            category: details.category,
            colour: details.colour,
            sizes: details.sizes,
            description: details.description,
            brand: details.brand,
            material: details.material,
            fit: details.fit,
            season: details.season,
            category_path: details.category_path,
            attributes: details.attributes,
            skus: details.skus,
            texts: details.texts,
            price,
            was: None,
            earlier_prices: Vec::new(),
            size_prices: BTreeMap::new(),
            list_prices: BTreeMap::new(),
            publish_at: None,
            picture: None,
            cutout: None,
            try_on: None,
            version: 1,
            added_at: at.to_owned(),
            published_at: None,
            retired_at: None,
        }
    }

    fn describe(&mut self, details: GarmentDetails) {
        self.style = details.style().clone();
        self.name = details.name;
        self.slug = details.slug;
        self.category = details.category;
        self.colour = details.colour;
        self.sizes = details.sizes;
        self.description = details.description;
        self.brand = details.brand;
        self.material = details.material;
        self.fit = details.fit;
        self.season = details.season;
        self.category_path = details.category_path;
        self.attributes = details.attributes;
        self.skus = details.skus;
        self.texts = details.texts;
    }

    fn publish(&mut self, at: &str) {
        "published".clone_into(&mut self.status);
        self.publish_at = None;
        self.published_at.get_or_insert_with(|| at.to_owned());
    }

    fn retire(&mut self, at: &str) {
        "retired".clone_into(&mut self.status);
        self.publish_at = None;
        self.retired_at = Some(at.to_owned());
    }

    /// Says what the latest look at the garment says of it as it is now.
    pub fn judge(&mut self, looked: Option<&Looked>) {
        self.cutout = GarmentCutout::of(self.picture.as_ref(), looked);
        self.try_on = Some(GarmentTryOn::of(
            self.picture.as_ref(),
            self.category,
            looked,
        ));
    }

    /// What the event of that time (RFC 3339) makes of the page; none when it cannot have happened.
    pub fn evolve(
        page: Option<Self>,
        id: GarmentId,
        event: GarmentEvent,
        at: &str,
    ) -> Option<Self> {
        if let GarmentEvent::GarmentAdded { details, price } = event {
            return Some(Self::added(id, details, price, at));
        }
        let mut page = page?;
        page.version += 1;
        match event {
            GarmentEvent::GarmentAdded { .. } => {}
            GarmentEvent::GarmentRevised { details } => page.describe(details),
            GarmentEvent::PriceChanged { price } => {
                // What nobody could buy had no price.
                if page.status == "published" {
                    let prices = (page.price, price);
                    page.was = prices::changed(&mut page.earlier_prices, prices, at);
                }
                page.price = price;
            }
            GarmentEvent::SizePriceChanged { size, price } => {
                put(&mut page.size_prices, size, price);
            }
            GarmentEvent::ListPriceChanged { list, price } => {
                put(&mut page.list_prices, list, price);
            }
            GarmentEvent::PublicationScheduled { at } => {
                "scheduled".clone_into(&mut page.status);
                page.publish_at = Some(at);
            }
            GarmentEvent::PublicationUnscheduled {} => {
                "draft".clone_into(&mut page.status);
                page.publish_at = None;
            }
            GarmentEvent::PictureAttached { picture } => {
                page.picture = Some(PictureLink::to(picture));
            }
            GarmentEvent::GarmentPublished {} => page.publish(at),
            GarmentEvent::GarmentRetired {} => page.retire(at),
        }
        Some(page)
    }
}

/// One document per garment.
#[derive(Debug)]
pub struct GarmentPage;

/// What is kept of a garment.
#[derive(Debug)]
pub struct PageRow {
    page: Page,
    looked: Option<Looked>,
}

#[cfg(test)]
impl PageRow {
    pub(super) fn page(self) -> Page {
        self.page
    }
}

impl View for GarmentPage {
    const NAME: &'static str = "garment_page";
    const VERSION: i32 = 5;
    const TABLES: &'static [Table] = &[Table {
        name: "garment_page",
        key: &["id"],
    }];
    type Aggregate = LookedAtGarments;
    type Row = PageRow;

    fn fold(row: Option<PageRow>, event: GarmentOrLook, facts: &Facts) -> Option<PageRow> {
        let (page, looked) = row.map(|row| (row.page, row.looked)).unzip();
        let (page, looked) = match event {
            GarmentOrLook::Garment(event) => {
                let page = Page::evolve(page, GarmentId::new(facts.id), event, &facts.at)?;
                (page, looked.flatten())
            }
            GarmentOrLook::Look(look) => (page?, Some(look.into())),
        };
        let mut row = PageRow { page, looked };
        row.page.judge(row.looked.as_ref());
        Some(row)
    }

    async fn read_in_tx(
        tx: &mut PgConnection,
        ids: &[Uuid],
    ) -> Result<Vec<ReadRow<PageRow>>, sqlx::Error> {
        let rows = sqlx::query!(
            "SELECT id, looked, document FROM garment_page WHERE id = ANY($1)",
            ids
        )
        .fetch_all(tx)
        .await?;
        let read = rows.into_iter().map(|row| {
            let parsed = || -> Result<PageRow, ApplyError> {
                Ok(PageRow {
                    page: serde_json::from_str(&row.document)?,
                    looked: looked(row.looked.as_deref())?,
                })
            };
            (row.id, parsed())
        });
        Ok(read.collect())
    }

    async fn write_in_tx(
        tx: &mut PgConnection,
        rows: &mut [(Uuid, PageRow)],
    ) -> Result<(), ApplyError> {
        let ids: Vec<Uuid> = rows.iter().map(|(id, _)| *id).collect();
        let pages = || rows.iter().map(|(_, row)| &row.page);
        let statuses: Vec<String> = pages().map(|page| page.status.clone()).collect();
        let public: Vec<bool> = pages().map(|page| page.published_at.is_some()).collect();
        sqlx::query!(
            "INSERT INTO garment_page (id, status, public, document, looked)
             SELECT * FROM UNNEST($1::UUID[], $2::TEXT[], $3::BOOLEAN[], $4::TEXT[], $5::TEXT[])
             ON CONFLICT (id) DO UPDATE SET
                 status = excluded.status, public = excluded.public, document = excluded.document,
                 looked = excluded.looked",
            &ids,
            &statuses,
            &public,
            &documents(rows, |row| &row.page)?,
            &looks(rows, |row| row.looked.as_ref())? as &[Option<String>]
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
        assert_eq!(page.published_at, Some(at(8)));
        assert_eq!(page.retired_at, Some(at(9)));
    }
}
