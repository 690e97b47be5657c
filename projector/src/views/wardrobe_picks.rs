//! What wardrobes say of garments, a row each, so that it can be counted: which are liked, and which stand in one outfit.

use std::collections::BTreeSet;

use domain::{
    shared::{GarmentId, OutfitId, PictureId},
    wardrobe::wardrobe::WardrobeEvent,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::wardrobe::{OutfitDocument, WardrobeDocument};

/// Which rows may be others than those that are stored.
#[derive(Debug, Default)]
pub(super) struct Touched {
    favourites: BTreeSet<GarmentId>,
    outfits: BTreeSet<OutfitId>,
}

impl Touched {
    /// Notes what the event is about; the document is that from before it.
    pub(super) fn by(&mut self, event: &WardrobeEvent, before: &WardrobeDocument) {
        match event {
            WardrobeEvent::FavouriteAdded { garment }
            | WardrobeEvent::FavouriteRemoved { garment } => {
                self.favourites.insert(*garment);
            }
            WardrobeEvent::OutfitSaved { outfit, .. } | WardrobeEvent::OutfitRemoved { outfit } => {
                self.outfits.insert(*outfit);
            }
            WardrobeEvent::WardrobeHandedOver { .. } | WardrobeEvent::WardrobeErased {} => {
                let liked = before.favourites.iter();
                self.favourites.extend(liked.map(|liked| liked.garment));
                self.outfits
                    .extend(before.outfits.iter().map(|outfit| outfit.id));
            }
            WardrobeEvent::GarmentOwned { .. }
            | WardrobeEvent::GarmentDisowned { .. }
            | WardrobeEvent::OutfitShared { .. }
            | WardrobeEvent::OutfitUnshared { .. }
            | WardrobeEvent::WardrobeMerged { .. } => {}
        }
    }
}

/// An account, what of it was touched, and how it is now.
type Picked<'a> = (Uuid, &'a Touched, &'a WardrobeDocument);

/// Brings the rows of what was touched up to date.
pub(super) async fn write_in_tx<'a, I: Iterator<Item = Picked<'a>>>(
    tx: &mut PgConnection,
    picked: impl Fn() -> I,
) -> Result<(), sqlx::Error> {
    write_favourites_in_tx(tx, picked()).await?;
    write_outfits_in_tx(tx, picked()).await
}

async fn write_favourites_in_tx<'a>(
    tx: &mut PgConnection,
    picked: impl Iterator<Item = Picked<'a>>,
) -> Result<(), sqlx::Error> {
    let (mut accounts, mut garments, mut liked) = (Vec::new(), Vec::new(), Vec::new());
    for (account, touched, document) in picked {
        for garment in &touched.favourites {
            accounts.push(account);
            garments.push(garment.as_uuid());
            let mut favourites = document.favourites.iter();
            liked.push(favourites.any(|favourite| favourite.garment == *garment));
        }
    }
    if accounts.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "WITH given AS (
             SELECT * FROM UNNEST($1::UUID[], $2::UUID[], $3::BOOLEAN[]) AS given (account, garment, liked)
         ), gone AS (
             DELETE FROM wardrobe_favourite AS stored USING given
             WHERE stored.account = given.account AND stored.garment = given.garment AND NOT given.liked
         )
         INSERT INTO wardrobe_favourite (account, garment)
         SELECT account, garment FROM given WHERE liked
         ON CONFLICT (account, garment) DO NOTHING",
        &accounts,
        &garments,
        &liked
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn write_outfits_in_tx<'a>(
    tx: &mut PgConnection,
    picked: impl Iterator<Item = Picked<'a>>,
) -> Result<(), sqlx::Error> {
    let (mut accounts, mut outfits) = (Vec::new(), Vec::new());
    let (mut owners, mut of, mut garments) = (Vec::new(), Vec::new(), Vec::new());
    let mut pictures: Vec<Option<Uuid>> = Vec::new();
    for (account, touched, document) in picked {
        for id in &touched.outfits {
            accounts.push(account);
            outfits.push(id.as_uuid());
            let saved = document.outfits.iter().find(|outfit| outfit.id == *id);
            for garment in saved.map(of_outfit).unwrap_or_default() {
                owners.push(account);
                of.push(id.as_uuid());
                garments.push(garment.as_uuid());
                let picture = saved.and_then(OutfitDocument::picture_id);
                pictures.push(picture.map(PictureId::as_uuid));
            }
        }
    }
    if accounts.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "DELETE FROM wardrobe_outfit AS stored
         USING UNNEST($1::UUID[], $2::UUID[]) AS touched (account, outfit)
         WHERE stored.account = touched.account AND stored.outfit = touched.outfit",
        &accounts,
        &outfits
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "INSERT INTO wardrobe_outfit (account, outfit, garment, picture)
         SELECT * FROM UNNEST($1::UUID[], $2::UUID[], $3::UUID[], $4::UUID[])",
        &owners,
        &of,
        &garments,
        &pictures as &[Option<Uuid>]
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The garments of an outfit, each once.
fn of_outfit(outfit: &OutfitDocument) -> BTreeSet<GarmentId> {
    outfit.garments.iter().copied().collect()
}
