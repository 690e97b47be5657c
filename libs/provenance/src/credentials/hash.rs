//! Hashes by the names that others have for them.

use sha2::{Digest, Sha256, Sha384, Sha512};

/// Their object identifiers, and what C2PA calls them.
const NAMES: [(&[u8], &str); 3] = [
    (
        &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01],
        "sha256",
    ),
    (
        &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02],
        "sha384",
    ),
    (
        &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03],
        "sha512",
    ),
];

/// SHA-256.
pub(crate) const SHA256: &[u8] = NAMES[0].0;

/// What C2PA calls the hash of this object identifier.
pub(crate) fn name_of(object: &[u8]) -> Option<&'static str> {
    let mut names = NAMES.into_iter();
    names
        .find(|(known, _)| *known == object)
        .map(|(_, name)| name)
}

/// The hash of these parts; none where its name is not known here.
pub(crate) fn digest<const N: usize>(algorithm: &str, parts: [&[u8]; N]) -> Option<Vec<u8>> {
    fn of<D: Digest, const N: usize>(parts: [&[u8]; N]) -> Vec<u8> {
        let mut digest = D::new();
        for part in parts {
            digest.update(part);
        }
        digest.finalize().to_vec()
    }
    match algorithm {
        "sha256" => Some(of::<Sha256, N>(parts)),
        "sha384" => Some(of::<Sha384, N>(parts)),
        "sha512" => Some(of::<Sha512, N>(parts)),
        _ => None,
    }
}
