//! Everything that can happen to a garment's stock. Append-only: `docs/events.md` says how an event may change.

use std::num::NonZeroI32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{decision::event_versions, shared::Size};

/// Why there are more or fewer than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StockReason {
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

/// What happened to a garment's stock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
pub enum StockEvent {
    /// Somebody counted: whatever was known of this size before no longer matters.
    StockCounted {
        /// The size on the label.
        size: Size,
        /// How many there are.
        count: u32,
        /// Why it was counted, where somebody said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<StockReason>,
    },
    /// There are more or fewer of this size than before.
    StockAdjusted {
        /// The size on the label.
        size: Size,
        /// How many more; negative for fewer, never 0.
        by: NonZeroI32,
        /// Why, where somebody said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<StockReason>,
    },
    /// From now on so many of a size are few.
    LowStockLevelSet {
        /// From this count down a size has run low; without one, the shop's own level counts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        level: Option<u32>,
    },
    /// A size has run low. It is said once, in the same commit as what took it there, and again only after there were more.
    StockRanLow {
        /// The size on the label.
        size: Size,
        /// How many are left.
        count: u32,
        /// From which count down that is low.
        level: u32,
    },
}

event_versions! {
    StockEvent {
        StockCounted => "1",
        StockAdjusted => "1",
        LowStockLevelSet => "1",
        StockRanLow => "1",
    }
}

#[cfg(feature = "testing")]
#[expect(clippy::unwrap_used, reason = "samples are written to be right")]
impl StockEvent {
    /// One of each, as frozen in `tests/golden/`.
    pub fn samples() -> Vec<Self> {
        vec![
            Self::StockCounted {
                size: Size::parse("M").unwrap(),
                count: 12,
                reason: Some(StockReason::Corrected),
            },
            Self::StockAdjusted {
                size: Size::parse("M").unwrap(),
                by: NonZeroI32::new(-2).unwrap(),
                reason: Some(StockReason::Sold),
            },
            Self::LowStockLevelSet { level: Some(10) },
            Self::StockRanLow {
                size: Size::parse("M").unwrap(),
                count: 10,
                level: 10,
            },
        ]
    }
}
