//! What a decision about a wardrobe needs to remember, and no more.

use serde::{Deserialize, Serialize};

use super::{
    AddFavourite, AddFavouriteRejection, DisownGarment, DisownGarmentRejection, EraseWardrobe,
    EraseWardrobeRejection, HandOverWardrobe, HandOverWardrobeRejection, MergeWardrobe,
    MergeWardrobeRejection, Outfit, OwnGarment, OwnGarmentRejection, RemoveFavourite,
    RemoveFavouriteRejection, RemoveOutfit, RemoveOutfitRejection, ReviseOutfit,
    ReviseOutfitRejection, SaveOutfit, SaveOutfitRejection, ShareOutfit, ShareOutfitRejection,
    TokenHash, UnshareOutfit, UnshareOutfitRejection, WardrobeEvent,
};
use crate::{
    decision::commands,
    shared::{AccountId, GarmentId, OutfitId, PictureId, Size},
};

/// A garment that is owned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owned {
    /// Which one.
    pub garment: GarmentId,
    /// The size on its label.
    pub size: Option<Size>,
}

/// Who may see an outfit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Of the link's token.
    pub token: TokenHash,
    /// The picture that is shown with it.
    pub picture: Option<PictureId>,
}

/// An outfit that was written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedOutfit {
    /// Which one.
    pub id: OutfitId,
    /// What it is.
    pub is: Outfit,
    /// Who may see it; nobody but its owner without.
    pub share: Option<Share>,
}

impl SavedOutfit {
    /// Replaces what it is. A picture that is shared stays so only as long as it is this outfit's: another one was never shared.
    fn replace(&mut self, is: Outfit) {
        let picture = is.try_on.map(|tried| tried.picture);
        if let Some(share) = &mut self.share {
            share.picture = share.picture.filter(|shared| picture == Some(*shared));
        }
        self.is = is;
    }
}

/// All that is in a wardrobe, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Contents {
    /// What is liked.
    pub favourites: Vec<GarmentId>,
    /// What is owned.
    pub owned: Vec<Owned>,
    /// What goes together.
    pub outfits: Vec<SavedOutfit>,
}

impl Contents {
    /// The outfit under this id.
    pub fn outfit(&self, id: OutfitId) -> Option<&SavedOutfit> {
        self.outfits.iter().find(|outfit| outfit.id == id)
    }
}

/// A wardrobe, as its rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Wardrobe {
    /// Whether anything ever happened to it.
    pub(super) begun: bool,
    pub(super) contents: Contents,
    pub(super) merged: Vec<AccountId>,
}

impl Wardrobe {
    /// The most favourites.
    pub const MAX_FAVOURITES: usize = 1_000;
    /// The most garments that are owned.
    pub const MAX_OWNED: usize = 1_000;
    /// The most outfits.
    pub const MAX_OUTFITS: usize = 200;
    /// The most accounts whose wardrobes were taken over.
    pub const MAX_MERGED: usize = 100;

    /// All that is in it.
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    /// The accounts whose wardrobes it took over.
    pub fn merged(&self) -> &[AccountId] {
        &self.merged
    }

    /// Whether it took over what this account had.
    pub fn has_merged(&self, account: AccountId) -> bool {
        self.merged.contains(&account)
    }

    fn outfit_mut(&mut self, id: OutfitId) -> Option<&mut SavedOutfit> {
        let mut outfits = self.contents.outfits.iter_mut();
        outfits.find(|outfit| outfit.id == id)
    }

    fn save(&mut self, id: OutfitId, is: Outfit) {
        match self.outfit_mut(id) {
            Some(outfit) => outfit.replace(is),
            None => self.contents.outfits.push(SavedOutfit {
                id,
                is,
                share: None,
            }),
        }
    }

    fn share(&mut self, id: OutfitId, share: Option<Share>) {
        if let Some(outfit) = self.outfit_mut(id) {
            outfit.share = share;
        }
    }

    pub(super) fn evolve(&mut self, event: WardrobeEvent) {
        self.begun = true;
        let contents = &mut self.contents;
        match event {
            WardrobeEvent::FavouriteAdded { garment } => contents.favourites.push(garment),
            WardrobeEvent::FavouriteRemoved { garment } => {
                contents.favourites.retain(|liked| *liked != garment);
            }
            WardrobeEvent::GarmentOwned { garment, size } => {
                match contents.owned.iter_mut().find(|of| of.garment == garment) {
                    Some(owned) => owned.size = size,
                    None => contents.owned.push(Owned { garment, size }),
                }
            }
            WardrobeEvent::GarmentDisowned { garment } => {
                contents.owned.retain(|owned| owned.garment != garment);
            }
            WardrobeEvent::OutfitSaved { outfit, is } => self.save(outfit, is),
            WardrobeEvent::OutfitRemoved { outfit } => {
                contents.outfits.retain(|saved| saved.id != outfit);
            }
            WardrobeEvent::OutfitShared {
                outfit,
                token_sha256: token,
                picture,
            } => self.share(outfit, Some(Share { token, picture })),
            WardrobeEvent::OutfitUnshared { outfit } => self.share(outfit, None),
            WardrobeEvent::WardrobeMerged { from } => {
                if !self.merged.contains(&from) {
                    self.merged.push(from);
                }
            }
            WardrobeEvent::WardrobeHandedOver { .. } | WardrobeEvent::WardrobeErased {} => {
                self.contents = Contents::default();
            }
        }
    }
}

commands! {
    Wardrobe: "wardrobe.wardrobe", WardrobeEvent;
    WardrobeCommand, WardrobeRejection {
        AddFavourite or AddFavouriteRejection,
        RemoveFavourite or RemoveFavouriteRejection,
        OwnGarment or OwnGarmentRejection,
        DisownGarment or DisownGarmentRejection,
        SaveOutfit or SaveOutfitRejection,
        ReviseOutfit or ReviseOutfitRejection,
        RemoveOutfit or RemoveOutfitRejection,
        ShareOutfit or ShareOutfitRejection,
        UnshareOutfit or UnshareOutfitRejection,
        MergeWardrobe or MergeWardrobeRejection,
        HandOverWardrobe or HandOverWardrobeRejection,
        EraseWardrobe or EraseWardrobeRejection,
    }
}
