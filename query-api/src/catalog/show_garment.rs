//! What is said about this garment?

use std::collections::BTreeMap;

use axum::{extract::State, response::Response};
use http_kit::{IfNoneMatch, MinPosition, OptionalCaller, PathOf, Problem, QueryOf, QueryProblems};
use jetstream_es::Position;
use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    ColourDocument, CutoutDocument, EarlierPriceDocument, GarmentTryOnDocument, MoneyDocument,
    page_reader::Told,
};
use crate::{
    QueryApi,
    answer::{self, Versioned},
    audience::keeps_catalogue,
    checkpoints::{Reached, View},
    database::in_time,
    media::PictureLinkDocument,
};

/// The words of a garment in another language.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalTextDocument {
    /// What it is called there.
    pub name: String,
    /// What is said about it there.
    pub description: String,
}

/// Everything that is said about one garment: one style in one colour.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GarmentDocument {
    /// The garment.
    pub id: Uuid,
    /// `draft`, `scheduled`, `published` or `retired`.
    pub status: String,
    /// What it is called.
    pub name: String,
    /// The readable part of its address.
    pub slug: String,
    /// `tops`, `bottoms`, `dresses` or `outerwear`.
    pub category: String,
    /// The colour that shoppers see.
    pub colour: ColourDocument,
    /// The sizes on sale, in the order of the label.
    pub sizes: Vec<String>,
    /// What is said about it, in English.
    pub description: String,
    /// The style of which it is a colourway; garments of one style have the same.
    pub style: String,
    /// Who makes it.
    #[schema(required)]
    pub brand: Option<String>,
    /// What it is mainly made of.
    #[schema(required)]
    pub material: Option<String>,
    /// How it fits.
    #[schema(required)]
    pub fit: Option<String>,
    /// When it is worn.
    #[schema(required)]
    pub season: Option<String>,
    /// Where in the tree of categories it stands: slugs with `/` between them.
    #[schema(required)]
    pub category_path: Option<String>,
    /// Whatever else shoppers filter by.
    pub attributes: BTreeMap<String, String>,
    /// The codes of its sizes.
    pub skus: BTreeMap<String, String>,
    /// Its words in other languages, by their codes of two letters.
    pub texts: BTreeMap<String, LocalTextDocument>,
    /// What it costs.
    pub price: MoneyDocument,
    /// The lowest price of the thirty days before its last change, while it costs less than that.
    #[schema(required)]
    pub was: Option<MoneyDocument>,
    /// What it cost in those days.
    pub earlier_prices: Vec<EarlierPriceDocument>,
    /// Sizes that cost something else.
    pub size_prices: BTreeMap<String, MoneyDocument>,
    /// What it costs by price lists.
    pub list_prices: BTreeMap<String, MoneyDocument>,
    /// When it is to be published.
    #[schema(required, format = DateTime)]
    pub publish_at: Option<String>,
    /// The picture that shows it, once there is one.
    #[schema(required)]
    pub picture: Option<PictureLinkDocument>,
    /// The garment cut out of that picture, once a worker has looked at it and found it; nothing of a garment as it stood earlier.
    #[schema(required)]
    pub cutout: Option<CutoutDocument>,
    /// Whether it can be tried on; nothing of a garment as it stood earlier, of which that is not kept.
    #[schema(required)]
    pub try_on: Option<GarmentTryOnDocument>,
    /// Events of the garment so far.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub version: u64,
    /// When it came into the catalogue.
    #[schema(format = DateTime)]
    pub added_at: String,
    /// When shoppers first saw it.
    #[schema(required, format = DateTime)]
    pub published_at: Option<String>,
    /// When it went off sale.
    #[schema(required, format = DateTime)]
    pub retired_at: Option<String>,
}

/// At which moment.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ShowGarment {
    /// The garment as it stood then: a time (RFC 3339), or a position in the log.
    #[param(required = false, nullable = false, example = "2026-01-31T12:00:00Z")]
    at: Option<String>,
}

/// A moment of the past.
enum Moment {
    Time(OffsetDateTime),
    Position(Position),
}

impl Moment {
    fn parse(text: &str) -> Result<Self, Problem> {
        if let Ok(time) = OffsetDateTime::parse(text, &Rfc3339) {
            return Ok(Self::Time(time));
        }
        text.parse().map(Self::Position).map_err(|_| {
            Problem::invalid_query().detail(
                "at: give a time such as 2026-01-31T12:00:00Z, or a position as it was answered",
            )
        })
    }
}

