//! Garments out of the views, for the catalogue in memory.

use std::{collections::BTreeMap, sync::Arc};

use catalogue_search::Garment;
use serde::Deserialize;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::arrangement::{Arranged, CollectionRow, FIT, SEASON, seconds};

/// Which state of which views was read. While the first part stays the same, only what changed has to be read again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Stand {
    /// What is different when a view was built anew, or changed beside its runner.
    pub(super) generation: Vec<(String, i32, i64)>,
    pub(super) cards: i64,
    pub(super) stock: i64,
    pub(super) collections: i64,
    pub(super) categories: i64,
    pub(super) searches: i64,
    /// Of what popularity is counted: wardrobes and try-ons.
    pub(super) picks: (i64, i64),
}

impl Stand {
    /// Up to where everything has come that is searched.
    pub(super) fn reached(&self) -> u64 {
        let views = [
            self.cards,
            self.stock,
            self.collections,
            self.categories,
            self.searches,
        ];
        views.into_iter().min().unwrap_or_default().unsigned_abs()
    }
}

/// What changed since a stand.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) stand: Stand,
    /// Whether this is everything, in place of what was known.
    pub(super) whole: bool,
    pub(super) garments: Vec<Garment>,
    /// Those that are not on sale (any more).
    pub(super) gone: Vec<Uuid>,
    pub(super) arranged: Arranged,
}

impl Changes {
    /// Whether the garments are as they were.
    pub(super) fn leave_garments(&self) -> bool {
        self.garments.is_empty() && self.gone.is_empty() && !self.whole
    }
}

#[derive(Deserialize)]
struct Card {
    name: String,
    style: String,
    brand: Option<String>,
    category: String,
    colour: Colour,
    price: Money,
    /// Missing in documents from before it was said, while the view is built anew.
    #[serde(default)]
    try_on: TryOn,
}

#[derive(Default, Deserialize)]
struct TryOn {
    state: String,
}

#[derive(Deserialize)]
struct Colour {
    name: String,
    hex: String,
}

#[derive(Deserialize)]
struct Money {
    minor: u32,
    currency: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    description: Option<String>,
    texts: BTreeMap<String, Text>,
    category_path: Option<String>,
    material: Option<String>,
    fit: Option<String>,
    season: Option<String>,
    attributes: BTreeMap<String, String>,
    published_at: Option<String>,
    sizes: Vec<String>,
    skus: Vec<String>,
}

#[derive(Deserialize)]
struct Text {
    name: String,
    description: String,
}

/// Why the views cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum LoadError {
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    #[error("a row of a view is not as it should be")]
    Row(#[from] serde_json::Error),
}

