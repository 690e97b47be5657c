//! The keys of access tokens in PostgreSQL, and their rotation.
//!
//! A new one is made each month, shown for an hour and then signs; the last one checks for another day. All gateways read the same.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use http_kit::{Decision, Problem};
use sqlx::{PgConnection, PgPool};
use thiserror::Error;

use super::{
    keyring::{AccessClaims, Keyring},
    signing_key::{KEY, SigningKey},
};
use crate::{
    MasterKeys,
    database::in_time,
    decision::{Decided, note_in_tx},
    erasure::MasterKeyError,
};

/// How long keys are kept in memory. Another gateway's newer key is looked for sooner, when a token names it.
const KEPT: Duration = Duration::from_mins(1);

/// Between two looks for a key that a token names: whoever makes names up does not keep the database busy.
const LOOK: Duration = Duration::from_secs(2);

/// Held while keys are made, so that two gateways that begin at the same time make one.
const LOCK: i64 = 0x6472_6170_6b65_7973;

/// Why there are no keys.
#[derive(Debug, Error)]
enum SigningKeyError {
    #[error("a signing key cannot be opened")]
    Master(#[from] MasterKeyError),
    #[error("a signing key has another length")]
    Damaged,
}

impl From<SigningKeyError> for Problem {
    fn from(error: SigningKeyError) -> Self {
        let told = telemetry::chain(&error);
        tracing::error!("no access tokens can be signed: {told}");
        Self::unavailable()
    }
}

/// A key as it lies in the database.
struct Row {
    public: Vec<u8>,
    sealed: Vec<u8>,
    master: Option<String>,
    signs: bool,
}

/// The keys of access tokens.
pub(crate) struct SigningKeys {
    pool: PgPool,
    masters: MasterKeys,
    issuer: String,
    kept: Mutex<Option<(Instant, Arc<Keyring>)>>,
}

impl SigningKeys {
    pub(crate) fn new(pool: PgPool, masters: MasterKeys, issuer: String) -> Self {
        Self {
            pool,
            masters,
            issuer,
            kept: Mutex::default(),
        }
    }

    /// What a token says, if it is one of ours and has not ended.
    pub(crate) async fn check(&self, token: &str) -> Result<Option<AccessClaims>, Problem> {
        let keyring = self.keyring().await?;
        if keyring.lacks_key_of(token) {
            return Ok(self.younger(LOOK).await?.check(token));
        }
        Ok(keyring.check(token))
    }

    pub(super) async fn keyring(&self) -> Result<Arc<Keyring>, Problem> {
        self.younger(KEPT).await
    }

    /// The keys as they were no longer ago than this.
    async fn younger(&self, than: Duration) -> Result<Arc<Keyring>, Problem> {
        if let Some((since, keyring)) = self.kept().as_ref()
            && since.elapsed() < than
        {
            return Ok(Arc::clone(keyring));
        }
        let keyring = match self.load().await? {
            Some(keyring) => keyring,
            None => self.begin(None).await?,
        };
        Ok(self.keep(keyring))
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<(Instant, Arc<Keyring>)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, keyring: Keyring) -> Arc<Keyring> {
        let keyring = Arc::new(keyring);
        *self.kept() = Some((Instant::now(), Arc::clone(&keyring)));
        keyring
    }

    /// The keys; none where no key signs yet.
    async fn load(&self) -> Result<Option<Keyring>, Problem> {
        let rows = async { read(&mut *self.pool.acquire().await?).await };
        Ok(self.ring(&in_time(rows).await?)?)
    }

    fn ring(&self, rows: &[Row]) -> Result<Option<Keyring>, SigningKeyError> {
        let Some(signing) = rows.iter().find(|row| row.signs) else {
            return Ok(None);
        };
        let seed =
            self.masters
                .open(&signing.public, &signing.sealed, signing.master.as_deref())?;
        let signing = SigningKey::of(&seed).ok_or(SigningKeyError::Damaged)?;
        let public = rows
            .iter()
            .map(|row| <[u8; KEY]>::try_from(&row.public[..]));
        let public: Result<Vec<_>, _> = public.collect();
        let public = public.map_err(|_| SigningKeyError::Damaged)?;
        Ok(Some(Keyring::new(&self.issuer, &signing, public)))
    }

