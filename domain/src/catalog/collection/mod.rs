//! A collection: garments that are shown together, chosen by hand or by a rule. Added, revised, filled, pinned, removed.

mod add_collection;
mod choose_members;
mod details;
mod events;
mod members;
mod pin_garments;
mod remove_collection;
mod revise_collection;
mod state;

pub use self::{
    add_collection::{AddCollection, AddCollectionRejection},
    choose_members::{ChooseMembers, ChooseMembersRejection},
    details::{CollectionDetails, LocalWords},
    events::CollectionEvent,
    members::{Members, PriceRange, Rule, RuleSort},
    pin_garments::{PinGarments, PinGarmentsRejection},
    remove_collection::{RemoveCollection, RemoveCollectionRejection},
    revise_collection::{ReviseCollection, ReviseCollectionRejection},
    state::{Collection, CollectionCommand, CollectionRejection},
};
