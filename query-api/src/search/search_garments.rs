//! Which garments are what I look for?

use std::fmt::Write;

use axum::{
    extract::{OriginalUri, State},
    response::{IntoResponse, Response},
};
use catalogue_search::{Filters, Hit, Question, Sort, key_of};
use http_kit::{Cursor, MinPosition, Problem, QueryOf, QueryProblems, neighbour_links};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::document::{FacetsDocument, SearchPage};
use crate::{QueryApi, answer};

/// Longer questions are nobody's.
const LONGEST_WORDS: usize = 200;

/// So many values of a facet are taken.
const MOST_VALUES: usize = 50;

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Order {
    Relevance,
    Newest,
    Cheapest,
    Dearest,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchGarments {
    /// What is looked for, in words; typing errors are forgiven, and the last word may be half of one.
    #[param(
        max_length = 200,
        required = false,
        nullable = false,
        example = "linnen shirt"
    )]
    q: Option<String>,
    /// `tops`, `bottoms`, `dresses`, `outerwear`; with commas for several, as in all that follow.
    #[param(required = false, nullable = false)]
    category: Option<String>,
    /// Places in the tree of categories, with all below them.
    #[param(required = false, nullable = false, example = "tops/shirts")]
    category_path: Option<String>,
    /// Keys of brands, as the facet names them.
    #[param(required = false, nullable = false)]
    brand: Option<String>,
    /// Families of colours: `blue,green`.
    #[param(required = false, nullable = false)]
    colour: Option<String>,
    /// Keys of sizes.
    #[param(required = false, nullable = false, example = "s,m")]
    size: Option<String>,
    /// Keys of materials.
    #[param(required = false, nullable = false)]
    material: Option<String>,
    /// The lowest price, in minor units.
    #[param(
        minimum = 0,
        maximum = 4_294_967_295_i64,
        required = false,
        nullable = false
    )]
    price_min: Option<u32>,
    /// The highest price, in minor units.
    #[param(
        minimum = 0,
        maximum = 4_294_967_295_i64,
        required = false,
        nullable = false
    )]
    price_max: Option<u32>,
    /// The currency of prices (ISO 4217); by default the commonest of the catalogue.
    #[param(pattern = "^[A-Z]{3}$", required = false, nullable = false)]
    currency: Option<String>,
    /// Only what can be had; where sizes are asked for, in one of them.
    #[param(required = false, nullable = false)]
    in_stock: Option<bool>,
    /// Only what can be tried on.
    #[param(required = false, nullable = false)]
    try_on_ready: Option<bool>,
    /// `relevance` by default; without words that is the newest first.
    #[param(inline, required = false, nullable = false)]
    sort: Option<Order>,
    /// Styles on a page at most; 24 by default.
    #[param(minimum = 1, maximum = 100, required = false, nullable = false)]
    limit: Option<u8>,
    /// `next_cursor` or `prev_cursor` of a page of the same question.
    #[param(required = false, nullable = false)]
    cursor: Option<String>,
}

impl SearchGarments {
    fn question(&self) -> Result<Question, Problem> {
        let words = self.q.clone().unwrap_or_default();
        if words.chars().count() > LONGEST_WORDS {
            return Err(Problem::invalid_query().detail("q: give at most 200 characters"));
        }
        let currency = self.currency.as_deref();
        if currency.is_some_and(|code| domain::shared::Currency::parse(code).is_err()) {
            return Err(
                Problem::invalid_query().detail("currency: give an ISO 4217 code such as EUR")
            );
        }
        let price = match (self.price_min, self.price_max) {
            (None, None) => None,
            (from, to) => Some((from.unwrap_or(0), to.unwrap_or(u32::MAX))),
        };
        Ok(Question {
            words,
            filters: Filters {
                categories: values("category", self.category.as_deref(), key_of)?,
                category_paths: values(
                    "category_path",
                    self.category_path.as_deref(),
                    ToOwned::to_owned,
                )?,
                brands: values("brand", self.brand.as_deref(), key_of)?,
                colours: values("colour", self.colour.as_deref(), key_of)?,
                sizes: values("size", self.size.as_deref(), key_of)?,
                materials: values("material", self.material.as_deref(), key_of)?,
                price,
                currency: self.currency.clone(),
                in_stock: self.in_stock.unwrap_or(false),
                try_on_ready: self.try_on_ready.unwrap_or(false),
            },
            sort: match self.sort {
                None | Some(Order::Relevance) => Sort::Relevance,
                Some(Order::Newest) => Sort::Newest,
                Some(Order::Cheapest) => Sort::Cheapest,
                Some(Order::Dearest) => Sort::Dearest,
            },
        })
    }
}

fn values(
    name: &str,
    text: Option<&str>,
    key: impl Fn(&str) -> String,
) -> Result<Vec<String>, Problem> {
    let parts = text.into_iter().flat_map(|text| text.split(','));
    let keys: Vec<String> = parts
        .map(|part| key(part.trim()))
        .filter(|key| !key.is_empty())
        .collect();
    if keys.len() > MOST_VALUES {
        return Err(
            Problem::invalid_query().detail(format!("{name}: give at most {MOST_VALUES} values"))
        );
    }
    Ok(keys)
}

