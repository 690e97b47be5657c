//! Say how many there are of a size, whatever was known before.

use super::{Stock, StockEvent, StockReason};
use crate::{decision::Decide, rejection::rejections, shared::Size};

/// Say how many there are of a size, whatever was known before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountStock {
    /// The size on the label.
    pub size: Size,
    /// How many there are.
    pub count: u32,
    /// Why it was counted, where somebody says so.
    pub reason: Option<StockReason>,
}

rejections! {
    /// Why a count is not recorded.
    CountStockRejection {
        TooMany => "stock-too-large", Invalid, "there are at most 1,000,000 pieces of a size";
        TooManySizes => "stock-sizes-exceeded", Conflict, "the stock of a garment has at most 64 sizes";
    }
}

impl Decide<Stock> for CountStock {
    type Rejection = CountStockRejection;

    fn decide(&self, stock: &Stock) -> Result<Vec<StockEvent>, CountStockRejection> {
        if self.count > Stock::MAX_COUNT {
            return Err(CountStockRejection::TooMany);
        }
        if !stock.has_room_for(&self.size) {
            return Err(CountStockRejection::TooManySizes);
        }
        if stock.count(&self.size) == Some(self.count) {
            return Ok(vec![]);
        }
        let counted = StockEvent::StockCounted {
            size: self.size.clone(),
            count: self.count,
            reason: self.reason,
        };
        let warning = stock.warning(&self.size, self.count);
        Ok([counted].into_iter().chain(warning).collect())
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    fn count(size: &str, count: u32) -> CountStock {
        CountStock {
            size: Size::parse(size).unwrap(),
            count,
            reason: None,
        }
    }

    fn counted(size: &str, count: u32) -> StockEvent {
        StockEvent::StockCounted {
            size: Size::parse(size).unwrap(),
            count,
            reason: None,
        }
    }

    #[test]
    fn a_count_replaces_what_was_known() {
        TestFramework::<Stock>::with(())
            .given(StockEvent::samples())
            .when(count("M", 30).into())
            .then_expect_events(vec![counted("M", 30)]);
    }

    #[test]
    fn a_count_that_finds_few_says_so() {
        let low = StockEvent::StockRanLow {
            size: Size::parse("M").unwrap(),
            count: 3,
            level: 3,
        };
        TestFramework::<Stock>::with(())
            .given(vec![counted("M", 12)])
            .when(count("M", 3).into())
            .then_expect_events(vec![counted("M", 3), low]);
    }

    #[test]
    fn the_same_count_changes_nothing() {
        // Twelve were counted and two sold.
        TestFramework::<Stock>::with(())
            .given(StockEvent::samples())
            .when(count("M", 10).into())
            .then_expect_events(vec![]);
    }

    #[test]
    fn that_there_are_none_is_news_the_first_time() {
        TestFramework::<Stock>::with(())
            .given_no_previous_events()
            .when(count("W32/L34", 0).into())
            .then_expect_events(vec![counted("W32/L34", 0)]);
    }

    #[test]
    fn a_count_has_a_bound() {
        TestFramework::<Stock>::with(())
            .given_no_previous_events()
            .when(count("M", 1_000_000).into())
            .then_expect_events(vec![counted("M", 1_000_000)]);
        TestFramework::<Stock>::with(())
            .given_no_previous_events()
            .when(count("M", 1_000_001).into())
            .then_expect_error(CountStockRejection::TooMany.into());
    }

    #[test]
    fn no_sixty_fifth_size_is_counted_but_the_known_ones_still_are() {
        let full: Vec<_> = (0..64).map(|size| counted(&size.to_string(), 10)).collect();
        TestFramework::<Stock>::with(())
            .given(full.clone())
            .when(count("64", 1).into())
            .then_expect_error(CountStockRejection::TooManySizes.into());
        TestFramework::<Stock>::with(())
            .given(full)
            .when(count("63", 20).into())
            .then_expect_events(vec![counted("63", 20)]);
    }
}
