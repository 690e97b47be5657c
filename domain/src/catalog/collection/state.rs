//! What a decision about a collection needs to remember, and no more.

use serde::{Deserialize, Serialize};

use super::{
    AddCollection, AddCollectionRejection, ChooseMembers, ChooseMembersRejection,
    CollectionDetails, CollectionEvent, Members, PinGarments, PinGarmentsRejection,
    RemoveCollection, RemoveCollectionRejection, ReviseCollection, ReviseCollectionRejection,
};
use crate::{decision::commands, shared::GarmentId};

/// How far a collection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) enum Standing {
    #[default]
    Unknown,
    There,
    Removed,
}

/// A collection, as its rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Collection {
    pub(super) standing: Standing,
    pub(super) details: Option<CollectionDetails>,
    pub(super) members: Option<Members>,
    pub(super) pinned: Vec<GarmentId>,
}

impl Collection {
    /// The most garments that are pinned.
    pub const MAX_PINNED: usize = 24;

    /// Whether somebody added it and nobody removed it.
    pub fn is_there(&self) -> bool {
        self.standing == Standing::There
    }

    pub(super) fn evolve(&mut self, event: CollectionEvent) {
        match event {
            CollectionEvent::CollectionAdded { details, members } => {
                self.standing = Standing::There;
                self.details = Some(details);
                self.members = Some(members);
            }
            CollectionEvent::CollectionRevised { details } => self.details = Some(details),
            CollectionEvent::CollectionMembersChosen { members } => self.members = Some(members),
            CollectionEvent::CollectionGarmentsPinned { garments } => self.pinned = garments,
            CollectionEvent::CollectionRemoved {} => self.standing = Standing::Removed,
        }
    }
}

commands! {
    Collection: "catalog.collection", CollectionEvent;
    CollectionCommand, CollectionRejection {
        AddCollection or AddCollectionRejection,
        ReviseCollection or ReviseCollectionRejection,
        ChooseMembers or ChooseMembersRejection,
        PinGarments or PinGarmentsRejection,
        RemoveCollection or RemoveCollectionRejection,
    }
}
