//! What is behind this link?

use std::collections::HashMap;

use axum::{
    extract::State,
    http::{HeaderName, HeaderValue, header::CACHE_CONTROL},
    response::Response,
};
use domain::shared::OutfitId;
use http_kit::{MinPosition, PathOf, Problem, QueryProblems, SecretToken};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    CardDocument, PictureDisplayDocument, QueryApi, answer,
    checkpoints::{Reached, View},
    database::in_time,
};

/// An outfit that somebody shares.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LookDocument {
    /// What they call it.
    #[schema(example = "Office, warm days")]
    pub name: String,
    /// The garments, as far as shoppers have ever seen them.
    pub garments: Vec<CardDocument>,
    /// How it looks on them: only where they share that too, and once it is processed. Its addresses are good for some minutes.
    #[schema(required)]
    pub picture: Option<PictureDisplayDocument>,
}

/// What of a wardrobe concerns a look.
#[derive(Deserialize)]
struct Stored {
    outfits: Vec<StoredOutfit>,
}

#[derive(Deserialize)]
struct StoredOutfit {
    id: Uuid,
    name: String,
    garments: Vec<Uuid>,
}

/// The parts of the answer, as they are stored.
#[derive(Serialize)]
struct Told {
    name: String,
    garments: Vec<Box<RawValue>>,
    picture: Option<Box<RawValue>>,
}

/// A picture as documents point to it.
#[derive(Serialize, Deserialize)]
struct Pointed {
    id: Uuid,
    display: Option<Box<RawValue>>,
}

/// Show an outfit to whoever has its link.
///
/// Nothing of whose it is. The picture of its owner is shown only where they share it with the link.
#[utoipa::path(
    get,
    path = "/v1/looks/{token}",
    tag = "wardrobe",
    params(("token" = String, Path, description = "The last part of the link", pattern = "^[0-9a-f]{32}$", example = "0123456789abcdef0123456789abcdef"), MinPosition),
    security(()),
    responses(
        (status = 200, body = LookDocument, description = "The outfit",
            headers(
                ("Drape-Position" = String, description = "How far this view has come"),
                ("Drape-Degraded" = String, description = "The view's name, only while it could not apply something")
            )),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "There is no such link, or it has ended: `look-not-found`."),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "The position belongs to another history: `epoch-changed`."),
        QueryProblems
    )
)]
pub(crate) async fn show_look(
    State(api): State<QueryApi>,
    MinPosition(min): MinPosition,
    PathOf(token): PathOf<SecretToken>,
) -> Result<Response, Problem> {
    api.wait(View::GarmentCard, min.as_ref()).await?;
    let at = api.wait(View::Wardrobe, min.as_ref()).await?;
    let gone = || answer::not_found("look-not-found", "There is no such look");
    let row = sqlx::query!(
        "SELECT look.account, look.outfit, look.picture, wardrobe.document
         FROM drape.wardrobe_look AS look JOIN drape.wardrobe ON wardrobe.account = look.account
         WHERE look.token = $1",
        token.sha256()
    );
    let fetching = row.fetch_optional(&api.inner.pool);
    let row = in_time(api.inner.options.database_timeout, fetching).await?;
    let row = row.ok_or_else(gone)?;
    let stored: Stored = serde_json::from_str(&row.document).map_err(|error| damaged(&error))?;
    let mut outfits = stored.outfits.into_iter();
    let outfit = outfits.find(|outfit| outfit.id == row.outfit);
    let outfit = outfit.ok_or_else(gone)?;
    let names = api.names_of(row.account).await?;
    let told = Told {
        garments: cards(&api, &outfit.garments).await?,
        picture: match row.picture {
            Some(picture) => display(&api, picture, &at).await?,
            None => None,
        },
        name: names.open(OutfitId::new(outfit.id), outfit.name),
    };
    let told = serde_json::to_string(&told).map_err(|error| damaged(&error))?;
    let mut answer = answer::document(api.with_pictures(told, &at).await?, &at);
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // The link is the secret: neither a search engine nor the next site is told of it.
    let robots = HeaderName::from_static("x-robots-tag");
    headers.insert(robots, HeaderValue::from_static("noindex"));
    let referrer = HeaderName::from_static("referrer-policy");
    headers.insert(referrer, HeaderValue::from_static("no-referrer"));
    Ok(answer)
}

/// The cards of these garments, in this order, as far as shoppers have ever seen them.
async fn cards(api: &QueryApi, garments: &[Uuid]) -> Result<Vec<Box<RawValue>>, Problem> {
    let rows = sqlx::query!(
        "SELECT id, document FROM drape.garment_card WHERE id = ANY($1) AND published IS NOT NULL",
        garments
    );
    let fetching = rows.fetch_all(&api.inner.pool);
    let rows = in_time(api.inner.options.database_timeout, fetching).await?;
    let mut cards: HashMap<Uuid, String> =
        rows.into_iter().map(|row| (row.id, row.document)).collect();
    garments
        .iter()
        .filter_map(|garment| cards.remove(garment))
        .map(|card| RawValue::from_string(card).map_err(|error| damaged(&error)))
        .collect()
}

/// How a private picture is shown, with addresses that are good for some minutes; none until it is processed.
async fn display(
    api: &QueryApi,
    picture: Uuid,
    at: &Reached,
) -> Result<Option<Box<RawValue>>, Problem> {
    let pointed = Pointed {
        id: picture,
        display: None,
    };
    let pointed = serde_json::to_string(&pointed).map_err(|error| damaged(&error))?;
    let filled = api.with_pictures(pointed, at).await?;
    let filled: Pointed = serde_json::from_str(&filled).map_err(|error| damaged(&error))?;
    Ok(filled.display)
}

fn damaged(error: &serde_json::Error) -> Problem {
    tracing::error!(%error, "a view holds a document that is none");
    Problem::internal()
}
