//! What access tokens are signed and checked with.

use std::{collections::HashMap, fmt, time::Duration};

use http_kit::{Role, Roles};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::OffsetDateTime;
use uuid::Uuid;

use super::signing_key::{KEY, SigningKey, decoding, id_of};
use crate::role::texts;

/// How long an access token lasts.
pub(super) const LIFETIME: Duration = Duration::from_mins(10);

/// By how many seconds the clocks of two gateways may differ.
const LEEWAY_S: u64 = 5;

/// What an access token is, so that no other token of ours is taken for one (RFC 9068, section 2.1).
const TYPE: &str = "at+jwt";

/// Who asked for it. There are no other clients (RFC 9068, section 2.2).
const CLIENT: &str = "drape";

/// A longer token is none of ours.
const LONGEST: usize = 2048;

/// What an access token says (RFC 9068, section 2.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// Who issued it.
    pub iss: String,
    /// Whom it is for: whoever serves the issuer's people.
    pub aud: String,
    /// The account.
    pub sub: Uuid,
    /// The program that asked for it.
    pub client_id: String,
    /// Seconds since 1970 when it was issued.
    pub iat: i64,
    /// Seconds since 1970 when it ends.
    pub exp: i64,
    /// The token.
    pub jti: Uuid,
    /// The session.
    pub sid: Uuid,
    /// What the account might do when it was issued: `shopper`, `merchandiser`, `analyst`, `admin`.
    pub roles: Vec<String>,
}

/// The secret cannot be a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a signing key is a seed of 32 bytes")]
pub struct NoKeyring;

/// Keys by their ids: one signs, all check.
pub struct Keyring {
    issuer: String,
    signing: (String, EncodingKey),
    checking: HashMap<String, DecodingKey>,
    shown: Vec<(String, [u8; KEY])>,
    validation: Validation,
}

impl Keyring {
    /// A key ring of one seed.
    pub fn of_seed(issuer: &str, seed: &[u8]) -> Result<Self, NoKeyring> {
        let key = SigningKey::of(seed).ok_or(NoKeyring)?;
        Ok(Self::new(issuer, &key, [key.public()]))
    }

    /// `signing` signs, and all these public keys check.
    pub(super) fn new(
        issuer: &str,
        signing: &SigningKey,
        public: impl IntoIterator<Item = [u8; KEY]>,
    ) -> Self {
        let shown: Vec<_> = public.into_iter().map(|key| (id_of(&key), key)).collect();
        let checking = shown.iter();
        let checking = checking.map(|(id, key)| (id.clone(), decoding(key)));
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.leeway = LEEWAY_S;
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        Self {
            issuer: issuer.to_owned(),
            signing: (signing.id.clone(), signing.encoding()),
            checking: checking.collect(),
            shown,
            validation,
        }
    }

    /// A token of an account of this number, for tests of what reads tokens; none where it cannot be signed.
    pub fn example(&self, number: u128) -> Option<String> {
        let id = Uuid::from_u128(number);
        let signed = self.sign((id, id, id), Role::Shopper.into());
        signed.ok().map(|(token, _)| token)
    }

    /// The public keys by their ids, the newest first.
    pub(super) fn shown(&self) -> &[(String, [u8; KEY])] {
        &self.shown
    }

    /// Whether the token was signed with a key of another ring, which may be a newer one.
    pub(super) fn lacks_key_of(&self, token: &str) -> bool {
        let id = header(token).and_then(|header| header.kid);
        id.is_some_and(|id| !self.checking.contains_key(&id))
    }

    /// A token and when it ends.
    pub(super) fn sign(
        &self,
        (account, session, token): (Uuid, Uuid, Uuid),
        roles: Roles,
    ) -> jsonwebtoken::errors::Result<(String, OffsetDateTime)> {
        let now = OffsetDateTime::now_utc();
        let ends = now + LIFETIME;
        let claims = AccessClaims {
            iss: self.issuer.clone(),
            aud: self.issuer.clone(),
            sub: account,
            client_id: CLIENT.to_owned(),
            iat: now.unix_timestamp(),
            exp: ends.unix_timestamp(),
            jti: token,
            sid: session,
            roles: texts(roles),
        };
        let (id, key) = &self.signing;
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(id.clone());
        Ok((encode(&header, &claims, key)?, ends))
    }

    /// What a token says, if it is one of ours and has not ended.
    pub fn check(&self, token: &str) -> Option<AccessClaims> {
        let header = header(token)?;
        if header.typ.as_deref() != Some(TYPE) || header.alg != Algorithm::EdDSA {
            return None;
        }
        let key = self.checking.get(header.kid.as_deref()?)?;
        let read = decode::<AccessClaims>(token, key, &self.validation);
        read.ok().map(|token| token.claims)
    }
}

