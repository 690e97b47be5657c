//! What a manifest of ours says, and how it is packed.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::{
    cbor::Value,
    jumbf::{content, labelled, plain},
};

pub(super) const ACTIONS: &str = "c2pa.actions.v2";
pub(super) const DATA_HASH: &str = "c2pa.hash.data";
pub(super) const CLAIM: &str = "c2pa.claim.v2";
pub(super) const ASSERTIONS: &str = "c2pa.assertions";
pub(super) const SIGNATURE: &str = "c2pa.signature";

/// What the picture is: IPTC's term for a photograph with generated parts.
const SOURCE_TYPE: &str =
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia";

/// What is to be said of a file.
pub(super) struct Facts<'a> {
    /// SHA-256 of the file's bytes outside of the manifest.
    pub(super) hash: [u8; 32],
    /// Where the manifest stands in the file, and how many bytes it takes there.
    pub(super) start: usize,
    pub(super) length: usize,
    /// Zeros that make the manifest longer.
    pub(super) padding: usize,
    /// When, as RFC 3339.
    pub(super) when: &'a str,
}

/// A manifest that nobody signed yet.
pub(super) struct Unsigned {
    label: String,
    /// All assertions, packed.
    assertions: Vec<u8>,
    /// What is to be signed.
    pub(super) claim: Vec<u8>,
}

impl Unsigned {
    /// With this signature. None where it would be longer than a box can be.
    pub(super) fn signed(&self, signature: &[u8]) -> Option<Vec<u8>> {
        let inner = [
            labelled(b"c2as", ASSERTIONS, &self.assertions)?,
            labelled(b"c2cl", CLAIM, &plain(b"cbor", &self.claim)?)?,
            labelled(b"c2cs", SIGNATURE, &plain(b"cbor", signature)?)?,
        ];
        let manifest = labelled(b"c2ma", &self.label, &inner.concat())?;
        labelled(b"c2pa", "c2pa", &manifest)
    }
}

/// The manifest of a file. None where it would be longer than a box can be.
pub(super) fn build(facts: &Facts<'_>) -> Option<Unsigned> {
    let program = Value::map([
        ("name", Value::text("drape")),
        ("version", Value::text(env!("CARGO_PKG_VERSION"))),
    ]);
    let action = Value::map([
        ("action", Value::text("c2pa.created")),
        ("when", Value::Tag(0, Box::new(Value::text(facts.when)))),
        ("softwareAgent", program.clone()),
        ("digitalSourceType", Value::text(SOURCE_TYPE)),
    ]);
    let actions = Value::map([("actions", Value::Array(vec![action]))]);
    let excluded = Value::map([
        ("start", Value::Unsigned(facts.start as u64)),
        ("length", Value::Unsigned(facts.length as u64)),
    ]);
    let data_hash = Value::map([
        ("exclusions", Value::Array(vec![excluded])),
        ("name", Value::text("jumbf manifest")),
        ("alg", Value::text("sha256")),
        ("hash", Value::Bytes(facts.hash.to_vec())),
        ("pad", Value::Bytes(vec![0; facts.padding])),
    ]);
    let (mut packed, mut named) = (Vec::new(), Vec::new());
    for (label, assertion) in [(ACTIONS, actions), (DATA_HASH, data_hash)] {
        let content = content(b"cbor", label, &plain(b"cbor", &assertion.encoded())?)?;
        named.push(Value::map([
            (
                "url",
                Value::text(format!("self#jumbf={ASSERTIONS}/{label}")),
            ),
            ("hash", Value::Bytes(Sha256::digest(&content).to_vec())),
        ]));
        packed.extend(plain(b"jumb", &content)?);
    }
    let label = format!("urn:c2pa:{}", id("manifest", facts));
    let claim = Value::map([
        (
            "instanceID",
            Value::text(format!("xmp:iid:{}", id("instance", facts))),
        ),
        ("claim_generator_info", program),
        (
            "signature",
            Value::text(format!("self#jumbf=/c2pa/{label}/{SIGNATURE}")),
        ),
        ("created_assertions", Value::Array(named)),
        ("alg", Value::text("sha256")),
    ]);
    Some(Unsigned {
        label,
        assertions: packed,
        claim: claim.encoded(),
    })
}

/// A UUID of version 4 in form: the same file at the same time has the same one.
fn id(what: &str, facts: &Facts<'_>) -> String {
    let hash = Sha256::new()
        .chain_update(what)
        .chain_update(facts.hash)
        .chain_update(facts.when)
        .finalize();
    let mut digits = String::new();
    for (at, byte) in hash.iter().take(16).enumerate() {
        let byte = match at {
            6 => (byte & 0x0f) | 0x40,
            8 => (byte & 0x3f) | 0x80,
            _ => *byte,
        };
        if [4, 6, 8, 10].contains(&at) {
            digits.push('-');
        }
        // Writing to a String cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}
