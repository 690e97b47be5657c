//! What the shop sells.

pub mod garment;
