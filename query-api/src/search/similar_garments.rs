//! What looks like this garment?

use std::fmt::Write;

use axum::{extract::State, response::Response};
use catalogue_search::Reason;
use http_kit::{MinPosition, PathOf, Problem, QueryOf, QueryProblems};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::document::SimilarPage;
use crate::{QueryApi, answer};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SimilarGarments {
    /// Garments at most; 10 by default.
    #[param(minimum = 1, maximum = 50, required = false, nullable = false)]
    limit: Option<u8>,
}

const fn name(reason: Reason) -> &'static str {
    match reason {
        Reason::Colour => "colour",
        Reason::Category => "category",
        Reason::Material => "material",
        Reason::Brand => "brand",
        Reason::Price => "price",
    }
}

/// List garments that look like one.
///
/// Of other styles, worn at the same place: by colour, place in the tree of categories, material, brand and price. Each says why.
#[utoipa::path(
    get,
    path = "/v1/garments/{id}/similar",
    operation_id = "listSimilarGarments",
    tag = "catalog",
    params(("id" = Uuid, Path, description = "The garment"), SimilarGarments, MinPosition),
    security((), ("bearer" = [])),
    responses(
        (status = 200, body = SimilarPage, description = "Garments like it",
            headers(
                ("Drape-Position" = String, description = "How far the catalogue that was searched has come"),
                ("Drape-Degraded" = String, description = "The view's name, only while it could not apply something")
            )),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "No such garment is on sale: `garment-not-found`."),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "The position belongs to another history: `epoch-changed`."),
        QueryProblems
    )
)]
pub(crate) async fn similar_garments(
    State(api): State<QueryApi>,
    MinPosition(min): MinPosition,
    PathOf(id): PathOf<Uuid>,
    QueryOf(question): QueryOf<SimilarGarments>,
) -> Result<Response, Problem> {
    let limit = question.limit.unwrap_or(10);
    if !(1..=50).contains(&limit) {
        return Err(Problem::invalid_query().detail("limit: give 1 to 50"));
    }
    let shown = api.inner.shelf.shown(&api.inner, min.as_ref()).await?;
    let similar = shown.catalogue.similar(id, limit.into()).ok_or_else(|| {
        answer::not_found("garment-not-found", "There is no such garment on sale")
    })?;
    let mut json = String::from("{\"items\":[");
    for (index, like) in similar.iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        let reasons: Vec<String> = like
            .reasons
            .iter()
            .map(|reason| format!("\"{}\"", name(*reason)))
            .collect();
        // Nothing fails that writes to memory.
        let _ = write!(
            json,
            "{comma}{{\"garment\":{},\"score\":{:.3},\"reasons\":[{}]}}",
            like.card,
            like.score,
            reasons.join(",")
        );
    }
    json.push_str("]}");
    let json = api.with_pictures(json, &shown.reached).await?;
    Ok(answer::document(json, &shown.reached))
}
