//! A challenge ends: somebody shows its secret.

use http::StatusCode;
use http_kit::Problem;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{Proof, Purpose, code_hash};
use crate::{
    database::in_time,
    mail::MailLanguage,
    password::{StoredPassword, same},
};

/// What was shown to belong to whoever asks.
pub(crate) struct Redeemed {
    pub(crate) id: Uuid,
    pub(crate) email: String,
    pub(crate) email_key: String,
    pub(crate) language: MailLanguage,
    pub(crate) account: Option<(Uuid, StoredPassword)>,
}

/// The challenge that this is the secret of, else 422 `proof-refused`. A code may be tried five times. It is good until
/// [`used_in_tx`] ends it, so that what broke off can be tried again.
pub(crate) async fn redeem(
    pool: &PgPool,
    purpose: Purpose,
    proof: Proof,
) -> Result<Redeemed, Problem> {
    let found = match &proof {
        Proof::Link(token) => by_link(pool, purpose, &token.sha256()).await?,
        Proof::Code { email, code } => by_code(pool, purpose, &email.key(), code).await?,
    };
    found.ok_or_else(|| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "proof-refused",
            "This is not the newest code or link, or it is not good any more",
        )
        .detail("Codes and links work for 15 minutes, once; a code may be tried five times. Ask for another mail.")
    })
}

/// Ends all challenges for this address: their secrets open nothing any more.
pub(crate) async fn used_in_tx(
    tx: &mut PgConnection,
    purpose: Purpose,
    email_key: &str,
) -> Result<(), sqlx::Error> {
    let delete = sqlx::query!(
        "DELETE FROM identity.challenge WHERE email_key = $1 AND purpose = $2",
        email_key,
        purpose.as_str()
    );
    delete.execute(tx).await.map(|_| ())
}

async fn by_link(pool: &PgPool, purpose: Purpose, hash: &str) -> Result<Option<Redeemed>, Problem> {
    let select = sqlx::query!(
        "SELECT id, email, email_key, language, account, password, pepper FROM identity.challenge
         WHERE link = $1 AND purpose = $2 AND expires_at > now() AND attempts_left > 0",
        hash,
        purpose.as_str()
    );
    let row = in_time(select.fetch_optional(pool)).await?;
    Ok(row.map(|row| Redeemed {
        id: row.id,
        email: row.email,
        email_key: row.email_key,
        language: MailLanguage::of(&row.language),
        account: account_of(row.account, row.password, row.pepper),
    }))
}

async fn by_code(
    pool: &PgPool,
    purpose: Purpose,
    email_key: &str,
    code: &str,
) -> Result<Option<Redeemed>, Problem> {
    // An attempt is taken before anybody sees whether it was right.
    let take = sqlx::query!(
        "UPDATE identity.challenge SET attempts_left = attempts_left - 1
         WHERE attempts_left > 0 AND id = (
             SELECT id FROM identity.challenge
             WHERE email_key = $1 AND purpose = $2 AND code IS NOT NULL AND expires_at > now()
             ORDER BY created_at DESC LIMIT 1)
         RETURNING id, email, email_key, language, account, password, pepper, code",
        email_key,
        purpose.as_str()
    );
    let Some(row) = in_time(take.fetch_optional(pool)).await? else {
        return Ok(None);
    };
    let wanted = row.code.unwrap_or_default();
    if !same(&wanted, &code_hash(row.id, code)) {
        return Ok(None);
    }
    // It was right, and may have to be shown once more.
    let give_back = sqlx::query!(
        "UPDATE identity.challenge SET attempts_left = attempts_left + 1 WHERE id = $1",
        row.id
    );
    in_time(give_back.execute(pool)).await?;
    Ok(Some(Redeemed {
        id: row.id,
        email: row.email,
        email_key: row.email_key,
        language: MailLanguage::of(&row.language),
        account: account_of(row.account, row.password, row.pepper),
    }))
}

fn account_of(
    account: Option<Uuid>,
    password: Option<String>,
    pepper: Option<String>,
) -> Option<(Uuid, StoredPassword)> {
    let phc = password?;
    Some((account?, StoredPassword { phc, pepper }))
}
