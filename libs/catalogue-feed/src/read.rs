//! Any file, item after item.

use std::{fmt, io::Read};

use crate::{
    detect::Format, google::Google, group::Grouped, item::Item, jsonl::Lines, own_csv::OwnCsv,
    problem::RowProblem, shopify::Shopify, table::Table, xml::Feed,
};

/// An item, and the line that it begins on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The first line is 1.
    pub line: u64,
    /// What the file says.
    pub item: Item,
}

/// What a file does not say of itself.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// The currency of prices that name none, such as Shopify's.
    pub currency: Option<String>,
}

/// The items of a file, and what is wrong with it, in the file's order.
pub struct Items(Box<dyn Iterator<Item = Result<Entry, RowProblem>> + Send>);

impl fmt::Debug for Items {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Items")
    }
}

impl Iterator for Items {
    type Item = Result<Entry, RowProblem>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

/// Reads a file. Holds at most one record, or the records of one style that stand together.
pub fn read(format: Format, input: impl Read + Send + 'static, options: &ReadOptions) -> Items {
    let currency = options.currency.clone();
    Items(match format {
        Format::Jsonl => Box::new(Lines::new(input)),
        Format::Csv => Box::new(Grouped::new(Table::new(input, b','), OwnCsv::new(currency))),
        Format::ShopifyCsv => Box::new(Grouped::new(
            Table::new(input, b','),
            Shopify::new(currency),
        )),
        Format::GoogleTsv => Box::new(Grouped::new(
            Table::new(input, b'\t'),
            Google::new(currency),
        )),
        Format::GoogleXml => Box::new(Grouped::new(Feed::new(input), Google::new(currency))),
    })
}