/// Reads what changed since `known`, all at one moment.
pub(super) async fn changes(
    connection: &mut PgConnection,
    known: &Stand,
) -> Result<Changes, LoadError> {
    let mut tx = connection.begin().await?;
    sqlx::query!("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        .execute(&mut *tx)
        .await?;
    let stand = stand(&mut tx).await?;
    let whole = stand.generation != known.generation;
    let since = if whole { &Stand::default() } else { known };
    let rows = sqlx::query!(
        "SELECT card.id, card.status, card.sort_key, card.said, card.document,
             stock.sizes_in_stock AS \"sizes_in_stock?\"
         FROM drape.garment_card AS card
             LEFT JOIN drape.garment_stock AS stock ON stock.garment = card.id
         WHERE card.id IN (
             SELECT id FROM drape.garment_card WHERE sequence > $1
             UNION SELECT garment FROM drape.garment_stock WHERE sequence > $2
         )",
        since.cards,
        since.stock
    )
    .fetch_all(&mut *tx)
    .await?;
    let arranged = arranged_in_tx(&mut tx, since).await?;
    tx.commit().await?;
    let mut changes = Changes {
        stand,
        whole,
        arranged,
        ..Changes::default()
    };
    for row in rows {
        if row.status != "published" {
            changes.gone.push(row.id);
            continue;
        }
        let (card, said) = (
            serde_json::from_str(&row.document)?,
            serde_json::from_str(&row.said)?,
        );
        changes.garments.push(Garment {
            id: row.id,
            age_key: row.sort_key,
            sizes_in_stock: row.sizes_in_stock,
            ..garment(card, said, row.document.into())
        });
    }
    Ok(changes)
}

/// Collections, names and pins that changed since.
async fn arranged_in_tx(tx: &mut PgConnection, since: &Stand) -> Result<Arranged, LoadError> {
    let rows = sqlx::query!(
        "SELECT id, slug, removed, sort_key, document FROM drape.collection WHERE sequence > $1",
        since.collections
    );
    let rows = rows.fetch_all(&mut *tx).await?.into_iter();
    let collections = rows.map(|row| CollectionRow {
        id: row.id,
        slug: row.slug,
        age: row.sort_key,
        removed: row.removed,
        document: row.document,
    });
    let names = sqlx::query!(
        "SELECT document FROM drape.category WHERE sequence > $1",
        since.categories
    );
    let names = names.fetch_all(&mut *tx).await?;
    let names = names.iter().map(|row| serde_json::from_str(&row.document));
    let pins = sqlx::query!(
        "SELECT document FROM drape.pinned_search WHERE sequence > $1",
        since.searches
    );
    let pins = pins.fetch_all(tx).await?;
    let pins = pins.iter().map(|row| serde_json::from_str(&row.document));
    Ok(Arranged {
        collections: collections.collect(),
        categories: names.collect::<Result<_, _>>()?,
        searches: pins.collect::<Result<_, _>>()?,
    })
}

async fn stand(connection: &mut PgConnection) -> Result<Stand, sqlx::Error> {
    let views = sqlx::query!(
        "SELECT view, version, sequence, revision FROM drape.checkpoint
         WHERE view IN ('garment_card', 'garment_stock', 'collection', 'category', 'pinned_search', 'wardrobe', 'tryon_status')
         ORDER BY view"
    )
    .fetch_all(connection)
    .await?;
    let sequence = |name: &str| {
        let view = views.iter().find(|view| view.view == name);
        view.map_or(0, |view| view.sequence)
    };
    Ok(Stand {
        cards: sequence("garment_card"),
        stock: sequence("garment_stock"),
        collections: sequence("collection"),
        categories: sequence("category"),
        searches: sequence("pinned_search"),
        picks: (sequence("wardrobe"), sequence("tryon_status")),
        generation: views
            .iter()
            .filter(|view| !matches!(view.view.as_str(), "wardrobe" | "tryon_status"))
            .map(|view| (view.view.clone(), view.version, view.revision))
            .collect(),
    })
}

fn garment(card: Card, said: Said, document: Arc<str>) -> Garment {
    let texts = said.texts.into_iter();
    let mut attributes = said.attributes;
    // What stands in the details wins over an attribute of the same name.
    let detailed = [(FIT, said.fit), (SEASON, said.season)].into_iter();
    attributes.extend(detailed.filter_map(|(name, said)| Some((name.to_owned(), said?))));
    Garment {
        id: Uuid::nil(),
        style: card.style,
        age_key: 0,
        name: card.name,
        description: said.description.unwrap_or_default(),
        texts: texts
            .map(|(language, text)| (language, (text.name, text.description)))
            .collect(),
        brand: card.brand,
        category: card.category,
        category_path: said.category_path,
        colour: card.colour.name,
        hex: card.colour.hex,
        material: said.material,
        attributes,
        published_s: said.published_at.as_deref().and_then(seconds),
        sizes: said.sizes,
        sizes_in_stock: None,
        skus: said.skus,
        price_minor: card.price.minor,
        currency: card.price.currency,
        try_on_ready: card.try_on.state == "ready",
        card: document,
    }
}
