//! What a search for some words shows first. Its id follows from the words.

mod events;
mod pin_search;
mod state;

pub use self::{
    events::SearchEvent,
    pin_search::{PinSearch, PinSearchRejection},
    state::{PinnedSearch, SearchCommand, SearchRejection},
};
