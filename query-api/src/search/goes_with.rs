//! What goes with this garment?

use std::fmt::Write;

use axum::{extract::State, response::Response};
use http_kit::{MinPosition, PathOf, Problem, QueryOf, QueryProblems};
use jetstream_es::Position;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::document::GoesWithPage;
use crate::{
    QueryApi, answer,
    checkpoints::{Reached, View},
    database::in_time,
};

/// So many people have to wear two garments together before anybody is told: what fewer do is their own business.
const FEWEST_WARDROBES: i64 = 3;

/// So many are read, of which those that are on sale are shown.
const MOST: i64 = 500;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct GoesWith {
    /// Garments at most; 10 by default.
    #[param(minimum = 1, maximum = 50, required = false, nullable = false)]
    limit: Option<u8>,
}

/// List garments that are worn with one.
///
/// Those of other styles that stand in an outfit with it in at least three wardrobes, what most people wear with it first. Nothing
/// is said of the people, nor how many they are.
#[utoipa::path(
    get,
    path = "/v1/garments/{id}/goes-with",
    operation_id = "listGarmentsThatGoWith",
    tag = "catalog",
    params(("id" = Uuid, Path, description = "The garment"), GoesWith, MinPosition),
    security((), ("bearer" = [])),
    responses(
        (status = 200, body = GoesWithPage, description = "Garments that are worn with it",
            headers(
                ("Drape-Position" = String, description = "How far catalogue and wardrobes have come"),
                ("Drape-Degraded" = String, description = "The view's name, only while it could not apply something")
            )),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "No such garment is on sale: `garment-not-found`."),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "The position belongs to another history: `epoch-changed`."),
        QueryProblems
    )
)]
pub(crate) async fn goes_with(
    State(api): State<QueryApi>,
    MinPosition(min): MinPosition,
    PathOf(id): PathOf<Uuid>,
    QueryOf(question): QueryOf<GoesWith>,
) -> Result<Response, Problem> {
    let limit = question.limit.unwrap_or(10);
    if !(1..=50).contains(&limit) {
        return Err(Problem::invalid_query().detail("limit: give 1 to 50"));
    }
    let shown = api.inner.shelf.shown(&api.inner, min.as_ref()).await?;
    let wardrobes = api.wait(View::Wardrobe, min.as_ref()).await?;
    let catalogue = &shown.catalogue;
    if catalogue.card(id).is_none() {
        let title = "There is no such garment on sale";
        return Err(answer::not_found("garment-not-found", title));
    }
    let together = sqlx::query!(
        "SELECT other.garment
         FROM drape.wardrobe_outfit AS one
             JOIN drape.wardrobe_outfit AS other USING (account, outfit)
         WHERE one.garment = $1 AND other.garment <> $1
         GROUP BY other.garment HAVING COUNT(DISTINCT account) >= $2
         ORDER BY COUNT(DISTINCT account) DESC, other.garment LIMIT $3",
        id,
        FEWEST_WARDROBES,
        MOST
    );
    let fetching = together.fetch_all(&api.inner.pool);
    let together = in_time(api.inner.options.database_timeout, fetching).await?;
    let others = together.iter().map(|row| row.garment);
    let others = others.filter(|other| !catalogue.are_of_one_style(id, *other));
    let cards = others.filter_map(|other| catalogue.card(other));
    let mut json = String::from("{\"items\":[");
    for (index, card) in cards.take(limit.into()).enumerate() {
        let comma = if index > 0 { "," } else { "" };
        // Nothing fails that writes to memory.
        let _ = write!(json, "{comma}{{\"garment\":{card}}}");
    }
    json.push_str("]}");
    let json = api.with_pictures(json, &shown.reached).await?;
    Ok(answer::document(json, &both(shown.reached, &wardrobes)))
}

/// As far as both have come.
fn both(one: Reached, other: &Reached) -> Reached {
    Reached {
        position: Position {
            sequence: one.position.sequence.min(other.position.sequence),
            ..one.position
        },
        degraded: one.degraded.or(other.degraded),
    }
}
