//! A key for each account, in PostgreSQL, sealed under a master key.

use blob_store::{FindingKey, KeysUnavailable, SealingKey};
use sqlx::PgPool;
use thiserror::Error;
use uuid::Uuid;

use super::{MasterKeyError, MasterKeys};

/// Keys that are sealed anew at once.
const AT_ONCE: i64 = 200;

/// Why a key cannot be had.
#[derive(Debug, Error)]
pub(super) enum SubjectKeyError {
    #[error("the sign-in's database cannot be used")]
    Database(#[from] sqlx::Error),
    #[error("a subject's key cannot be opened")]
    Master(#[from] MasterKeyError),
    #[error("a subject's key has another length")]
    Damaged,
    #[error(transparent)]
    NotSealed(#[from] blob_store::NotSealed),
}

/// A key for each account. Nothing is kept in memory: a key that is gone is gone at once.
#[derive(Debug, Clone)]
pub struct SubjectKeys {
    pool: PgPool,
    masters: MasterKeys,
}

/// A key as it lies in the database.
struct Row {
    sealed: Option<Vec<u8>>,
    master: Option<String>,
}

impl SubjectKeys {
    /// Keys in this database, under these master keys.
    pub fn new(pool: PgPool, masters: MasterKeys) -> Self {
        Self { pool, masters }
    }

    async fn find(&self, account: Uuid, make: bool) -> Result<Option<SealingKey>, SubjectKeyError> {
        if let Some(row) = self.row(account).await? {
            return self.open(account, row);
        }
        if !make {
            return Ok(None);
        }
        let key = SealingKey::random()?;
        let (sealed, master) = self.masters.seal(account.as_bytes(), key.reveal())?;
        // Whoever is faster wins, and an erasure wins over both.
        sqlx::query!(
            "INSERT INTO identity.subject_key (account, sealed, master) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            account,
            sealed,
            master
        )
        .execute(&self.pool)
        .await?;
        match self.row(account).await? {
            Some(row) => self.open(account, row),
            None => Ok(None),
        }
    }

    async fn row(&self, account: Uuid) -> Result<Option<Row>, sqlx::Error> {
        sqlx::query_as!(
            Row,
            "SELECT sealed, master FROM identity.subject_key WHERE account = $1",
            account
        )
        .fetch_optional(&self.pool)
        .await
    }

    fn open(&self, account: Uuid, row: Row) -> Result<Option<SealingKey>, SubjectKeyError> {
        let Some(sealed) = row.sealed else {
            return Ok(None);
        };
        let about = account.as_bytes();
        let opened = self.masters.open(about, &sealed, row.master.as_deref())?;
        let key = SealingKey::of(&opened);
        key.map(Some).ok_or(SubjectKeyError::Damaged)
    }

    /// Seals keys under the newest master key that are sealed under another one; says how many. Without a master key, none.
    pub(super) async fn turn(&self) -> Result<usize, SubjectKeyError> {
        let Some(newest) = self.masters.newest() else {
            return Ok(0);
        };
        let old = sqlx::query!(
            "SELECT account, sealed, master FROM identity.subject_key
             WHERE sealed IS NOT NULL AND master IS DISTINCT FROM $1 LIMIT $2",
            newest,
            AT_ONCE
        )
        .fetch_all(&self.pool)
        .await?;
        let count = old.len();
        for row in old {
            let was = row.sealed.clone();
            let row_now = Row {
                sealed: row.sealed,
                master: row.master,
            };
            let Some(key) = self.open(row.account, row_now)? else {
                continue;
            };
            let about = row.account.as_bytes();
            let (sealed, master) = self.masters.seal(about, key.reveal())?;
            // Not if it was erased meanwhile.
            sqlx::query!(
                "UPDATE identity.subject_key SET sealed = $2, master = $3 WHERE account = $1 AND sealed = $4",
                row.account,
                sealed,
                master,
                was
            )
            .execute(&self.pool)
            .await?;
        }
        Ok(count)
    }
}

impl blob_store::SubjectKeys for SubjectKeys {
    fn key(&self, subject: Uuid, make: bool) -> FindingKey<'_> {
        Box::pin(async move {
            let found = self.find(subject, make).await;
            found.map_err(|error| KeysUnavailable(Box::new(error)))
        })
    }
}
