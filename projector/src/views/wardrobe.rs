//! What is in a wardrobe, and which of its outfits are shared.

use domain::{
    shared::{GarmentId, KeptName, OutfitId, PictureId, SessionId, Size},
    wardrobe::wardrobe::{Outfit, TokenHash, Wardrobe as WardrobeAggregate, WardrobeEvent},
};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    documents,
    wardrobe_picks::{self, Touched},
};
use crate::{ApplyError, Facts, PictureLink, ReadRow, Table, View};

/// What is in a wardrobe; the document that its owner gets. Times are RFC 3339.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WardrobeDocument {
    /// What is liked, oldest first.
    pub favourites: Vec<Favourite>,
    /// What is owned, oldest first.
    pub owned: Vec<OwnedGarment>,
    /// What goes together, oldest first.
    pub outfits: Vec<OutfitDocument>,
    /// Events of the wardrobe so far.
    pub version: u64,
}

/// A garment that is liked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Favourite {
    /// Which one.
    pub garment: GarmentId,
    /// Since when.
    pub since: String,
}

/// A garment that is owned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnedGarment {
    /// Which one.
    pub garment: GarmentId,
    /// The size on its label, where its owner said so.
    pub size: Option<Size>,
    /// Since when.
    pub since: String,
}

/// Garments that go together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutfitDocument {
    /// Which outfit.
    pub id: OutfitId,
    /// What its owner calls it, sealed.
    pub name: KeptName,
    /// The garments.
    pub garments: Vec<GarmentId>,
    /// The try-on that shows it.
    pub try_on: Option<SessionId>,
    /// The try-on's result.
    pub picture: Option<PictureLink>,
    /// Who may see it; nobody but its owner without.
    pub shared: Option<SharedDocument>,
    /// When it was last saved.
    pub saved_at: String,
}

/// What of an outfit is shared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedDocument {
    /// Whether the picture of its owner is shown too.
    pub picture: bool,
    /// Since when.
    pub since: String,
}

impl OutfitDocument {
    fn of(id: OutfitId, is: Outfit, at: &str) -> Self {
        Self {
            id,
            name: is.name,
            garments: is.garments,
            try_on: is.try_on.map(|tried| tried.session),
            picture: is.try_on.map(|tried| PictureLink::to(tried.picture)),
            shared: None,
            saved_at: at.to_owned(),
        }
    }

    pub(super) fn picture_id(&self) -> Option<PictureId> {
        self.picture.as_ref().map(|picture| picture.id)
    }
}

impl WardrobeDocument {
    const EMPTY: Self = Self {
        favourites: Vec::new(),
        owned: Vec::new(),
        outfits: Vec::new(),
        version: 0,
    };

    /// What the event makes of the document.
    pub fn evolve(document: Option<Self>, event: WardrobeEvent, at: &str) -> Self {
        let mut document = document.unwrap_or(Self::EMPTY);
        document.version += 1;
        match event {
            WardrobeEvent::FavouriteAdded { garment } => document.favourites.push(Favourite {
                garment,
                since: at.to_owned(),
            }),
            WardrobeEvent::FavouriteRemoved { garment } => {
                document.favourites.retain(|liked| liked.garment != garment);
            }
            WardrobeEvent::GarmentOwned { garment, size } => document.own(garment, size, at),
            WardrobeEvent::GarmentDisowned { garment } => {
                document.owned.retain(|owned| owned.garment != garment);
            }
            WardrobeEvent::OutfitSaved { outfit, is } => document.save(outfit, is, at),
            WardrobeEvent::OutfitRemoved { outfit } => {
                document.outfits.retain(|saved| saved.id != outfit);
            }
            WardrobeEvent::OutfitShared {
                outfit, picture, ..
            } => {
                let shared = SharedDocument {
                    picture: picture.is_some(),
                    since: at.to_owned(),
                };
                document.share(outfit, Some(shared));
            }
            WardrobeEvent::OutfitUnshared { outfit } => document.share(outfit, None),
            WardrobeEvent::WardrobeMerged { .. } => {}
            WardrobeEvent::WardrobeHandedOver { .. } | WardrobeEvent::WardrobeErased {} => {
                document = Self {
                    version: document.version,
                    ..Self::EMPTY
                };
            }
        }
        document
    }

    fn own(&mut self, garment: GarmentId, size: Option<Size>, at: &str) {
        match self.owned.iter_mut().find(|of| of.garment == garment) {
            Some(owned) => owned.size = size,
            None => self.owned.push(OwnedGarment {
                garment,
                size,
                since: at.to_owned(),
            }),
        }
    }

