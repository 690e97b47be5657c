//! Catalogues as files: our own JSONL and CSV, Shopify's product CSV, Google Merchant feeds (TSV and RSS).
//!
//! Reading streams: [`read`] holds one row, or the rows of one style, and everything it holds has a bound. A bad row is a
//! [`RowProblem`] and reading goes on. Writing is deterministic: the same items give the same bytes. A [`Bundle`] is a zip with
//! such a file and its pictures.
//!
//! Knows the formats, not the shop: an [`Item`] is text as it stood in the file. Whoever imports it checks it against the
//! rules of the domain.

mod amount;
mod bundle;
mod category;
mod colours;
mod complete;
mod detect;
mod fields;
mod google;
mod group;
mod html;
mod item;
mod jsonl;
mod limits;
mod own_csv;
mod problem;
mod read;
mod row;
mod shopify;
mod slugify;
mod table;
mod write;
mod xml;

pub use self::{
    amount::{AmountError, amount_text, minor_digits, parse_amount},
    bundle::{Bundle, BundleLimits, BundleRefusal, BundledTable},
    detect::{Format, UnknownFormat},
    item::{Colour, Item, LocalText, Price, SizeEntry, Status, UnknownStatus},
    limits::{MAX_GROUP_BYTES, MAX_GROUP_ROWS, MAX_RECORD_BYTES},
    problem::{RowProblem, Severity},
    read::{Entry, Items, ReadOptions, read},
    slugify::slugify,
    write::{WriteError, WriteOptions, Writer},
};
