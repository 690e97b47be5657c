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

/// A signature of a text that is kept elsewhere; always as long for one key and one chain.
pub(crate) fn sign(key: &Key, chain: &[Vec<u8>], text: &[u8]) -> Option<Vec<u8>> {
    let certificates = match chain {
        [only] => Value::Bytes(only.clone()),
        several => Value::Array(several.iter().cloned().map(Value::Bytes).collect()),
    };
    let protected = Value::Map(vec![
        (Value::Unsigned(ALGORITHM), Value::Negative(key.algorithm())),
        (Value::Unsigned(CERTIFICATES), certificates),
    ]);
    let protected = protected.encoded();
    let signature = key.sign(&signed_text(&protected, text))?;
    let parts = vec![
        Value::Bytes(protected),
        Value::Map(vec![]),
        Value::Null,
        Value::Bytes(signature),
    ];
    Some(Value::Tag(SIGN1, Box::new(Value::Array(parts))).encoded())
}

/// A signature that was read and not yet held against anything.
pub(crate) struct Signature {
    protected: Vec<u8>,
    /// Counted down from -1.
    algorithm: u64,
    /// The signing one first.
    pub(crate) chain: Vec<Vec<u8>>,
    value: Vec<u8>,
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
        })
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
        let text = signed_text(&self.protected, text);
        let key = UnparsedPublicKey::new(algorithm, key);
        Some(key.verify(&text, &self.value).is_ok())
    }
}

/// What is signed of a text: the protected header as well (RFC 9052, section 4.4).
fn signed_text(protected: &[u8], text: &[u8]) -> Vec<u8> {
    let parts = vec![
        Value::text("Signature1"),
        Value::Bytes(protected.to_vec()),
        Value::Bytes(vec![]),
        Value::Bytes(text.to_vec()),
    ];
    Value::Array(parts).encoded()
}
