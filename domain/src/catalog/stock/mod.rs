//! The stock of one garment, size by size: counted, then adjusted. Its id is the garment's.

mod adjust_stock;
mod count_stock;
mod events;
mod state;

pub use self::{
    adjust_stock::{AdjustStock, AdjustStockRejection},
    count_stock::{CountStock, CountStockRejection},
    events::{StockEvent, StockReason},
    state::{Stock, StockCommand, StockRejection},
};
