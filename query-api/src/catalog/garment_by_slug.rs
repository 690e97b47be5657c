//! Which garment has this address?

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use domain::shared::Slug;
use http_kit::{IfNoneMatch, MinPosition, OptionalCaller, PathOf, Problem, QueryProblems};

use super::GarmentDocument;
use crate::{QueryApi, answer, audience::keeps_catalogue, checkpoints::View, database::in_time};

/// Show the garment with this slug.
///
/// A slug that the garment had earlier redirects to the one of today. Of garments that share one, the newest to have it
/// is shown, and one that has it today before one that had it.
#[utoipa::path(
    get,
    path = "/v1/garment-slugs/{slug}",
    operation_id = "showGarmentBySlug",
    tag = "catalog",
    params(("slug" = String, Path, description = "The readable part of a garment's address", pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 80),
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
        (status = 308, description = "It has another slug now.",
            headers(("Location" = String, description = "Its address today"))),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "No garment has or had this slug: `garment-not-found`."),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "The position belongs to another history: `epoch-changed`."),
        QueryProblems
    )
)]
pub(crate) async fn garment_by_slug(
    State(api): State<QueryApi>,
    OptionalCaller(caller): OptionalCaller,
    MinPosition(min): MinPosition,
    PathOf(slug): PathOf<Slug>,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let reached = api.wait(View::GarmentVersion, min.as_ref()).await?;
    // What was said last of each garment that ever had it; there are few.
    let found = sqlx::query!(
        "SELECT today.slug, today.document
         FROM (SELECT garment, MAX(sequence) AS since FROM drape.garment_version WHERE slug = $1 GROUP BY garment) AS had
         CROSS JOIN LATERAL (SELECT slug, public, document FROM drape.garment_version
             WHERE garment = had.garment ORDER BY version DESC LIMIT 1) AS today
         WHERE today.public OR $2
         ORDER BY (today.slug = $1) DESC, had.since DESC LIMIT 1",
        slug.as_str(),
        keeps_catalogue(caller.as_ref())
    );
    let fetching = found.fetch_optional(&api.inner.pool);
    let found = in_time(api.inner.options.database_timeout, fetching).await?;
    let found = found
        .ok_or_else(|| answer::not_found("garment-not-found", "No garment has or had this slug"))?;
    if found.slug == slug.as_str() {
        let document = api.with_pictures(found.document, &reached).await?;
        return answer::versioned(document, &known, &reached);
    }
    let address = HeaderValue::try_from(format!("/v1/garment-slugs/{}", found.slug));
    let address = address.map_err(|error| {
        tracing::error!(%error, "the view holds a slug that is none");
        Problem::internal()
    })?;
    let standing = answer::standing(&reached);
    Ok((
        StatusCode::PERMANENT_REDIRECT,
        [(LOCATION, address)],
        standing,
    )
        .into_response())
}
