//! Which garments are there?

use std::collections::BTreeMap;

use axum::{
    extract::{OriginalUri, State},
    response::{IntoResponse, Response},
};
use domain::shared::Category;
use http_kit::{
    Caller, Cursor, MinPosition, OptionalCaller, Problem, QueryOf, QueryProblems, Role, page_links,
    question_of,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{CutoutDocument, GarmentTryOnDocument};
use crate::{QueryApi, answer, checkpoints::View, database::in_time, media::PictureLinkDocument};

/// A colour as shoppers name it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ColourDocument {
    /// Its name.
    pub name: String,
    /// The value that a swatch shows.
    #[schema(pattern = "^#[0-9a-f]{6}$")]
    pub hex: String,
}

/// An amount of money.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoneyDocument {
    /// Minor units: cents for EUR, yen for JPY.
    #[schema(minimum = 0)]
    pub minor: u32,
    /// ISO 4217.
    #[schema(pattern = "^[A-Z]{3}$")]
    pub currency: String,
}

/// A price that was asked for, and until when.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EarlierPriceDocument {
    /// The price.
    pub price: MoneyDocument,
    /// When it ended.
    #[schema(format = DateTime)]
    pub until: String,
}

/// What a list shows of a garment: one style in one colour.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CardDocument {
    /// The garment.
    pub id: Uuid,
    /// `draft`, `scheduled`, `published` or `retired`.
    pub status: String,
    /// What it is called.
    pub name: String,
    /// What it is called in other languages, by their codes of two letters.
    pub names: BTreeMap<String, String>,
    /// The readable part of its address.
    pub slug: String,
    /// The style of which it is a colourway; garments of one style have the same.
    pub style: String,
    /// Who makes it.
    #[schema(required)]
    pub brand: Option<String>,
    /// `tops`, `bottoms`, `dresses` or `outerwear`.
    pub category: String,
    /// The colour that shoppers see.
    pub colour: ColourDocument,
    /// What it costs.
    pub price: MoneyDocument,
    /// The lowest price of the thirty days before its last change, while it costs less than that.
    #[schema(required)]
    pub was: Option<MoneyDocument>,
    /// What it cost in those days.
    pub earlier_prices: Vec<EarlierPriceDocument>,
    /// Sizes that cost something else.
    pub size_prices: BTreeMap<String, MoneyDocument>,
    /// When it is to be published.
    #[schema(required, format = DateTime)]
    pub publish_at: Option<String>,
    /// The picture that shows it, once there is one.
    #[schema(required)]
    pub picture: Option<PictureLinkDocument>,
    /// The garment cut out of that picture, once a worker has looked at it and found it.
    #[schema(required)]
    pub cutout: Option<CutoutDocument>,
    /// Whether it can be tried on.
    pub try_on: GarmentTryOnDocument,
}

/// A page of garments, newest first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CardPage {
    /// The garments.
    pub items: Vec<CardDocument>,
    /// Where the list goes on; absent on the last page.
    #[serde(default)]
    #[schema(nullable = false)]
    pub next_cursor: Option<String>,
}

/// Which garments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Draft,
    Scheduled,
    Published,
    Retired,
    All,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct BrowseGarments {
    /// Published ones by default; others are for merchandisers.
    #[param(inline, required = false, nullable = false)]
    status: Option<Status>,
    /// `tops`, `bottoms`, `dresses` or `outerwear`.
    #[param(value_type = String, required = false, nullable = false)]
    category: Option<Category>,
    /// Garments on a page at most; 24 by default.
    #[param(minimum = 1, maximum = 100, required = false, nullable = false)]
    limit: Option<u8>,
    /// `next_cursor` of the page before.
    #[param(required = false, nullable = false)]
    cursor: Option<String>,
}

/// List garments, newest first.
///
/// Pages stay stable while garments are added: a garment that is published meanwhile stands before the first page.
#[utoipa::path(
    get,
    path = "/v1/garments",
    tag = "catalog",
    params(BrowseGarments, MinPosition),
    security((), ("bearer" = [])),
    responses(
        (status = 200, body = CardPage, description = "A page of garments",
            headers(
                ("Link" = String, description = "Where the list begins, and where it goes on (RFC 8288)"),
                ("Drape-Position" = String, description = "How far this view has come"),
                ("Drape-Degraded" = String, description = "The view's name, only while it could not apply something")
            )),
        (status = 403, body = Problem, content_type = "application/problem+json",
            description = "Only merchandisers see other than published garments: `forbidden`."),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "The position belongs to another history: `epoch-changed`."),
        QueryProblems
    )
)]
pub(crate) async fn browse_garments(
    State(api): State<QueryApi>,
    OptionalCaller(caller): OptionalCaller,
    MinPosition(min): MinPosition,
    OriginalUri(uri): OriginalUri,
    QueryOf(question): QueryOf<BrowseGarments>,
) -> Result<Response, Problem> {
    let status = question.status.unwrap_or(Status::Published);
    if status != Status::Published {
        let caller = caller.ok_or_else(Problem::unauthenticated)?;
        Caller::require(&caller, &[Role::Merchandiser, Role::Admin])?;
    }
    let limit = question.limit.unwrap_or(24);
    if !(1..=100).contains(&limit) {
        return Err(Problem::invalid_query().detail("limit: 1 to 100 garments fit on a page"));
    }
    let (keys, asked) = (&api.inner.cursor_keys, question_of(&uri));
    let before = question.cursor.map_or(Ok(i64::MAX), |cursor| {
        keys.decode(&asked, &Cursor::from(cursor))
    })?;
    let at = api.wait(View::GarmentCard, min.as_ref()).await?;
    let status = match status {
        Status::Draft => Some("draft"),
        Status::Scheduled => Some("scheduled"),
        Status::Published => Some("published"),
        Status::Retired => Some("retired"),
        Status::All => None,
    };
    let rows = sqlx::query!(
        "SELECT sort_key, document FROM drape.garment_card
         WHERE ($1::TEXT IS NULL OR status = $1) AND ($2::TEXT IS NULL OR category = $2) AND sort_key < $3
         ORDER BY sort_key DESC LIMIT $4",
        status,
        question.category.map(Category::as_str),
        before,
        i64::from(limit) + 1
    );
    let fetching = rows.fetch_all(&api.inner.pool);
    let mut rows = in_time(api.inner.options.database_timeout, fetching).await?;
    let more = rows.len() > usize::from(limit);
    rows.truncate(usize::from(limit));
    let mut json = String::from("{\"items\":[");
    for (index, row) in rows.iter().enumerate() {
        if index > 0 {
            json.push(',');
        }
        json.push_str(&row.document);
    }
    json.push(']');
    let next = rows.last().filter(|_| more);
    let next = next
        .map(|last| keys.encode(&asked, &last.sort_key))
        .transpose()?;
    if let Some(next) = &next {
        json.push_str(",\"next_cursor\":\"");
        // Base64url: nothing to escape.
        json.push_str(next.as_str());
        json.push('"');
    }
    json.push('}');
    let links = page_links(&uri, next.as_ref());
    let json = api.with_pictures(json, &at).await?;
    Ok((links, answer::document(json, &at)).into_response())
}
