//! One signature over one text (`COSE_Sign1`, RFC 9052), with the certificates that it is held against (RFC 9360).

use ring::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED,
        ECDSA_P384_SHA384_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair,
        RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
        RSA_PSS_SHA256, RsaKeyPair, UnparsedPublicKey, VerificationAlgorithm,
    },
};

use super::{cbor::Value, certificate::KeyKind};

/// The tag of a signature by one.
const SIGN1: u64 = 18;
/// The header that names the algorithm, and the one with the certificates.
const ALGORITHM: u64 = 1;
const CERTIFICATES: u64 = 33;

/// In the second header: what an authority said of the signature, and how the first version of that was called.
const STAMP: &str = "sigTst2";
const FIRST_STAMP: &str = "sigTst";
const TOKENS: &str = "tstTokens";
/// What is signed, and what is said of it by others (RFC 9052, section 4.4).
const SIGNATURE: &str = "Signature1";
const COUNTERSIGNATURE: &str = "CounterSignature";

/// A private key.
pub(crate) enum Key {
    Es256(EcdsaKeyPair),
    Es384(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Ps256(RsaKeyPair),
}

impl Key {
    /// From PKCS#8, whichever kind it is.
    pub(crate) fn read(der: &[u8]) -> Option<Self> {
        let random = SystemRandom::new();
        let curve = |algorithm| EcdsaKeyPair::from_pkcs8(algorithm, der, &random).ok();
        curve(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .map(Self::Es256)
            .or_else(|| curve(&ECDSA_P384_SHA384_FIXED_SIGNING).map(Self::Es384))
            .or_else(|| {
                Ed25519KeyPair::from_pkcs8_maybe_unchecked(der)
                    .ok()
                    .map(Self::Ed25519)
            })
            .or_else(|| RsaKeyPair::from_pkcs8(der).ok().map(Self::Ps256))
    }

    /// Its algorithm's number, counted down from -1.
    const fn algorithm(&self) -> u64 {
        match self {
            Self::Es256(_) => 6,
            Self::Es384(_) => 34,
            Self::Ed25519(_) => 7,
            Self::Ps256(_) => 36,
        }
    }

    fn sign(&self, text: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match self {
            Self::Es256(key) | Self::Es384(key) => {
                Some(key.sign(&random, text).ok()?.as_ref().to_vec())
            }
            Self::Ed25519(key) => Some(key.sign(text).as_ref().to_vec()),
            Self::Ps256(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PSS_SHA256, &random, text, &mut signature)
                    .ok()?;
                Some(signature)
            }
        }
    }
}

/// A signature of a text that is kept elsewhere, with room for what an authority says of it.
pub(crate) struct Signed {
    protected: Vec<u8>,
    value: Vec<u8>,
}

/// Always as long for one key and one chain.
pub(crate) fn sign(key: &Key, chain: &[Vec<u8>], text: &[u8]) -> Option<Signed> {
    let certificates = match chain {
        [only] => Value::Bytes(only.clone()),
        several => Value::Array(several.iter().cloned().map(Value::Bytes).collect()),
    };
    let protected = Value::Map(vec![
        (Value::Unsigned(ALGORITHM), Value::Negative(key.algorithm())),
        (Value::Unsigned(CERTIFICATES), certificates),
    ]);
    let protected = protected.encoded();
    let value = key.sign(&signed_text(SIGNATURE, &protected, text))?;
    Some(Signed { protected, value })
}

impl Signed {
    /// As it stands in a manifest. The second header fills `room` bytes, with a token or with none; none where it cannot.
    pub(crate) fn encoded(&self, token: Option<&[u8]>, room: usize) -> Option<Vec<u8>> {
        let parts = vec![
            Value::Bytes(self.protected.clone()),
            unprotected(token, room)?,
            Value::Null,
            Value::Bytes(self.value.clone()),
        ];
        Some(Value::Tag(SIGN1, Box::new(Value::Array(parts))).encoded())
    }

