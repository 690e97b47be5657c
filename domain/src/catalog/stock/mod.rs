//! The stock of one garment, size by size: counted, then adjusted; it says when a size runs low. Its id is the garment's.

mod adjust_stock;
mod count_stock;
mod events;
mod set_low_stock_level;
mod state;

pub use self::{
    adjust_stock::{AdjustStock, AdjustStockRejection},
    count_stock::{CountStock, CountStockRejection},
    events::{StockEvent, StockReason},
    set_low_stock_level::{SetLowStockLevel, SetLowStockLevelRejection},
    state::{Stock, StockCommand, StockRejection},
};