/// A page's place: of which question, on which side of which hit.
type Place = (u64, bool, (u64, u64, Uuid));

/// Tells questions apart: a cursor belongs to one.
fn mark(question: &Question) -> u64 {
    let digest = Sha256::digest(format!("{question:?}"));
    digest
        .iter()
        .take(8)
        .fold(0, |mark, byte| mark << 8 | u64::from(*byte))
}

/// Search the catalogue.
///
/// One hit for each style, by the colourway that fits best. Facets count styles, exactly. Pages go on and back from a hit, not from a
/// number: what is added meanwhile moves nothing.
#[utoipa::path(
    get,
    path = "/v1/search",
    operation_id = "searchGarments",
    tag = "catalog",
    params(SearchGarments, MinPosition),
    security((), ("bearer" = [])),
    responses(
        (status = 200, body = SearchPage, description = "A page of styles",
            headers(
                ("Link" = String, description = "Where the list begins, goes on and came from (RFC 8288)"),
                ("Drape-Position" = String, description = "How far the catalogue that was searched has come"),
                ("Drape-Degraded" = String, description = "The view's name, only while it could not apply something")
            )),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "The position belongs to another history: `epoch-changed`."),
        QueryProblems
    )
)]
pub(crate) async fn search_garments(
    State(api): State<QueryApi>,
    MinPosition(min): MinPosition,
    OriginalUri(uri): OriginalUri,
    QueryOf(asked): QueryOf<SearchGarments>,
) -> Result<Response, Problem> {
    let limit = asked.limit.unwrap_or(24);
    if !(1..=100).contains(&limit) {
        return Err(Problem::invalid_query().detail("limit: 1 to 100 styles fit on a page"));
    }
    let question = asked.question()?;
    let mark = mark(&question);
    let place: Option<Place> = match asked.cursor {
        None => None,
        Some(cursor) => {
            let place: Place = Cursor::from(cursor).decode()?;
            if place.0 != mark {
                return Err(Problem::bad_cursor());
            }
            Some(place)
        }
    };
    let (catalogue, reached) = api.inner.shelf.shown(&api.inner, min.as_ref()).await?;
    let found = catalogue.search(&question).map_err(|error| {
        tracing::error!(%error, "the catalogue cannot be searched: {error}");
        Problem::internal()
    })?;
    let limit = usize::from(limit);
    let (hits, before, after) = match place {
        None => {
            let (hits, more) = found.page_after(None, limit);
            (hits, false, more)
        }
        Some((_, true, key)) => {
            let (hits, more) = found.page_after(Some(key), limit);
            (hits, true, more)
        }
        Some((_, false, key)) => {
            let (hits, more) = found.page_before(key, limit);
            (hits, more, true)
        }
    };
    let cursor = |wanted: bool, forward: bool, hit: Option<&Hit>| {
        let hit = hit.filter(|_| wanted);
        hit.map(|hit| Cursor::encode(&(mark, forward, hit.key)))
            .transpose()
    };
    let next = cursor(after, true, hits.last())?;
    let previous = cursor(before, false, hits.first())?;
    let links = neighbour_links(&uri, previous.as_ref(), next.as_ref());
    let (styles, relaxed) = (found.styles, found.relaxed);
    let json = written(
        &hits,
        (styles, relaxed),
        &found.facets.into(),
        [&next, &previous],
    )?;
    let json = api.with_pictures(json).await?;
    Ok((links, answer::document(json, &reached)).into_response())
}

/// The page as JSON: cards are stored as they are shown.
fn written(
    hits: &[Hit],
    (styles, relaxed): (u32, bool),
    facets: &FacetsDocument,
    [next, previous]: [&Option<Cursor>; 2],
) -> Result<String, Problem> {
    let facets = serde_json::to_string(facets).map_err(|error| {
        tracing::error!(%error, "facets cannot be written");
        Problem::internal()
    })?;
    let mut json = String::with_capacity(hits.len() * 512 + facets.len() + 256);
    json.push_str("{\"items\":[");
    for (index, hit) in hits.iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        // Nothing fails that writes to memory.
        let _ = write!(
            json,
            "{comma}{{\"garment\":{},\"colourways\":{}}}",
            hit.card, hit.colourways
        );
    }
    let _ = write!(
        json,
        "],\"styles\":{styles},\"relaxed\":{relaxed},\"facets\":{facets}"
    );
    for (name, cursor) in [("next_cursor", next), ("prev_cursor", previous)] {
        if let Some(cursor) = cursor {
            // Base64url: nothing to escape.
            let _ = write!(json, ",\"{name}\":\"{}\"", cursor.as_str());
        }
    }
    json.push('}');
    Ok(json)
}
