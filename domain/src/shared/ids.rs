//! Ids are types: a `GarmentId` cannot be passed where a `SessionId` is wanted.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

/// The text is no id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("an id is a UUID such as 01900000-0000-7000-8000-000000000000")]
pub struct IdError;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Names the thing by this UUID: version 7 where it was made at random, version 5 where it was derived.
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The UUID inside.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::try_parse(text).map(Self).map_err(|_| IdError)
            }
        }
    )+};
}

ids! {
    /// One garment of the catalogue.
    GarmentId,
    /// One collection: garments that are shown together.
    CollectionId,
    /// One uploaded or produced picture, with all its renditions.
    PictureId,
    /// One try-on: a person, a garment, and what became of it.
    SessionId,
    /// One outfit of a wardrobe: garments that go together.
    OutfitId,
    /// One account. Opaque: nothing about the person can be read from it.
    AccountId,
    /// One API key of an account; not the secret itself.
    ApiKeyId,
}
