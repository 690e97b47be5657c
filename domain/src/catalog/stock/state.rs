//! What a decision about a garment's stock needs to remember, and no more.

use serde::{Deserialize, Serialize};

use super::{
    AdjustStock, AdjustStockRejection, CountStock, CountStockRejection, SetLowStockLevel,
    SetLowStockLevelRejection, StockEvent,
};
use crate::{decision::commands, shared::Size};

/// How many there are of one size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct OfSize {
    size: Size,
    count: u32,
    /// Whether it was said that it ran low, and there were no more since.
    #[serde(default)]
    is_told: bool,
}

/// The stock of a garment, as its rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Stock {
    /// In the order in which sizes were first heard of.
    sizes: Vec<OfSize>,
    /// From which count down a size has run low, where somebody said so.
    #[serde(default)]
    pub(super) low_level: Option<u32>,
    /// Whether anything was ever said of it.
    #[serde(default)]
    pub(super) begun: bool,
}

impl Stock {
    /// The most pieces of one size.
    pub const MAX_COUNT: u32 = 1_000_000;
    /// The most sizes of one garment, those that it no longer comes in among them.
    pub const MAX_SIZES: usize = 64;

    /// From this count down a size has run low, where nobody says otherwise.
    pub const LOW_LEVEL: u32 = 3;

    /// From which count down a size of this garment has run low.
    pub fn low_level(&self) -> u32 {
        self.low_level.unwrap_or(Self::LOW_LEVEL)
    }

    /// What is said beside a change that leaves so many of a size: that it ran low, unless that was said already. A size that was
    /// never heard of begins with its first count; only what changes after that can run low.
    pub(super) fn warning(&self, size: &Size, after: u32) -> Option<StockEvent> {
        let known = self.sizes.iter().find(|known| known.size == *size)?;
        let level = self.low_level();
        (after <= level && !known.is_told).then(|| StockEvent::StockRanLow {
            size: size.clone(),
            count: after,
            level,
        })
    }

    /// How many there are of this size; none where it was never counted or adjusted.
    pub fn count(&self, size: &Size) -> Option<u32> {
        let known = self.sizes.iter().find(|known| known.size == *size);
        known.map(|known| known.count)
    }

    /// Whether something can be said of this size.
    pub(super) fn has_room_for(&self, size: &Size) -> bool {
        self.sizes.len() < Self::MAX_SIZES || self.count(size).is_some()
    }

    fn set(&mut self, size: Size, count: u32) {
        let level = self.low_level();
        match self.sizes.iter_mut().find(|known| known.size == size) {
            Some(known) => {
                known.count = count;
                known.is_told &= count <= level;
            }
            None => self.sizes.push(OfSize {
                size,
                count,
                is_told: false,
            }),
        }
    }

    pub(super) fn evolve(&mut self, event: StockEvent) {
        self.begun = true;
        match event {
            StockEvent::StockCounted { size, count, .. } => self.set(size, count),
            StockEvent::StockAdjusted { size, by, .. } => {
                let before = self.count(&size).unwrap_or(0);
                self.set(size, before.saturating_add_signed(by.get()));
            }
            StockEvent::LowStockLevelSet { level } => {
                self.low_level = level;
                let level = self.low_level();
                for known in &mut self.sizes {
                    known.is_told &= known.count <= level;
                }
            }
            StockEvent::StockRanLow { size, .. } => {
                let known = self.sizes.iter_mut().find(|known| known.size == size);
                if let Some(known) = known {
                    known.is_told = true;
                }
            }
        }
    }
}

commands! {
    Stock: "catalog.stock", StockEvent;
    StockCommand, StockRejection {
        CountStock or CountStockRejection,
        SetLowStockLevel or SetLowStockLevelRejection,
        AdjustStock or AdjustStockRejection,
    }
}
