//! What the shop sells.

pub mod category;
pub mod collection;
pub mod garment;
pub mod search;
pub mod stock;
