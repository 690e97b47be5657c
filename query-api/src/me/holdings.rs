//! What is known of an account: its documents, and where its pictures lie.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use domain::{shared::AccountId, wardrobe::wardrobe::Wardrobe};
use http_kit::Problem;
use jetstream_es::Executor;
use serde_json::{Value, value::RawValue};
use thiserror::Error;
use uuid::Uuid;

use crate::{QueryApi, database::in_time};

/// Whoever keeps the sign-in does not answer.
#[derive(Debug, Error)]
#[error("what the sign-in knows of an account cannot be had: {0}")]
pub struct RecordUnavailable(pub String);

/// A record on its way.
pub type FindingRecord<'a> =
    Pin<Box<dyn Future<Output = Result<Value, RecordUnavailable>> + Send + 'a>>;

/// What the sign-in knows of an account, for its owner: addresses, sessions, keys, and no secret.
pub trait AccountRecord: Send + Sync {
    /// The record of this account.
    fn of(&self, account: Uuid) -> FindingRecord<'_>;
}

/// Who tells the records.
#[derive(Clone)]
pub struct Accounts(Arc<dyn AccountRecord>);

impl Accounts {
    /// These records.
    pub fn new(records: impl AccountRecord + 'static) -> Self {
        Self(Arc::new(records))
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Accounts")
    }
}

/// Everything that is known of an account.
pub(super) struct Holdings {
    pub(super) account: Value,
    pub(super) wardrobe: Option<Box<RawValue>>,
    pub(super) try_ons: Vec<Box<RawValue>>,
    pub(super) pictures: Vec<HeldPicture>,
}

/// A picture of somebody's.
pub(super) struct HeldPicture {
    pub(super) id: Uuid,
    pub(super) owner: Uuid,
    pub(super) purpose: String,
    pub(super) document: Box<RawValue>,
    /// Where the original lies, while it is kept.
    pub(super) blob: Option<String>,
    pub(super) media_type: Option<String>,
}

impl QueryApi {
    /// What is known of this account, and of the guests that its owner was before.
    pub(super) async fn holdings(&self, account: Uuid) -> Result<Holdings, Problem> {
        let accounts = self.accounts_of(account).await?;
        let limit = self.inner.options.database_timeout;
        let record = match &self.inner.options.accounts {
            Some(accounts) => tokio::time::timeout(limit, accounts.0.of(account))
                .await
                .map_err(|_| Problem::unavailable())?
                .map_err(|error| {
                    tracing::warn!("{error}");
                    Problem::unavailable()
                })?,
            None => Value::Null,
        };
        let wardrobe = sqlx::query_scalar!(
            "SELECT document FROM drape.wardrobe WHERE account = $1",
            account
        );
        let wardrobe = in_time(limit, wardrobe.fetch_optional(&self.inner.pool)).await?;
        let wardrobe = match wardrobe {
            Some(document) => Some(self.with_names(account, document).await?),
            None => None,
        };
        let try_ons = sqlx::query_scalar!(
            "SELECT document FROM drape.tryon_status WHERE requested_by = ANY($1) ORDER BY id",
            &accounts
        );
        let try_ons = in_time(limit, try_ons.fetch_all(&self.inner.pool)).await?;
        Ok(Holdings {
            account: record,
            wardrobe: wardrobe.map(raw).transpose()?,
            try_ons: try_ons.into_iter().map(raw).collect::<Result<_, _>>()?,
            pictures: self.pictures_of(&accounts).await?,
        })
    }

    async fn pictures_of(&self, accounts: &[Uuid]) -> Result<Vec<HeldPicture>, Problem> {
        let pictures = sqlx::query!(
            "SELECT picture.id, picture.owner AS \"owner!\", picture.purpose, picture.document,
                    original.blob AS \"blob?\", original.media_type AS \"media_type?\"
             FROM drape.picture AS picture
             LEFT JOIN drape.picture_rendition AS original ON original.picture = picture.id AND original.name = 'original'
             WHERE picture.owner = ANY($1) ORDER BY picture.id",
            accounts
        );
        let limit = self.inner.options.database_timeout;
        let pictures = in_time(limit, pictures.fetch_all(&self.inner.pool)).await?;
        let held = pictures.into_iter().map(|row| {
            Ok(HeldPicture {
                id: row.id,
                owner: row.owner,
                purpose: row.purpose,
                document: raw(row.document)?,
                blob: row.blob,
                media_type: row.media_type,
            })
        });
        held.collect()
    }

    /// The account, and the guests whose wardrobes it took over.
    async fn accounts_of(&self, account: Uuid) -> Result<Vec<Uuid>, Problem> {
        let wardrobes = Executor::<Wardrobe>::new(self.inner.log.clone(), ());
        let id = account.to_string();
        let loading = wardrobes.load(&id);
        let wardrobe = tokio::time::timeout(self.inner.options.database_timeout, loading)
            .await
            .map_err(|_| Problem::unavailable())??;
        let merged = wardrobe.aggregate.merged().iter();
        Ok(std::iter::once(account)
            .chain(merged.copied().map(AccountId::as_uuid))
            .collect())
    }
}

/// A document as it is stored.
fn raw(document: String) -> Result<Box<RawValue>, Problem> {
    RawValue::from_string(document).map_err(|error| {
        tracing::error!(%error, "a view holds no JSON");
        Problem::internal()
    })
}
