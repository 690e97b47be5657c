//! Which categories are there, and what are they called?

use std::collections::{BTreeMap, BTreeSet};

use axum::{extract::State, response::Response};
use http_kit::{MinPosition, Problem, QueryProblems};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{QueryApi, answer, search::Shown};

/// A place in the tree of categories.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryDocument {
    /// From the root: slugs with `/` between them.
    #[schema(example = "women/tops")]
    pub path: String,
    /// The place above; none at the root.
    #[schema(required, example = "women")]
    pub parent: Option<String>,
    /// What it is called, in English; by the last part of its path, until somebody names it.
    #[schema(example = "Women’s tops")]
    pub label: String,
    /// What it is called in other languages, by their codes of two letters.
    pub labels: BTreeMap<String, String>,
    /// Whether somebody named it.
    pub named: bool,
    /// Garments there and below that can be had.
    #[schema(minimum = 0)]
    pub garments: u32,
    /// Their styles.
    #[schema(minimum = 0)]
    pub styles: u32,
    /// How often its name was changed: what `If-Match` takes, in quotes.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub version: u64,
}

/// The tree of categories, each place behind the one above it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryTree {
    /// The places.
    pub items: Vec<CategoryDocument>,
}

/// List the tree of categories.
///
/// Every place at which a garment on sale stands, or that somebody named, and all above it; with how many garments there and below
/// can be had. What nobody counts is not sold out.
#[utoipa::path(
    get,
    path = "/v1/categories",
    operation_id = "listCategories",
    tag = "catalog",
    params(MinPosition),
    security((), ("bearer" = [])),
    responses(
        (status = 200, body = CategoryTree, description = "The tree",
            headers(
                ("Drape-Position" = String, description = "How far catalogue and names have come"),
                ("Drape-Degraded" = String, description = "The view's name, only while it could not apply something")
            )),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "The position belongs to another history: `epoch-changed`."),
        QueryProblems
    )
)]
pub(crate) async fn list_categories(
    State(api): State<QueryApi>,
    MinPosition(min): MinPosition,
) -> Result<Response, Problem> {
    let shown = api.inner.shelf.shown(&api.inner, min.as_ref()).await?;
    let tree = CategoryTree {
        items: items(&shown),
    };
    let json = serde_json::to_string(&tree).map_err(|error| {
        tracing::error!(%error, "the tree of categories cannot be written");
        Problem::internal()
    })?;
    Ok(answer::document(json, &shown.reached))
}

fn items(shown: &Shown) -> Vec<CategoryDocument> {
    let tree = shown.catalogue.tree();
    let counts: BTreeMap<&str, (u32, u32)> = tree
        .iter()
        .map(|place| (place.path.as_str(), (place.garments, place.styles)))
        .collect();
    let named = shown.arrangement.categories();
    let named = named.filter(|category| category.name.is_some());
    let known = named
        .map(|category| category.path.as_str())
        .chain(counts.keys().copied());
    // By parts, so that each place stands behind the one above it.
    let all: BTreeSet<Vec<&str>> = known.flat_map(upwards).collect();
    let document = |parts: Vec<&str>| {
        let path = parts.join("/");
        let category = shown.arrangement.category(&path);
        let name = category.and_then(|category| category.name.clone());
        let (garments, styles) = counts.get(path.as_str()).copied().unwrap_or_default();
        CategoryDocument {
            parent: path.rsplit_once('/').map(|(parent, _)| parent.to_owned()),
            named: name.is_some(),
            label: name.unwrap_or_else(|| parts.last().map_or("", |last| last).to_owned()),
            labels: category.map_or_else(BTreeMap::new, |category| category.names.clone()),
            version: category.map_or(0, |category| category.version),
            garments,
            styles,
            path,
        }
    };
    all.into_iter().map(document).collect()
}

/// The place and all above it, each by its parts.
fn upwards(path: &str) -> Vec<Vec<&str>> {
    let parts: Vec<&str> = path.split('/').collect();
    (1..=parts.len())
        .filter_map(|count| parts.get(..count).map(<[&str]>::to_vec))
        .collect()
}