fn header(token: &str) -> Option<Header> {
    (token.len() <= LONGEST)
        .then(|| decode_header(token).ok())
        .flatten()
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({})", self.shown.len())
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64URL_NOPAD;
    use serde_json::{Value, json};

    use super::*;

    const ISSUER: &str = "https://shop.example";
    const SEED: [u8; KEY] = [7; KEY];
    const NOBODY: Uuid = Uuid::from_u128(7);

    fn keyring() -> Keyring {
        Keyring::of_seed(ISSUER, &SEED).unwrap()
    }

    fn claims() -> Value {
        let now = OffsetDateTime::now_utc().unix_timestamp();
        json!({ "iss": ISSUER, "aud": ISSUER, "sub": NOBODY, "client_id": "drape", "iat": now, "exp": now + 600,
            "jti": NOBODY, "sid": NOBODY, "roles": ["shopper"] })
    }

    fn header() -> Header {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(SigningKey::of(&SEED).unwrap().id);
        header
    }

    fn signed(header: &Header, claims: &Value) -> String {
        let key = SigningKey::of(&SEED).unwrap().encoding();
        encode(header, claims, &key).unwrap()
    }

    #[test]
    fn what_is_signed_is_read_again() {
        let keyring = keyring();
        let (account, session, token) = (Uuid::from_u128(1), Uuid::from_u128(2), NOBODY);
        let who = (account, session, token);
        let (text, ends) = keyring.sign(who, Role::Analyst.into()).unwrap();
        let claims = keyring.check(&text).unwrap();
        assert_eq!((claims.sub, claims.sid, claims.jti), who);
        assert_eq!(claims.roles, ["analyst"]);
        assert_eq!(claims.exp, ends.unix_timestamp());
        assert_eq!(claims.exp - claims.iat, 600);
        assert!(
            keyring
                .check(&signed(&header(), &super::tests::claims()))
                .is_some()
        );
    }

    #[test]
    fn a_token_that_says_otherwise_is_none() {
        let keyring = keyring();
        let now = OffsetDateTime::now_utc().unix_timestamp();
        for (name, value) in [
            ("exp", json!(now - 10)),
            ("exp", Value::Null),
            ("exp", json!("never")),
            ("iss", json!("https://other.example")),
            ("aud", json!("https://other.example")),
            ("aud", Value::Null),
            ("sub", json!("root")),
            ("jti", Value::Null),
        ] {
            let mut wrong = claims();
            wrong[name] = value.clone();
            let token = signed(&header(), &wrong);
            assert!(keyring.check(&token).is_none(), "{name} = {value}");
        }
    }

    #[test]
    fn a_token_of_another_kind_or_key_is_none() {
        let keyring = keyring();
        let mut other_type = header();
        other_type.typ = Some("JWT".to_owned());
        assert!(keyring.check(&signed(&other_type, &claims())).is_none());
        let mut no_id = header();
        no_id.kid = None;
        assert!(keyring.check(&signed(&no_id, &claims())).is_none());
        // Signed with a key that is not on the ring, under the id of one that is, and under its own.
        let other = SigningKey::of(&[8; KEY]).unwrap();
        let forged = encode(&header(), &claims(), &other.encoding()).unwrap();
        assert!(keyring.check(&forged).is_none());
        let mut own_id = header();
        own_id.kid = Some(other.id.clone());
        let foreign = encode(&own_id, &claims(), &other.encoding()).unwrap();
        assert!(keyring.check(&foreign).is_none());
        assert!(keyring.lacks_key_of(&foreign));
        assert!(!keyring.lacks_key_of(&forged));
    }

    #[test]
    fn neither_no_signature_nor_the_public_key_as_a_secret_opens_anything() {
        let keyring = keyring();
        let public = SigningKey::of(&SEED).unwrap().public();
        let mut confused = header();
        confused.alg = Algorithm::HS256;
        for secret in [&public[..], hex::encode(public).as_bytes(), b""] {
            let token = encode(&confused, &claims(), &EncodingKey::from_secret(secret)).unwrap();
            assert!(keyring.check(&token).is_none());
        }
        let kid = &header().kid.unwrap();
        let body = BASE64URL_NOPAD.encode(claims().to_string().as_bytes());
        for alg in ["none", "None", "", "EdDSA"] {
            let header = json!({ "typ": "at+jwt", "alg": alg, "kid": kid }).to_string();
            let header = BASE64URL_NOPAD.encode(header.as_bytes());
            for token in [format!("{header}.{body}."), format!("{header}.{body}")] {
                assert!(keyring.check(&token).is_none(), "{alg}");
            }
        }
    }

    #[test]
    fn a_token_with_another_letter_is_none() {
        let keyring = keyring();
        let token = signed(&header(), &claims());
        for place in (0..token.len()).step_by(7) {
            let mut changed = token.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(keyring.check(&changed).is_none(), "{place}");
        }
        assert!(
            keyring
                .check(&format!("{token}{}", "A".repeat(LONGEST)))
                .is_none()
        );
    }
}