/// Show one garment.
///
/// A garment that was never published is shown to merchandisers only. One that went off sale stays to be seen. With `at`
/// it is shown as it stood then.
#[utoipa::path(
    get,
    path = "/v1/garments/{id}",
    tag = "catalog",
    params(("id" = Uuid, Path, description = "The garment"), ShowGarment,
        ("If-None-Match" = Option<String>, Header, nullable = false, description = "An ETag as it was answered before"), MinPosition),
    security((), ("bearer" = [])),
    responses(
        (status = 200, body = GarmentDocument, description = "The garment",
            headers(
                ("ETag" = String, description = "Its version, for If-Match and If-None-Match"),
                ("Drape-Position" = String, description = "How far this view has come"),
                ("Drape-Degraded" = String, description = "The view's name, only while it could not apply something")
            )),
        (status = 304, description = "It is as it was."),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "There is no such garment, or there was none then: `garment-not-found`."),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "The position belongs to another history: `epoch-changed`."),
        QueryProblems
    )
)]
pub(crate) async fn show_garment(
    State(api): State<QueryApi>,
    OptionalCaller(caller): OptionalCaller,
    MinPosition(min): MinPosition,
    PathOf(id): PathOf<Uuid>,
    QueryOf(question): QueryOf<ShowGarment>,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let keeper = keeps_catalogue(caller.as_ref());
    let moment = question.at.as_deref().map(Moment::parse).transpose()?;
    let (document, reached) = match moment {
        None => {
            let reached = api.wait(View::GarmentPage, min.as_ref()).await?;
            (today(&api, id, keeper, &reached).await?, reached)
        }
        Some(moment) => {
            let mut reached = api.wait(View::GarmentVersion, min.as_ref()).await?;
            if let Moment::Position(position) = &moment {
                reached = api.wait(View::GarmentVersion, Some(position)).await?;
            }
            let document = match then(&api, id, keeper, &moment).await? {
                Some(document) => {
                    let document = api.with_pictures(document, &reached).await?;
                    Some(Versioned::of(document)?)
                }
                None => None,
            };
            (document, reached)
        }
    };
    let document = document
        .ok_or_else(|| answer::not_found("garment-not-found", "There is no such garment"))?;
    Ok(document.answer(&known, &reached))
}

/// The document as it is now, with how its pictures are shown.
async fn today(
    api: &QueryApi,
    id: Uuid,
    keeper: bool,
    reached: &Reached,
) -> Result<Option<Versioned>, Problem> {
    let page = api.inner.pages.read(id, reached.position.sequence).await?;
    let Some(page) = page.filter(|page| page.public || keeper) else {
        return Ok(None);
    };
    match &page.told {
        Told::Ready(document) => Ok(Some(document.clone())),
        Told::Unfilled(document) => {
            let document = api.with_pictures(document.clone(), reached).await?;
            Versioned::of(document).map(Some)
        }
    }
}

async fn then(
    api: &QueryApi,
    id: Uuid,
    keeper: bool,
    moment: &Moment,
) -> Result<Option<String>, Problem> {
    let (time, sequence) = match moment {
        Moment::Time(time) => (Some(in_utc(*time)?), i64::MAX),
        Moment::Position(position) => (None, i64::try_from(position.sequence).unwrap_or(i64::MAX)),
    };
    let document = sqlx::query_scalar!(
        "SELECT document FROM drape.garment_version
         WHERE garment = $1 AND (public OR $2) AND sequence <= $3
             AND ($4::TEXT IS NULL OR at::TIMESTAMPTZ <= $4::TEXT::TIMESTAMPTZ)
         ORDER BY version DESC LIMIT 1",
        id,
        keeper,
        sequence,
        time
    );
    let fetching = document.fetch_optional(&api.inner.pool);
    in_time(api.inner.options.database_timeout, fetching).await
}

/// As the database reads it: without a zone that it might not know.
fn in_utc(time: OffsetDateTime) -> Result<String, Problem> {
    let utc = time.checked_to_offset(UtcOffset::UTC);
    utc.and_then(|utc| utc.format(&Rfc3339).ok())
        .ok_or_else(|| {
            Problem::invalid_query().detail("at: the time lies outside of the years 0 to 9999")
        })
}
