//! Why there are more or fewer, as clients say it.

use domain::catalog::stock::StockReason;
use serde::Deserialize;
use utoipa::ToSchema;

/// Why there are more or fewer than before.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StockReasonBody {
    /// A shopper bought it.
    Sold,
    /// A shopper brought it back.
    Returned,
    /// A supplier delivered it.
    Received,
    /// It can no longer be sold.
    Damaged,
    /// What was known was wrong.
    Corrected,
}

impl From<StockReasonBody> for StockReason {
    fn from(reason: StockReasonBody) -> Self {
        match reason {
            StockReasonBody::Sold => Self::Sold,
            StockReasonBody::Returned => Self::Returned,
            StockReasonBody::Received => Self::Received,
            StockReasonBody::Damaged => Self::Damaged,
            StockReasonBody::Corrected => Self::Corrected,
        }
    }
}