    /// Replaces what an outfit is. A picture that is shared stays so only as long as it is this outfit's.
    fn save(&mut self, id: OutfitId, is: Outfit, at: &str) {
        let mut saved = OutfitDocument::of(id, is, at);
        match self.outfits.iter_mut().find(|outfit| outfit.id == id) {
            Some(before) => {
                saved.shared = before.shared.take();
                if let Some(shared) = &mut saved.shared {
                    shared.picture &= saved.picture == before.picture;
                }
                *before = saved;
            }
            None => self.outfits.push(saved),
        }
    }

    fn share(&mut self, id: OutfitId, shared: Option<SharedDocument>) {
        if let Some(outfit) = self.outfits.iter_mut().find(|outfit| outfit.id == id) {
            outfit.shared = shared;
        }
    }
}

/// One document per account, and one row per link, per favourite, and per garment of an outfit.
#[derive(Debug)]
pub struct Wardrobe;

/// What is kept of a wardrobe.
#[derive(Debug)]
pub struct WardrobeRow {
    document: WardrobeDocument,
    /// The tokens of the outfits that are shared.
    links: Vec<(OutfitId, TokenHash)>,
    /// Whether the links that are stored are others.
    relinked: bool,
    /// Which rows of favourites and outfits that are stored may be others.
    touched: Touched,
}

impl WardrobeRow {
    fn relink(&mut self, event: &WardrobeEvent) {
        match event {
            WardrobeEvent::OutfitShared {
                outfit,
                token_sha256,
                ..
            } => {
                self.links.retain(|(of, _)| of != outfit);
                self.links.push((*outfit, token_sha256.clone()));
            }
            WardrobeEvent::OutfitUnshared { outfit } | WardrobeEvent::OutfitRemoved { outfit } => {
                self.links.retain(|(of, _)| of != outfit);
            }
            WardrobeEvent::WardrobeHandedOver { .. } | WardrobeEvent::WardrobeErased {} => {
                self.links.clear();
            }
            // It may no longer show the picture.
            WardrobeEvent::OutfitSaved { .. } => {}
            WardrobeEvent::FavouriteAdded { .. }
            | WardrobeEvent::FavouriteRemoved { .. }
            | WardrobeEvent::GarmentOwned { .. }
            | WardrobeEvent::GarmentDisowned { .. }
            | WardrobeEvent::WardrobeMerged { .. } => return,
        }
        self.relinked = true;
    }

    /// Token, outfit and shared picture of each link.
    fn looks(&self) -> impl Iterator<Item = (&TokenHash, OutfitId, Option<PictureId>)> {
        self.links.iter().map(|(id, token)| {
            let outfit = self.document.outfits.iter().find(|outfit| outfit.id == *id);
            let shows = |outfit: &&OutfitDocument| {
                outfit.shared.as_ref().is_some_and(|shared| shared.picture)
            };
            let picture = outfit.filter(shows).and_then(OutfitDocument::picture_id);
            (token, *id, picture)
        })
    }
}

impl View for Wardrobe {
    const NAME: &'static str = "wardrobe";
    const VERSION: i32 = 3;
    const TABLES: &'static [Table] = &[
        Table {
            name: "wardrobe",
            key: &["account"],
        },
        Table {
            name: "wardrobe_look",
            key: &["token"],
        },
        Table {
            name: "wardrobe_favourite",
            key: &["account", "garment"],
        },
        Table {
            name: "wardrobe_outfit",
            key: &["account", "outfit", "garment"],
        },
    ];
    type Aggregate = WardrobeAggregate;
    type Row = WardrobeRow;

    fn fold(row: Option<WardrobeRow>, event: WardrobeEvent, facts: &Facts) -> Option<WardrobeRow> {
        let mut row = row.unwrap_or(WardrobeRow {
            document: WardrobeDocument::EMPTY,
            links: Vec::new(),
            relinked: false,
            touched: Touched::default(),
        });
        row.relink(&event);
        row.touched.by(&event, &row.document);
        let document = WardrobeDocument::evolve(Some(row.document), event, &facts.at);
        Some(WardrobeRow { document, ..row })
    }

    async fn read_in_tx(
        tx: &mut PgConnection,
        ids: &[Uuid],
    ) -> Result<Vec<ReadRow<WardrobeRow>>, sqlx::Error> {
        let rows = sqlx::query!(
            "SELECT account, document FROM wardrobe WHERE account = ANY($1)",
            ids
        )
        .fetch_all(&mut *tx)
        .await?;
        let links = sqlx::query!(
            "SELECT account, outfit, token FROM wardrobe_look WHERE account = ANY($1) ORDER BY token",
            ids
        )
        .fetch_all(tx)
        .await?;
        let read = rows.into_iter().map(|row| {
            let of_account = links.iter().filter(|link| link.account == row.account);
            let links = of_account.map(|link| {
                let token = TokenHash::parse(&link.token);
                let token = token.map_err(|_| ApplyError::Unexpected("a link has no token"))?;
                Ok((OutfitId::new(link.outfit), token))
            });
            let links = links.collect::<Result<Vec<_>, ApplyError>>();
            let document = serde_json::from_str(&row.document).map_err(ApplyError::from);
            let row_of = |document, links| WardrobeRow {
                document,
                links,
                relinked: false,
                touched: Touched::default(),
            };
            let read = document.and_then(|document| Ok(row_of(document, links?)));
            (row.account, read)
        });
        Ok(read.collect())
    }

    async fn write_in_tx(
        tx: &mut PgConnection,
        rows: &mut [(Uuid, WardrobeRow)],
    ) -> Result<(), ApplyError> {
        let ids: Vec<Uuid> = rows.iter().map(|(id, _)| *id).collect();
        sqlx::query!(
            "INSERT INTO wardrobe (account, document) SELECT * FROM UNNEST($1::UUID[], $2::TEXT[])
             ON CONFLICT (account) DO UPDATE SET document = excluded.document",
            &ids,
            &documents(rows, |row| &row.document)?
        )
        .execute(&mut *tx)
        .await?;
        write_looks_in_tx(tx, rows).await?;
        let picks = || {
            rows.iter()
                .map(|(id, row)| (*id, &row.touched, &row.document))
        };
        wardrobe_picks::write_in_tx(tx, picks).await?;
        for (_, row) in rows {
            row.relinked = false;
            row.touched = Touched::default();
        }
        Ok(())
    }
}

