//! Names lie in the views as in the log: sealed. They are opened for whoever reads them.

use blob_store::TextKey;
use domain::shared::{KeptName, OutfitId};
use http_kit::Problem;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::QueryApi;

/// A stored wardrobe; what has no name is passed on as it is.
#[derive(Deserialize, Serialize)]
struct Stored<'d> {
    #[serde(borrow)]
    favourites: &'d RawValue,
    #[serde(borrow)]
    owned: &'d RawValue,
    #[serde(borrow)]
    outfits: Vec<StoredOutfit<'d>>,
    version: u64,
}

#[derive(Deserialize, Serialize)]
struct StoredOutfit<'d> {
    id: OutfitId,
    name: String,
    #[serde(borrow)]
    garments: &'d RawValue,
    #[serde(borrow)]
    try_on: &'d RawValue,
    #[serde(borrow)]
    picture: &'d RawValue,
    #[serde(borrow)]
    shared: &'d RawValue,
    #[serde(borrow)]
    saved_at: &'d RawValue,
}

impl QueryApi {
    /// The document of this account's wardrobe with its names opened.
    pub(crate) async fn with_names(
        &self,
        account: Uuid,
        document: String,
    ) -> Result<String, Problem> {
        let mut stored: Stored =
            serde_json::from_str(&document).map_err(|error| damaged(&error))?;
        let names = self.names_of(account).await?;
        for outfit in &mut stored.outfits {
            let name = std::mem::take(&mut outfit.name);
            outfit.name = names.open(outfit.id, name);
        }
        serde_json::to_string(&stored).map_err(|error| damaged(&error))
    }

    /// What opens the names that this account gave.
    pub(super) async fn names_of(&self, account: Uuid) -> Result<Names, Problem> {
        let finding = self.inner.blobs.text_key(account);
        let limit = self.inner.options.database_timeout;
        match tokio::time::timeout(limit, finding).await {
            Ok(Ok(key)) => Ok(Names(key)),
            Ok(Err(error)) => {
                tracing::warn!(%error, "names cannot be opened: {error}");
                Err(Problem::unavailable())
            }
            Err(_) => {
                tracing::warn!("names were not opened in time");
                Err(Problem::unavailable())
            }
        }
    }
}

/// Opens names.
pub(super) struct Names(TextKey);

impl Names {
    /// The name of an outfit; an empty one, where its key is gone.
    pub(super) fn open(&self, outfit: OutfitId, name: String) -> String {
        match KeptName::try_from(name.clone()) {
            Ok(kept) => match kept.digits() {
                Some(digits) => self
                    .0
                    .open(&KeptName::about(outfit), digits)
                    .unwrap_or_default(),
                None => name,
            },
            Err(_) => name,
        }
    }
}

fn damaged(error: &serde_json::Error) -> Problem {
    tracing::error!(%error, "a view holds a document that is none");
    Problem::internal()
}
