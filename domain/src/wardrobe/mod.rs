//! What somebody likes, owns and wears together.

#[expect(
    clippy::module_inception,
    reason = "the context has one aggregate, and everybody calls it by the context's name"
)]
pub mod wardrobe;
