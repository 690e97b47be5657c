//! Values that more than one context speaks of. Parsed once, at the edge, then trusted.

mod blob_hash;
mod category;
mod circumstances;
mod colour;
mod ids;
mod kept_name;
mod label;
mod money;
mod search_words;
mod size;
mod slug;
mod text;

pub use self::{
    blob_hash::{BlobHash, BlobHashError},
    category::{Category, CategoryError},
    circumstances::Circumstances,
    colour::{Colour, ColourError},
    ids::{AccountId, ApiKeyId, CollectionId, GarmentId, IdError, OutfitId, PictureId, SessionId},
    kept_name::{KeptName, KeptNameError},
    label::{
        AttributeName, CategoryPath, Label, LabelError, Language, Moment, PolicyVersion, Sku,
        ViewName, WideNetwork,
    },
    money::{Currency, CurrencyError, Money},
    search_words::{SearchWords, SearchWordsError},
    size::{Size, SizeError},
    slug::{Slug, SlugError},
    text::{Description, GarmentName, OutfitName, Reason, TextError, Title},
};
