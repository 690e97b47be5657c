//! Say that there are more or fewer of a size than before.

use std::num::NonZeroI32;

use super::{Stock, StockEvent, StockReason};
use crate::{Rejection, RejectionKind, decision::Decide, shared::Size};

/// Say that there are more or fewer of a size than before. Of several, it does not matter which comes first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdjustStock {
    /// The size on the label.
    pub size: Size,
    /// How many more; negative for fewer.
    pub by: NonZeroI32,
    /// Why, where somebody says so.
    pub reason: Option<StockReason>,
}

/// Why stock is not adjusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdjustStockRejection {
    /// Fewer are there than would be taken away.
    #[error("there are only {there} of this size")]
    Insufficient {
        /// How many there are.
        there: u32,
    },
    /// More would be there than can be.
    #[error("there are at most 1,000,000 pieces of a size, and {there} are there already")]
    TooMany {
        /// How many there are.
        there: u32,
    },
    /// The stock knows as many sizes as it can.
    #[error("the stock of a garment has at most 64 sizes")]
    TooManySizes,
}

impl Rejection for AdjustStockRejection {
    fn code(&self) -> &'static str {
        match self {
            Self::Insufficient { .. } => "stock-insufficient",
            Self::TooMany { .. } => "stock-too-large",
            Self::TooManySizes => "stock-sizes-exceeded",
        }
    }

    fn kind(&self) -> RejectionKind {
        match self {
            Self::Insufficient { .. } | Self::TooMany { .. } | Self::TooManySizes => {
                RejectionKind::Conflict
            }
        }
    }
}

impl Decide<Stock> for AdjustStock {
    type Rejection = AdjustStockRejection;

    fn decide(&self, stock: &Stock) -> Result<Vec<StockEvent>, AdjustStockRejection> {
        if !stock.has_room_for(&self.size) {
            return Err(AdjustStockRejection::TooManySizes);
        }
        let there = stock.count(&self.size).unwrap_or(0);
        match there.checked_add_signed(self.by.get()) {
            None if self.by.is_negative() => Err(AdjustStockRejection::Insufficient { there }),
            Some(after) if after <= Stock::MAX_COUNT => Ok(vec![StockEvent::StockAdjusted {
                size: self.size.clone(),
                by: self.by,
                reason: self.reason,
            }]),
            None | Some(_) => Err(AdjustStockRejection::TooMany { there }),
        }
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    fn adjust(size: &str, by: i32) -> AdjustStock {
        AdjustStock {
            size: Size::parse(size).unwrap(),
            by: NonZeroI32::new(by).unwrap(),
            reason: Some(StockReason::Sold),
        }
    }

    fn adjusted(size: &str, by: i32) -> StockEvent {
        let AdjustStock { size, by, reason } = adjust(size, by);
        StockEvent::StockAdjusted { size, by, reason }
    }

    #[test]
    fn stock_goes_up_and_down_to_nothing() {
        // Twelve were counted and two sold.
        for by in [5, -10] {
            TestFramework::<Stock>::with(())
                .given(StockEvent::samples())
                .when(adjust("M", by).into())
                .then_expect_events(vec![adjusted("M", by)]);
        }
    }

    #[test]
    fn what_is_not_there_is_not_taken_away() {
        TestFramework::<Stock>::with(())
            .given(StockEvent::samples())
            .when(adjust("M", -11).into())
            .then_expect_error(AdjustStockRejection::Insufficient { there: 10 }.into());
        TestFramework::<Stock>::with(())
            .given(StockEvent::samples())
            .when(adjust("L", -1).into())
            .then_expect_error(AdjustStockRejection::Insufficient { there: 0 }.into());
        assert_eq!(
            AdjustStockRejection::Insufficient { there: 10 }.to_string(),
            "there are only 10 of this size"
        );
    }

    #[test]
    fn a_size_that_was_never_counted_begins_at_nothing() {
        TestFramework::<Stock>::with(())
            .given_no_previous_events()
            .when(adjust("L", 7).into())
            .then_expect_events(vec![adjusted("L", 7)]);
    }

    #[test]
    fn stock_has_a_bound_however_much_is_added() {
        TestFramework::<Stock>::with(())
            .given(StockEvent::samples())
            .when(adjust("M", 999_990).into())
            .then_expect_events(vec![adjusted("M", 999_990)]);
        for by in [999_991, i32::MAX] {
            TestFramework::<Stock>::with(())
                .given(StockEvent::samples())
                .when(adjust("M", by).into())
                .then_expect_error(AdjustStockRejection::TooMany { there: 10 }.into());
        }
    }

    #[test]
    fn no_sixty_fifth_size_is_adjusted() {
        let full: Vec<_> = (0..64).map(|size| adjusted(&size.to_string(), 1)).collect();
        TestFramework::<Stock>::with(())
            .given(full)
            .when(adjust("64", 1).into())
            .then_expect_error(AdjustStockRejection::TooManySizes.into());
    }
}
