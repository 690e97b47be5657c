//! What the shop sells.

pub mod garment;
pub mod stock;
