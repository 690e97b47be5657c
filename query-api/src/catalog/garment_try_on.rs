//! Whether a garment can be tried on.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::tryon::ReasonDocument;

/// Whether a garment can be tried on, as an engine found that looked at its picture.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "state": "unsupported",
    "reason": {
        "code": "garment-touches-border",
        "detail": "The garment is cut off by the edge of its picture. Leave a margin around it.",
    },
}))]
pub struct GarmentTryOnDocument {
    /// `ready`; `unsupported`, so that every try-on is refused; or `unknown`: nobody has looked yet, and a try-on is accepted.
    #[schema(pattern = "^(ready|unsupported|unknown)$")]
    pub state: String,
    /// Why it is unsupported, and what to do about it: the same code that a try-on is refused with.
    #[schema(required)]
    pub reason: Option<ReasonDocument>,
}
