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
            Some(after) if after <= Stock::MAX_COUNT => {
                let adjusted = StockEvent::StockAdjusted {
                    size: self.size.clone(),
                    by: self.by,
                    reason: self.reason,
                };
                let warning = stock.warning(&self.size, after);
                Ok([adjusted].into_iter().chain(warning).collect())
            }
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

    /// Twelve were counted and two sold.
    fn ten() -> Vec<StockEvent> {
        StockEvent::samples().into_iter().take(2).collect()
    }

    fn ran_low(size: &str, count: u32, level: u32) -> StockEvent {
        let size = Size::parse(size).unwrap();
        StockEvent::StockRanLow { size, count, level }
    }

    fn adjusted(size: &str, by: i32) -> StockEvent {
        let AdjustStock { size, by, reason } = adjust(size, by);
        StockEvent::StockAdjusted { size, by, reason }
    }

    #[test]
    fn stock_goes_up_and_down_to_nothing() {
        TestFramework::<Stock>::with(())
            .given(ten())
            .when(adjust("M", 5).into())
            .then_expect_events(vec![adjusted("M", 5)]);
        TestFramework::<Stock>::with(())
            .given(ten())
            .when(adjust("M", -10).into())
            .then_expect_events(vec![adjusted("M", -10), ran_low("M", 0, 3)]);
    }

    #[test]
    fn that_a_size_ran_low_is_said_once_until_there_were_more() {
        let mut told = ten();
        for (by, left) in [(-6, None), (-1, Some(3)), (-1, None), (1, None), (1, None)] {
            let mut expected = vec![adjusted("M", by)];
            expected.extend(left.map(|left| ran_low("M", left, 3)));
            TestFramework::<Stock>::with(())
                .given(told.clone())
                .when(adjust("M", by).into())
                .then_expect_events(expected.clone());
            told.extend(expected);
        }
        // There are four again: the next one fewer is news.
        TestFramework::<Stock>::with(())
            .given(told)
            .when(adjust("M", -2).into())
            .then_expect_events(vec![adjusted("M", -2), ran_low("M", 2, 3)]);
    }

    #[test]
    fn a_garment_has_a_level_of_its_own() {
        let at = |level, by, low: Option<StockEvent>| {
            let mut given = ten();
            given.push(StockEvent::LowStockLevelSet { level });
            let expected = [adjusted("M", by)].into_iter().chain(low).collect();
            TestFramework::<Stock>::with(())
                .given(given)
                .when(adjust("M", by).into())
                .then_expect_events(expected);
        };
        at(Some(9), -1, Some(ran_low("M", 9, 9)));
        at(Some(9), 1, None);
        at(Some(0), -9, None);
        at(Some(0), -10, Some(ran_low("M", 0, 0)));
        at(None, -7, Some(ran_low("M", 3, 3)));
        // What was low before the level was raised is told of with the next change, whichever way it goes.
        at(Some(20), 1, Some(ran_low("M", 11, 20)));
    }

    #[test]
    fn what_is_not_there_is_not_taken_away() {
        TestFramework::<Stock>::with(())
            .given(ten())
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
            .given(ten())
            .when(adjust("M", 999_990).into())
            .then_expect_events(vec![adjusted("M", 999_990)]);
        for by in [999_991, i32::MAX] {
            TestFramework::<Stock>::with(())
                .given(ten())
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
