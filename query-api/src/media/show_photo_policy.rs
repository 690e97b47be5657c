//! What do people agree to when they upload a photo?

use axum::{Json, extract::State};
use http_kit::QueryProblems;
use serde::Serialize;
use utoipa::ToSchema;

use crate::QueryApi;

/// What people agree to when they upload a photo, and for how long pictures of them are kept.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PhotoPolicyDocument {
    /// The version of the words that are in force; send it as `consent` with a photo.
    #[schema(example = "1")]
    pub version: String,
    /// Where they can be read.
    #[schema(required)]
    pub url: Option<String>,
    /// What a photo is used for: `try-on`, and nothing else.
    pub purposes: Vec<String>,
    /// For how long a photo is kept after it was used last, in seconds; without, until its owner removes it.
    #[schema(required, minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub photos_kept_s: Option<u64>,
    /// For how long a result is kept that no outfit holds, in seconds; without, until its owner removes it.
    #[schema(required, minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub results_kept_s: Option<u64>,
}

impl Default for PhotoPolicyDocument {
    fn default() -> Self {
        Self {
            version: "1".to_owned(),
            url: None,
            purposes: vec!["try-on".to_owned()],
            photos_kept_s: None,
            results_kept_s: None,
        }
    }
}

/// Show what people agree to when they upload a photo.
#[utoipa::path(
    get,
    path = "/v1/photo-policy",
    tag = "media",
    security(()),
    responses(
        (status = 200, body = PhotoPolicyDocument, description = "What is in force"),
        QueryProblems
    )
)]
pub(crate) async fn show_photo_policy(State(api): State<QueryApi>) -> Json<PhotoPolicyDocument> {
    Json(api.inner.options.photo_policy.clone())
}
