//! What the shop sells.

pub(crate) mod garment;
