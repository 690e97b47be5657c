//! Say from which count down a size of a garment has run low.

use super::{Stock, StockEvent};
use crate::{decision::Decide, rejection::rejections};

/// Say from which count down a size of a garment has run low. What is that low already is told of with its next change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetLowStockLevel {
    /// From this count down; without one, the shop's own level counts again.
    pub level: Option<u32>,
}

rejections! {
    /// Why a level is not set.
    SetLowStockLevelRejection {
        TooHigh => "stock-level-too-high", Invalid, "there are at most 1,000,000 pieces of a size";
    }
}

impl Decide<Stock> for SetLowStockLevel {
    type Rejection = SetLowStockLevelRejection;

    fn decide(&self, stock: &Stock) -> Result<Vec<StockEvent>, SetLowStockLevelRejection> {
        if self.level.is_some_and(|level| level > Stock::MAX_COUNT) {
            return Err(SetLowStockLevelRejection::TooHigh);
        }
        // The first word about a stock is one, even where it changes nothing: whoever says it is answered where that stands.
        if stock.begun && stock.low_level == self.level {
            return Ok(vec![]);
        }
        Ok(vec![StockEvent::LowStockLevelSet { level: self.level }])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    fn set(level: Option<u32>) -> SetLowStockLevel {
        SetLowStockLevel { level }
    }

    #[test]
    fn a_level_is_set_and_taken_back_and_the_same_is_no_news() {
        let was = |level| vec![StockEvent::LowStockLevelSet { level }];
        for (before, level, news) in [
            (vec![], Some(5), true),
            (vec![], None, true),
            (was(None), None, false),
            (was(Some(5)), Some(5), false),
            (was(Some(5)), Some(0), true),
            (was(Some(5)), None, true),
        ] {
            let expected = if news { was(level) } else { vec![] };
            TestFramework::<Stock>::with(())
                .given(before)
                .when(set(level).into())
                .then_expect_events(expected);
        }
    }

    #[test]
    fn a_level_has_a_bound() {
        TestFramework::<Stock>::with(())
            .given_no_previous_events()
            .when(set(Some(1_000_001)).into())
            .then_expect_error(SetLowStockLevelRejection::TooHigh.into());
    }
}
