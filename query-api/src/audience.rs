//! Who may be told of a commit.

use std::{borrow::Borrow, collections::HashMap};

use http_kit::{Caller, Role};
use jetstream_es::Commit;
use sqlx::PgPool;
use uuid::Uuid;

/// Who may be told of a commit. Admins are told of everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Audience {
    Everyone,
    Merchandisers,
    Account(Uuid),
    Admins,
}

impl Audience {
    pub(crate) fn includes(&self, caller: Option<&Caller>) -> bool {
        let is = |role| caller.is_some_and(|caller| caller.is(role));
        if is(Role::Admin) {
            return true;
        }
        match self {
            Self::Everyone => true,
            Self::Merchandisers => is(Role::Merchandiser),
            Self::Account(account) => is_account(caller, Some(*account)),
            Self::Admins => false,
        }
    }
}

/// Whether the caller is this account.
pub(crate) fn is_account(caller: Option<&Caller>, account: Option<Uuid>) -> bool {
    let caller = caller.and_then(|caller| Uuid::try_parse(&caller.account).ok());
    account.is_some() && caller == account
}

/// Whether the caller keeps the catalogue.
pub(crate) fn keeps_catalogue(caller: Option<&Caller>) -> bool {
    caller.is_some_and(|caller| caller.is(Role::Merchandiser) || caller.is(Role::Admin))
}

const GARMENT: &str = "catalog.garment";
const STOCK: &str = "catalog.stock";
const COLLECTION: &str = "catalog.collection";
const CATEGORY: &str = "catalog.category";
const SEARCH: &str = "catalog.search";
const PICTURE: &str = "media.picture";
const SESSION: &str = "tryon.session";
const SUITABILITY: &str = "tryon.suitability";
const WARDROBE: &str = "wardrobe.wardrobe";

/// Says for each commit who may be told, as the views have it. The views must have come as far as the commits.
pub(crate) async fn audiences<C: Borrow<Commit>>(
    pool: &PgPool,
    commits: &[C],
) -> Result<Vec<Audience>, sqlx::Error> {
    let ids = |aggregate: &str| -> Vec<Uuid> {
        commits
            .iter()
            .map(Borrow::borrow)
            .filter(|commit: &&Commit| commit.aggregate_type == aggregate)
            .filter_map(|commit| Uuid::try_parse(&commit.aggregate_id).ok())
            .collect()
    };
    // A look at a garment has the garment's id.
    let garments = [ids(GARMENT), ids(SUITABILITY)].concat();
    let published = published(pool, &garments).await?;
    let mut owners = session_owners(pool, &ids(SESSION)).await?;
    owners.extend(picture_owners(pool, &ids(PICTURE)).await?);
    let audience = |commit: &Commit| {
        let Ok(id) = Uuid::try_parse(&commit.aggregate_id) else {
            return Audience::Admins;
        };
        match commit.aggregate_type.as_str() {
            GARMENT | SUITABILITY => match published.get(&id) {
                Some(since) if commit.position.sequence >= *since => Audience::Everyone,
                _ => Audience::Merchandisers,
            },
            // Numbers are not for shoppers, who ask whether there is something; nor is what the shop would rather sell.
            STOCK | SEARCH => Audience::Merchandisers,
            // Whoever browses sees them.
            COLLECTION | CATEGORY => Audience::Everyone,
            // A shop's own picture has no owner.
            PICTURE => owners
                .get(&id)
                .map_or(Audience::Merchandisers, |owner| Audience::Account(*owner)),
            SESSION => owners
                .get(&id)
                .map_or(Audience::Admins, |owner| Audience::Account(*owner)),
            // Its id is its owner's.
            WARDROBE => Audience::Account(id),
            _ => Audience::Admins,
        }
    };
    Ok(commits.iter().map(Borrow::borrow).map(audience).collect())
}

async fn published(pool: &PgPool, ids: &[Uuid]) -> Result<HashMap<Uuid, u64>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        "SELECT id, published AS \"published!\" FROM drape.garment_card
         WHERE id = ANY($1) AND published IS NOT NULL",
        ids
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((row.id, u64::try_from(row.published).ok()?)))
        .collect())
}

async fn session_owners(pool: &PgPool, ids: &[Uuid]) -> Result<HashMap<Uuid, Uuid>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        "SELECT id, requested_by FROM drape.tryon_status WHERE id = ANY($1)",
        ids
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id, row.requested_by))
        .collect())
}

async fn picture_owners(pool: &PgPool, ids: &[Uuid]) -> Result<HashMap<Uuid, Uuid>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    // Without an owner a private picture belongs to nobody: the nil account.
    let rows = sqlx::query!(
        "SELECT id, COALESCE(owner, '00000000-0000-0000-0000-000000000000') AS \"owner!\"
         FROM drape.picture WHERE id = ANY($1) AND purpose NOT IN ('catalogue', 'cutout')",
        ids
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.owner)).collect())
}
