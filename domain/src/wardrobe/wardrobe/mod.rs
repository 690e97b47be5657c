//! The wardrobe of one account: favourites, garments that it owns, outfits, and who may see them. Its id is the account's.

mod add_favourite;
mod disown_garment;
mod erase_wardrobe;
mod events;
mod hand_over_wardrobe;
mod merge_wardrobe;
mod own_garment;
mod remove_favourite;
mod remove_outfit;
mod revise_outfit;
mod save_outfit;
mod share_outfit;
mod state;
mod token_hash;
mod unshare_outfit;

pub use self::{
    add_favourite::{AddFavourite, AddFavouriteRejection},
    disown_garment::{DisownGarment, DisownGarmentRejection},
    erase_wardrobe::{EraseWardrobe, EraseWardrobeRejection},
    events::{Outfit, TriedOn, WardrobeEvent},
    hand_over_wardrobe::{HandOverWardrobe, HandOverWardrobeRejection},
    merge_wardrobe::{MergeWardrobe, MergeWardrobeRejection},
    own_garment::{OwnGarment, OwnGarmentRejection},
    remove_favourite::{RemoveFavourite, RemoveFavouriteRejection},
    remove_outfit::{RemoveOutfit, RemoveOutfitRejection},
    revise_outfit::{ReviseOutfit, ReviseOutfitRejection},
    save_outfit::{SaveOutfit, SaveOutfitRejection},
    share_outfit::{ShareOutfit, ShareOutfitRejection},
    state::{Contents, Owned, SavedOutfit, Share, Wardrobe, WardrobeCommand, WardrobeRejection},
    token_hash::{TokenHash, TokenHashError},
    unshare_outfit::{UnshareOutfit, UnshareOutfitRejection},
};
