//! A place in the tree of categories: what it is called. The tree itself is made by the garments that stand in it.

mod events;
mod name_category;
mod state;
mod unname_category;

pub use self::{
    events::CategoryEvent,
    name_category::{NameCategory, NameCategoryRejection},
    state::{CategoryCommand, CategoryNode, CategoryRejection, MAX_CATEGORY_LANGUAGES},
    unname_category::{UnnameCategory, UnnameCategoryRejection},
};
