//! How many are there of this garment?

use axum::{extract::State, response::Response};
use http_kit::{IfNoneMatch, MinPosition, OptionalCaller, PathOf, Problem, QueryProblems};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{QueryApi, answer, audience::keeps_catalogue, checkpoints::View, database::in_time};

/// Whether a size can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Availability {
    /// There are none.
    None,
    /// There are few: one to three, or as many as was said of the garment.
    Low,
    /// There are more.
    Plenty,
}

/// The stock of one size.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SizeStockDocument {
    /// The size on the label.
    #[schema(example = "M")]
    pub size: String,
    /// Whether it can be had.
    pub available: Availability,
    /// How many there are; told to keepers of the catalogue only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 1_000_000)]
    pub count: Option<u32>,
}

/// The stock of a garment.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StockDocument {
    /// The garment.
    pub id: Uuid,
    /// The sizes that were ever counted or adjusted.
    pub sizes: Vec<SizeStockDocument>,
    /// Pieces of all sizes; told to keepers of the catalogue only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 64_000_000)]
    pub total: Option<u64>,
    /// From which count down a size has run low, where that was said of this garment; told to keepers of the catalogue only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 1_000_000)]
    pub low_level: Option<u32>,
    /// Events of the stock so far; told to keepers of the catalogue only: it says how much is sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub version: Option<u64>,
}

/// What the view holds.
#[derive(Deserialize)]
struct Stored {
    total: u64,
    sizes: Vec<StoredSize>,
    #[serde(default)]
    low_level: Option<u32>,
    version: u64,
}

#[derive(Deserialize)]
struct StoredSize {
    size: String,
    count: u32,
    low: bool,
}

impl Stored {
    /// Of a garment whose stock nobody has spoken of.
    const UNKNOWN: Self = Self {
        total: 0,
        sizes: Vec::new(),
        low_level: None,
        version: 0,
    };

    fn told(self, id: Uuid, keeper: bool) -> StockDocument {
        let sizes = self.sizes.into_iter().map(|of| SizeStockDocument {
            available: match (of.count, of.low) {
                (0, _) => Availability::None,
                (_, true) => Availability::Low,
                (_, false) => Availability::Plenty,
            },
            count: keeper.then_some(of.count),
            size: of.size,
        });
        StockDocument {
            id,
            sizes: sizes.collect(),
            total: keeper.then_some(self.total),
            low_level: self.low_level.filter(|_| keeper),
            version: keeper.then_some(self.version),
        }
    }
}

/// Show whether a garment can be had, size by size.
///
/// Keepers of the catalogue are told numbers; others only whether there are none, few or plenty. A garment that was never
/// published is shown to keepers only.
#[utoipa::path(
    get,
    path = "/v1/garments/{id}/stock",
    operation_id = "showGarmentStock",
    tag = "catalog",
    params(("id" = Uuid, Path, description = "The garment"),
        ("If-None-Match" = Option<String>, Header, nullable = false, description = "An ETag as it was answered before"), MinPosition),
    security((), ("bearer" = [])),
    responses(
        (status = 200, body = StockDocument, description = "The stock",
            headers(
                ("ETag" = String, description = "What it says, for If-None-Match"),
                ("Drape-Position" = String, description = "How far this view has come"),
                ("Drape-Degraded" = String, description = "The view's name, only while it could not apply something")
            )),
        (status = 304, description = "It is as it was."),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "There is no such garment: `garment-not-found`."),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "The position belongs to another history: `epoch-changed`."),
        QueryProblems
    )
)]
pub(crate) async fn garment_stock(
    State(api): State<QueryApi>,
    OptionalCaller(caller): OptionalCaller,
    MinPosition(min): MinPosition,
    PathOf(id): PathOf<Uuid>,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let keeper = keeps_catalogue(caller.as_ref());
    api.wait(View::GarmentPage, min.as_ref()).await?;
    let reached = api.wait(View::GarmentStock, min.as_ref()).await?;
    let row = sqlx::query!(
        "SELECT garment_stock.document AS \"document?\"
         FROM drape.garment_page LEFT JOIN drape.garment_stock ON garment_stock.garment = garment_page.id
         WHERE garment_page.id = $1 AND (garment_page.public OR $2)",
        id,
        keeper
    );
    let fetching = row.fetch_optional(&api.inner.pool);
    let row = in_time(api.inner.options.database_timeout, fetching).await?;
    let row =
        row.ok_or_else(|| answer::not_found("garment-not-found", "There is no such garment"))?;
    let stored = row
        .document
        .map_or(Ok(Stored::UNKNOWN), |json| serde_json::from_str(&json));
    let told = stored.and_then(|stored| serde_json::to_string(&stored.told(id, keeper)));
    let told = told.map_err(|error| {
        tracing::error!(%error, "the view holds a stock that is none");
        Problem::internal()
    })?;
    if keeper {
        answer::versioned(told, &known, &reached)
    } else {
        // Without a version: the tag is of the words alone, and is made around this.
        Ok(answer::document(told, &reached))
    }
}
