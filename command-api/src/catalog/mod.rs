//! What the shop sells.

pub(crate) mod category;
pub(crate) mod collection;
pub(crate) mod garment;
pub(crate) mod imports;
pub(crate) mod mistakes;
pub(crate) mod search;
pub(crate) mod stock;