    /// What an authority is asked about.
    pub(crate) fn attested_text(&self) -> Vec<u8> {
        attested_text(&self.protected, &self.value)
    }
}

/// Bytes of the second header that a token of this length takes.
pub(crate) fn room_of(token_bytes: usize) -> usize {
    let token = vec![0; token_bytes];
    stamp(&token).encoded().len() + Value::text(STAMP).encoded().len()
}

/// A `tstContainer` (C2PA 2.3, section 10.3.2.5.4).
fn stamp(token: &[u8]) -> Value {
    let token = Value::map([("val", Value::Bytes(token.to_vec()))]);
    Value::map([(TOKENS, Value::Array(vec![token]))])
}

fn unprotected(token: Option<&[u8]>, room: usize) -> Option<Value> {
    let mut entries: Vec<_> = token
        .map(|token| (Value::text(STAMP), stamp(token)))
        .into_iter()
        .collect();
    let used = token.map_or(0, |token| room_of(token.len()));
    let left = room.checked_sub(used)?;
    if left > 0 {
        entries.extend(padding(left)?);
    }
    Some(Value::Map(entries))
}

/// So many bytes of nothing, in one entry of a map, or in two where no single one is as long.
fn padding(bytes: usize) -> Option<Vec<(Value, Value)>> {
    let length = |entry: &(Value, Value)| entry.0.encoded().len() + entry.1.encoded().len();
    let entry = |name: &str, zeros: usize| (Value::text(name), Value::Bytes(vec![0; zeros]));
    let second = entry("pad2", 0);
    let tries = [vec![], vec![second]];
    tries.into_iter().find_map(|more| {
        let left = bytes.checked_sub(more.iter().map(length).sum())?;
        let found = (left.saturating_sub(10)..left)
            .map(|zeros| entry("pad", zeros))
            .find(|entry| length(entry) == left)?;
        Some(std::iter::once(found).chain(more).collect())
    })
}

/// What an authority said of a signature.
pub(crate) struct Stamp {
    /// Whether it is of the kind that came first: over the claim, as everything that the authority answered.
    is_of_claim: bool,
    pub(crate) tokens: Vec<Vec<u8>>,
}

impl Stamp {
    fn read(unprotected: &Value) -> Option<Self> {
        let newer = unprotected.get(STAMP).map(|stamp| (stamp, false));
        let (stamp, is_of_claim) =
            newer.or_else(|| unprotected.get(FIRST_STAMP).map(|stamp| (stamp, true)))?;
        let tokens = stamp.get(TOKENS).and_then(Value::as_array);
        let token = |token: &Value| token.get("val")?.as_bytes().map(<[u8]>::to_vec);
        Some(Self {
            is_of_claim,
            // None is as wrong as two.
            tokens: tokens
                .and_then(|tokens| tokens.iter().map(token).collect())
                .unwrap_or_default(),
        })
    }
}

/// A signature that was read and not yet held against anything.
pub(crate) struct Signature {
    protected: Vec<u8>,
    /// Counted down from -1.
    algorithm: u64,
    /// The signing one first.
    pub(crate) chain: Vec<Vec<u8>>,
    value: Vec<u8>,
    pub(crate) stamp: Option<Stamp>,
}

impl Signature {
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let mut parts = Value::decoded(bytes)?;
        if let Value::Tag(SIGN1, inner) = parts {
            parts = *inner;
        }
        let [protected, unprotected, _, signature] = parts.as_array()? else {
            return None;
        };
        let protected = protected.as_bytes()?.to_vec();
        let header = Value::decoded(&protected)?;
        let Some(Value::Negative(algorithm)) = header.at(ALGORITHM) else {
            return None;
        };
        // Where older writers have it, too.
        let certificates = header
            .at(CERTIFICATES)
            .or_else(|| header.get("x5chain"))
            .or_else(|| unprotected.at(CERTIFICATES))
            .or_else(|| unprotected.get("x5chain"))?;
        let one = |value: &Value| value.as_bytes().map(<[u8]>::to_vec);
        let chain = match certificates.as_array() {
            Some(several) => several.iter().map(one).collect::<Option<_>>()?,
            None => vec![one(certificates)?],
        };
        Some(Self {
            algorithm: *algorithm,
            chain,
            value: signature.as_bytes()?.to_vec(),
            protected,
            stamp: Stamp::read(unprotected),
        })
    }

