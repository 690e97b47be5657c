//! What a decision about a garment's stock needs to remember, and no more.

use serde::{Deserialize, Serialize};

use super::{AdjustStock, AdjustStockRejection, CountStock, CountStockRejection, StockEvent};
use crate::{decision::commands, shared::Size};

/// How many there are of one size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct OfSize {
    size: Size,
    count: u32,
}

/// The stock of a garment, as its rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Stock {
    /// In the order in which sizes were first heard of.
    sizes: Vec<OfSize>,
}

impl Stock {
    /// The most pieces of one size.
    pub const MAX_COUNT: u32 = 1_000_000;
    /// The most sizes of one garment, those that it no longer comes in among them.
    pub const MAX_SIZES: usize = 64;

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
        match self.sizes.iter_mut().find(|known| known.size == size) {
            Some(known) => known.count = count,
            None => self.sizes.push(OfSize { size, count }),
        }
    }

    pub(super) fn evolve(&mut self, event: StockEvent) {
        match event {
            StockEvent::StockCounted { size, count, .. } => self.set(size, count),
            StockEvent::StockAdjusted { size, by, .. } => {
                let before = self.count(&size).unwrap_or(0);
                self.set(size, before.saturating_add_signed(by.get()));
            }
        }
    }
}

commands! {
    Stock: "catalog.stock", StockEvent;
    StockCommand, StockRejection {
        CountStock or CountStockRejection,
        AdjustStock or AdjustStockRejection,
    }
}