    /// A key that signs from now on, unless somebody else was faster. Where an admin decided so: in any case, and all others check
    /// nothing any more.
    async fn begin(&self, decision: Option<&Decision>) -> Result<Keyring, Problem> {
        let key = SigningKey::random()?;
        let (sealed, master) = self.seal(&key)?;
        let beginning = async {
            let mut tx = self.pool.begin().await?;
            lock(&mut tx).await?;
            if let Some(decision) = decision {
                sqlx::query!("DELETE FROM identity.signing_key")
                    .execute(&mut *tx)
                    .await?;
                note_in_tx(&mut tx, Decided::ReplaceSigningKeys, decision).await?;
            }
            sqlx::query!(
                "INSERT INTO identity.signing_key (id, public, sealed, master, signs_from)
                 SELECT $1, $2, $3, $4, now()
                 WHERE NOT EXISTS (SELECT FROM identity.signing_key WHERE signs_from <= now())",
                key.id,
                &key.public()[..],
                sealed,
                master
            )
            .execute(&mut *tx)
            .await?;
            let rows = read(&mut tx).await?;
            tx.commit().await?;
            Ok(rows)
        };
        let rows = in_time(beginning).await?;
        self.ring(&rows)?.ok_or_else(Problem::unavailable)
    }

    /// A new key in place of all there are: no token that was signed before is believed any more. Answers its id.
    pub(super) async fn replace(&self, decision: &Decision) -> Result<String, Problem> {
        let keyring = self.begin(Some(decision)).await?;
        let id = keyring.shown().first().map(|(id, _)| id.clone());
        self.keep(keyring);
        id.ok_or_else(Problem::internal)
    }

    fn seal(&self, key: &SigningKey) -> Result<(Vec<u8>, Option<String>), Problem> {
        let sealed = self.masters.seal(&key.public(), key.seed());
        sealed.map_err(|error| {
            tracing::error!("no key can be made: {}", telemetry::chain(&error));
            Problem::internal()
        })
    }

    /// Makes the key of the next month, forgets that of the last, and seals under the newest master key what is not.
    pub(crate) async fn turn(&self) -> Result<(), Problem> {
        let key = SigningKey::random()?;
        let (sealed, master) = self.seal(&key)?;
        let turning = async {
            let mut tx = self.pool.begin().await?;
            lock(&mut tx).await?;
            sqlx::query!(
                "INSERT INTO identity.signing_key (id, public, sealed, master, signs_from)
                 SELECT $1, $2, $3, $4, now() + interval '1 hour'
                 WHERE (SELECT max(created_at) FROM identity.signing_key) < now() - interval '30 days'",
                key.id,
                &key.public()[..],
                sealed,
                master
            )
            .execute(&mut *tx)
            .await?;
            sqlx::query!(
                "DELETE FROM identity.signing_key
                 WHERE EXISTS (SELECT FROM identity.signing_key AS newer
                               WHERE newer.signs_from > signing_key.signs_from AND newer.signs_from < now() - interval '1 day')"
            )
            .execute(&mut *tx)
            .await?;
            self.seal_anew_in_tx(&mut tx).await?;
            tx.commit().await
        };
        in_time(turning).await
    }

    /// Seals under the newest master key what is not.
    async fn seal_anew_in_tx(&self, tx: &mut PgConnection) -> Result<(), sqlx::Error> {
        let rows = sqlx::query!(
            "SELECT id, public, sealed, master FROM identity.signing_key WHERE master IS DISTINCT FROM $1",
            self.masters.newest()
        )
        .fetch_all(&mut *tx)
        .await?;
        for row in rows {
            // Without its master key, or with no key to turn to, it stays as it is.
            let opened = self
                .masters
                .open(&row.public, &row.sealed, row.master.as_deref());
            let Ok((sealed, Some(master))) = opened.map_or_else(
                |_| Ok((Vec::new(), None)),
                |seed| self.masters.seal(&row.public, &seed),
            ) else {
                continue;
            };
            sqlx::query!(
                "UPDATE identity.signing_key SET sealed = $2, master = $3 WHERE id = $1",
                row.id,
                sealed,
                master
            )
            .execute(&mut *tx)
            .await?;
        }
        Ok(())
    }
}

/// One gateway at a time; until the transaction ends.
async fn lock(tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("SELECT pg_advisory_xact_lock($1)", LOCK)
        .execute(tx)
        .await
        .map(|_| ())
}

/// All keys, the newest first.
async fn read(connection: &mut PgConnection) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "SELECT public, sealed, master, signs_from <= now() AS \"signs!\"
         FROM identity.signing_key ORDER BY signs_from DESC, id"
    )
    .fetch_all(connection)
    .await
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKeys")
    }
}
