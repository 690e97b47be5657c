//! Codes on paper: ten, each good once.

use http_kit::Problem;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::session::new_secret;

/// How many there are.
const COUNT: usize = 10;

/// Hexadecimal digits of one: 80 bits, so that their hash need not be slow.
const DIGITS: usize = 20;

/// New ones, as they are told.
pub(super) fn new_recovery_codes() -> Result<Vec<String>, Problem> {
    (0..COUNT).map(|_| one()).collect()
}

/// In groups that can be read out.
fn one() -> Result<String, Problem> {
    let secret = new_secret()?;
    let digits: Vec<char> = secret.reveal().chars().take(DIGITS).collect();
    let groups: Vec<String> = digits
        .chunks(5)
        .map(|group| group.iter().collect())
        .collect();
    Ok(groups.join("-"))
}

/// How one is remembered: SHA-256 of whom it belongs to and its digits, however they are written.
pub(super) fn hash(account: Uuid, code: &str) -> String {
    let digits: String = code
        .chars()
        .filter(char::is_ascii_hexdigit)
        .map(|digit| digit.to_ascii_lowercase())
        .collect();
    let digest = Sha256::new()
        .chain_update(account.as_bytes())
        .chain_update(digits.as_bytes())
        .finalize();
    hex::encode(digest)
}

/// Puts these in the place of those before.
pub(super) async fn replace_recovery_codes_in_tx(
    tx: &mut PgConnection,
    account: Uuid,
    codes: &[String],
) -> Result<(), sqlx::Error> {
    let hashes: Vec<String> = codes.iter().map(|code| hash(account, code)).collect();
    sqlx::query!(
        "DELETE FROM identity.recovery_code WHERE account = $1",
        account
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "INSERT INTO identity.recovery_code (account, code) SELECT $1, unnest($2::text[])",
        account,
        &hashes
    )
    .execute(&mut *tx)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_recognised_however_it_is_written_and_is_one_persons() {
        let (ada, bea) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let code = one().unwrap();
        assert_eq!(code.len(), 23, "{code}");
        let typed = code.replace('-', " ").to_uppercase();
        assert_eq!(hash(ada, &code), hash(ada, &typed));
        assert_ne!(hash(ada, &code), hash(bea, &code));
    }
}
