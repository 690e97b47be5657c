//! The secrets in a mail, and their hashes.

use http_kit::{NoRandomness, SecretToken};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::mail::Secrets;

/// Digits of a code. With five attempts for each and a handful of mails an hour, nobody guesses one.
const CODES: u64 = 100_000_000;

/// New ones, with the hashes of the code and of the link's secret.
pub(crate) fn new_secrets(challenge: Uuid) -> Result<(Secrets, String, String), NoRandomness> {
    let link = SecretToken::random()?;
    let digits = SecretToken::random()?;
    // 64 of its bits: what a hundred million leaves over makes no difference.
    let number = u64::from_str_radix(&digits.reveal()[..16], 16).unwrap_or_default();
    let code = format!("{:08}", number % CODES);
    let hashes = (code_hash(challenge, &code), link.sha256());
    let secrets = Secrets {
        code,
        link: link.reveal().to_owned(),
    };
    Ok((secrets, hashes.0, hashes.1))
}

/// SHA-256 of a code and what it belongs to, in hexadecimal digits. It is of no use after a quarter of an hour, so it need not
/// be slow.
pub(crate) fn code_hash(challenge: Uuid, code: &str) -> String {
    let digest = Sha256::new()
        .chain_update(challenge.as_bytes())
        .chain_update(code.as_bytes())
        .finalize();
    hex::encode(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_eight_digits_and_belongs_to_its_challenge() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let (secrets, code, link) = new_secrets(one).unwrap();
        assert_eq!(secrets.code.len(), 8);
        assert!(secrets.code.bytes().all(|byte| byte.is_ascii_digit()));
        assert_eq!(code, code_hash(one, &secrets.code));
        assert_ne!(code, code_hash(other, &secrets.code));
        let token: SecretToken = secrets.link.parse().unwrap();
        assert_eq!(token.sha256(), link);
    }
}
