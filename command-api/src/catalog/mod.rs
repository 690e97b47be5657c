//! What the shop sells.

pub(crate) mod garment;
pub(crate) mod imports;
pub(crate) mod stock;