/// The links of an account are few: where one changed, all are written anew.
async fn write_looks_in_tx(
    tx: &mut PgConnection,
    rows: &[(Uuid, WardrobeRow)],
) -> Result<(), ApplyError> {
    let relinked = || rows.iter().filter(|(_, row)| row.relinked);
    let accounts: Vec<Uuid> = relinked().map(|(id, _)| *id).collect();
    if accounts.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "DELETE FROM wardrobe_look WHERE account = ANY($1)",
        &accounts
    )
    .execute(&mut *tx)
    .await?;
    let looks = || relinked().flat_map(|(id, row)| row.looks().map(move |look| (*id, look)));
    let tokens: Vec<String> = looks()
        .map(|(_, (token, ..))| token.as_str().to_owned())
        .collect();
    let owners: Vec<Uuid> = looks().map(|(id, _)| id).collect();
    let outfits: Vec<Uuid> = looks()
        .map(|(_, (_, outfit, _))| outfit.as_uuid())
        .collect();
    let pictures: Vec<Option<Uuid>> = looks()
        .map(|(_, (.., picture))| picture.map(PictureId::as_uuid))
        .collect();
    sqlx::query!(
        "INSERT INTO wardrobe_look (token, account, outfit, picture)
         SELECT * FROM UNNEST($1::TEXT[], $2::UUID[], $3::UUID[], $4::UUID[])",
        &tokens,
        &owners,
        &outfits,
        &pictures as &[Option<Uuid>]
    )
    .execute(tx)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            id: Uuid::from_u128(9),
            sequence: 1,
            at: "2026-01-01T00:00:00Z".to_owned(),
            actor: None,
        }
    }

    fn after(events: impl IntoIterator<Item = WardrobeEvent>) -> WardrobeRow {
        let fold = |row, event| Wardrobe::fold(row, event, &facts());
        events.into_iter().fold(None, fold).unwrap()
    }

    #[test]
    fn what_was_put_in_and_taken_out_is_not_there() {
        let row = after(WardrobeEvent::samples());
        let wanted = WardrobeDocument {
            version: 11,
            ..WardrobeDocument::EMPTY
        };
        assert_eq!(row.document, wanted);
        assert_eq!(row.looks().count(), 0);
    }

    #[test]
    fn a_link_shows_the_picture_that_was_shared_and_no_other() {
        let samples = WardrobeEvent::samples();
        let (saved, shared) = (samples[4].clone(), samples[5].clone());
        let picture = PictureId::new(Uuid::from_u128(7));
        let row = after([saved.clone(), shared.clone()]);
        let looks: Vec<_> = row.looks().map(|(_, _, picture)| picture).collect();
        assert_eq!(looks, [Some(picture)]);
        let WardrobeEvent::OutfitSaved { outfit, mut is } = saved.clone() else {
            panic!("another sample stands there");
        };
        is.try_on = None;
        let untried = WardrobeEvent::OutfitSaved { outfit, is };
        let row = after([saved.clone(), shared.clone(), untried, saved.clone()]);
        let looks: Vec<_> = row.looks().map(|(_, _, picture)| picture).collect();
        assert_eq!(looks, [None]);
        let over = samples[9].clone();
        assert_eq!(after([saved, shared, over]).looks().count(), 0);
    }
}
