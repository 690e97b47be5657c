//! Prices as the views of a garment fold them, above all what it cost before: the lowest price of the last thirty days, as the law of the
//! EU wants it beside a lower price.
//!
//! Directive (EU) 2019/2161, article 2: an announcement of a price reduction shows the lowest price that was asked for in the thirty
//! days before the reduction. It follows from the log alone: no clock is needed.

use std::collections::BTreeMap;

use domain::shared::Money;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

/// So long an earlier price counts.
const WINDOW: Duration = Duration::days(30);

/// A price that was asked for, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierPrice {
    /// The price.
    pub price: Money,
    /// When it ended, RFC 3339.
    pub until: String,
}

/// Notes that `old` gave way to `new` at a time, and answers the lowest earlier price if `new` is lower than it. Prices that ended
/// more than thirty days before are forgotten, and so are those in another currency.
pub(super) fn changed(
    earlier: &mut Vec<EarlierPrice>,
    (old, new): (Money, Money),
    at: &str,
) -> Option<Money> {
    let since = OffsetDateTime::parse(at, &Rfc3339)
        .ok()
        .and_then(|time| time.checked_sub(WINDOW));
    earlier.push(EarlierPrice {
        price: old,
        until: at.to_owned(),
    });
    earlier.retain(|earlier| {
        let until = OffsetDateTime::parse(&earlier.until, &Rfc3339).ok();
        earlier.price.currency == new.currency && until > since
    });
    earlier
        .iter()
        .map(|earlier| earlier.price)
        .min_by_key(|price| price.minor)
        .filter(|lowest| lowest.minor > new.minor)
}

/// Sets a price of its own; without one it has none.
pub(super) fn put<K: Ord>(prices: &mut BTreeMap<K, Money>, of: K, price: Option<Money>) {
    match price {
        Some(price) => prices.insert(of, price),
        None => prices.remove(&of),
    };
}

#[cfg(test)]
mod tests {
    use domain::shared::Currency;

    use super::*;

    fn money(minor: u32) -> Money {
        Money {
            minor,
            currency: Currency::EUR,
        }
    }

    /// Goes through prices, each asked for from a day of January or February on.
    fn was(prices: &[(u32, u32)]) -> Option<u32> {
        let mut earlier = Vec::new();
        let changes = prices.iter().zip(prices.iter().skip(1));
        let last = changes.map(|((_, old), (day, new))| {
            let (month, day) = if *day > 31 { (2, day - 31) } else { (1, *day) };
            let at = format!("2026-{month:02}-{day:02}T00:00:00Z");
            changed(&mut earlier, (money(*old), money(*new)), &at)
        });
        last.last().flatten().map(|money| money.minor)
    }

    #[test]
    fn a_reduction_is_measured_by_the_lowest_price_of_thirty_days() {
        assert_eq!(was(&[(1, 5_000), (20, 4_000)]), Some(5_000));
        assert_eq!(was(&[(1, 5_000), (10, 6_000), (20, 4_500)]), Some(5_000));
        assert_eq!(was(&[(1, 3_000), (2, 6_000), (20, 4_500)]), None);
        // By then the low price has ended more than thirty days ago.
        assert_eq!(was(&[(1, 3_000), (2, 6_000), (40, 4_500)]), Some(6_000));
    }

    #[test]
    fn a_rise_is_no_reduction() {
        assert_eq!(was(&[(1, 5_000), (20, 6_000)]), None);
    }

    #[test]
    fn another_currency_is_not_compared() {
        let mut earlier = Vec::new();
        let francs = Money {
            minor: 9_000,
            currency: Currency::parse("CHF").unwrap(),
        };
        let at = "2026-01-20T00:00:00Z";
        assert_eq!(changed(&mut earlier, (francs, money(4_000)), at), None);
        assert_eq!(earlier, []);
    }
}
