//! The seam behind which the try-on engine lives.

use std::{future::Future, pin::Pin};

use bytes::Bytes;
use domain::shared::Category;
use http::StatusCode;
use http_kit::Problem;
use serde::Serialize;
use utoipa::ToSchema;

/// Which picture has to be another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FindingSubject {
    /// The photo of the person.
    Person,
    /// The picture of the garment.
    Garment,
    /// Each would do, but not together.
    Both,
}

/// One reason against a try-on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Finding {
    /// Stable, and the same as in `reason.code` of a try-on that failed for it.
    #[schema(example = "arms-cross-torso")]
    pub code: String,
    /// Which picture has to be another one.
    pub subject: FindingSubject,
    /// What to do about it, in a sentence for whoever uploads it.
    #[schema(example = "The arms cover the chest. Let them hang at the sides.")]
    pub detail: String,
}

/// A [`FittingRoom`] at work: all that stands against a try-on.
pub type Checking<'a> = Pin<Box<dyn Future<Output = Result<Vec<Finding>, Problem>> + Send + 'a>>;

/// Looks at pictures without trying anything on.
pub trait FittingRoom: Send + Sync {
    /// Two encoded pictures, and where on the body the garment goes.
    fn check(&self, person: Bytes, garment: Bytes, category: Category) -> Checking<'_>;
}

/// 503: nobody looks at pictures at the moment.
pub fn no_engine(detail: &str) -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "engine-unavailable",
        "No try-on engine answers at the moment",
    )
    .detail(detail)
    .retry_after(5)
}