    /// What its stamp has to be of, where this is what it signs.
    pub(crate) fn attested_text(&self, stamp: &Stamp, claim: &[u8]) -> Vec<u8> {
        if stamp.is_of_claim {
            return signed_text(COUNTERSIGNATURE, &self.protected, claim);
        }
        attested_text(&self.protected, &self.value)
    }

    /// Whether this key signed this text. None where the algorithm is not known, or not of this kind of key.
    pub(crate) fn is_of(&self, kind: KeyKind, key: &[u8], text: &[u8]) -> Option<bool> {
        let (wanted, algorithm): (KeyKind, &dyn VerificationAlgorithm) = match self.algorithm {
            6 => (KeyKind::P256, &ECDSA_P256_SHA256_FIXED),
            34 => (KeyKind::P384, &ECDSA_P384_SHA384_FIXED),
            7 => (KeyKind::Ed25519, &ED25519),
            36 => (KeyKind::Rsa, &RSA_PSS_2048_8192_SHA256),
            37 => (KeyKind::Rsa, &RSA_PSS_2048_8192_SHA384),
            38 => (KeyKind::Rsa, &RSA_PSS_2048_8192_SHA512),
            _ => return None,
        };
        if kind != wanted {
            return None;
        }
        let text = signed_text(SIGNATURE, &self.protected, text);
        let key = UnparsedPublicKey::new(algorithm, key);
        Some(key.verify(&text, &self.value).is_ok())
    }
}

/// What is signed of a text: the protected header as well (RFC 9052, section 4.4).
fn signed_text(context: &str, protected: &[u8], text: &[u8]) -> Vec<u8> {
    let parts = vec![
        Value::text(context),
        Value::Bytes(protected.to_vec()),
        Value::Bytes(vec![]),
        Value::Bytes(text.to_vec()),
    ];
    Value::Array(parts).encoded()
}

/// What an authority attests of a signature, as C2PA 2.3 has it (sections 10.3.2.5.2 and 10.3.2.5.3): the signature, as CBOR, signed in the context of a
/// countersignature. The reference implementation reads it so; what RFC 9921 has for COSE at large, the signature alone, it is not.
fn attested_text(protected: &[u8], signature: &[u8]) -> Vec<u8> {
    let signature = Value::Bytes(signature.to_vec()).encoded();
    signed_text(COUNTERSIGNATURE, protected, &signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_filled_to_the_byte_with_a_token_and_without() {
        for room in [5, 28, 29, 30, 261, 262, 263, 1_000, 40_000] {
            let empty = unprotected(None, room).unwrap().encoded();
            assert_eq!(empty.len(), 1 + room, "{room}");
        }
        assert_eq!(unprotected(None, 0).unwrap().encoded(), [0xa0]);
        // Less than the name of what fills it.
        assert_eq!(unprotected(None, 4), None);
        for length in [0, 23, 24, 300, 5_000] {
            let token = vec![7; length];
            let used = room_of(length);
            for room in [used, used + 5, used + 29, used + 262, used + 700] {
                let header = unprotected(Some(&token), room).unwrap();
                assert_eq!(header.encoded().len(), 1 + room, "{length} in {room}");
                let read = Stamp::read(&header).unwrap();
                assert!(!read.is_of_claim && read.tokens == [token.clone()]);
            }
            assert_eq!(unprotected(Some(&token), used - 1), None);
        }
    }

    #[test]
    fn what_is_attested_is_the_signature_within_a_countersignature() {
        let wanted = [
            &[0x84, 0x70],
            &b"CounterSignature"[..],
            // The protected header, nothing, and the signature as CBOR within bytes.
            &[0x42, 1, 2, 0x40, 0x44, 0x43, 3, 4, 5],
        ];
        assert_eq!(attested_text(&[1, 2], &[3, 4, 5]), wanted.concat());
    }
}
