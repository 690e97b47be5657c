//! What is in my wardrobe?

use axum::{
    extract::State,
    http::{HeaderValue, header::CACHE_CONTROL},
    response::Response,
};
use http_kit::{Caller, MinPosition, Problem, QueryProblems};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{QueryApi, answer, checkpoints::View, database::in_time, media::PictureLinkDocument};

/// A garment that is liked.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FavouriteDocument {
    /// Which one.
    pub garment: Uuid,
    /// Since when.
    #[schema(format = DateTime)]
    pub since: String,
}

/// A garment that is owned.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnedGarmentDocument {
    /// Which one.
    pub garment: Uuid,
    /// The size on its label, where its owner said so.
    #[schema(required, example = "M")]
    pub size: Option<String>,
    /// Since when.
    #[schema(format = DateTime)]
    pub since: String,
}

/// What of an outfit is shared.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SharedDocument {
    /// Whether the picture of its owner is shown too.
    pub picture: bool,
    /// Since when.
    #[schema(format = DateTime)]
    pub since: String,
}

/// Garments that go together.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutfitDocument {
    /// Which outfit.
    pub id: Uuid,
    /// What its owner calls it.
    #[schema(example = "Office, warm days")]
    pub name: String,
    /// The garments.
    pub garments: Vec<Uuid>,
    /// The try-on that shows it.
    #[schema(required)]
    pub try_on: Option<Uuid>,
    /// The try-on's result.
    #[schema(required)]
    pub picture: Option<PictureLinkDocument>,
    /// Who may see it: nobody but its owner without.
    #[schema(required)]
    pub shared: Option<SharedDocument>,
    /// When it was last saved.
    #[schema(format = DateTime)]
    pub saved_at: String,
}

/// What is in a wardrobe; all lists begin with the oldest.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WardrobeDocument {
    /// What is liked.
    pub favourites: Vec<FavouriteDocument>,
    /// What is owned.
    pub owned: Vec<OwnedGarmentDocument>,
    /// What goes together.
    pub outfits: Vec<OutfitDocument>,
    /// Events of the wardrobe so far.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub version: u64,
}

/// Of an account that never put anything in.
const EMPTY: &str = r#"{"favourites":[],"owned":[],"outfits":[],"version":0}"#;

/// Show what is in the caller's wardrobe.
#[utoipa::path(
    get,
    path = "/v1/wardrobe",
    tag = "wardrobe",
    params(MinPosition),
    security(("bearer" = [])),
    responses(
        (status = 200, body = WardrobeDocument, description = "The wardrobe",
            headers(
                ("Drape-Position" = String, description = "How far this view has come"),
                ("Drape-Degraded" = String, description = "The view's name, only while it could not apply something")
            )),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "The position belongs to another history: `epoch-changed`."),
        QueryProblems
    )
)]
pub(crate) async fn show_wardrobe(
    State(api): State<QueryApi>,
    caller: Caller,
    MinPosition(min): MinPosition,
) -> Result<Response, Problem> {
    let at = api.wait(View::Wardrobe, min.as_ref()).await?;
    let found = match Uuid::try_parse(&caller.account) {
        Ok(account) => {
            let document = sqlx::query_scalar!(
                "SELECT document FROM drape.wardrobe WHERE account = $1",
                account
            );
            let fetching = document.fetch_optional(&api.inner.pool);
            in_time(api.inner.options.database_timeout, fetching).await?
        }
        // A token that stands for no account of ours puts nothing in.
        Err(_) => None,
    };
    let document = match (found, Uuid::try_parse(&caller.account)) {
        (Some(document), Ok(account)) => api.with_names(account, document).await?,
        _ => EMPTY.to_owned(),
    };
    let mut answer = answer::document(api.with_pictures(document, &at).await?, &at);
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(answer)
}
