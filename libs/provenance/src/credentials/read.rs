//! Reads a file's newest manifest and says whether it holds.

use std::ops::Range;

use time::OffsetDateTime;

use super::{
    Attestation, Authorities, MediaType,
    cbor::Value,
    certificate::Certificate,
    container::find,
    cose::Signature,
    hash::digest,
    jumbf::{Labelled, outermost},
    manifest::{ASSERTIONS, DATA_HASH},
    time_stamp::attestation_of,
};

/// What pictures in which a trained algorithm had a part are called, in whichever vocabulary.
const TRAINED: [&str; 2] = [
    "compositeWithTrainedAlgorithmicMedia",
    "trainedAlgorithmicMedia",
];

/// Assertions that a manifest may have.
const MOST_ASSERTIONS: usize = 1_000;

/// What a file's credentials say, whoever signed them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an answer of its own"
)]
pub struct Reading {
    /// Whether there are any.
    pub is_present: bool,
    /// Whether the signature holds and the file is what was signed.
    pub is_valid: bool,
    /// Whether it is valid and our own certificate signed it.
    pub is_trusted: bool,
    /// Whether it says that a trained algorithm had a part.
    pub says_ai_generated: bool,
    /// Whose certificate signed it, in its words.
    pub signed_by: Option<String>,
    /// When, as the signer says.
    pub signed_at: Option<String>,
    /// When it was there, as an authority says; none where none says anything.
    pub time_stamp: Option<Attestation>,
    /// What is wrong with it, or not to be seen here: mostly C2PA's name for it.
    pub problem: Option<&'static str>,
}

/// What a file's credentials say at this moment; those that this certificate signed are trusted. Where an authority that is believed says when
/// the signature was there, that is when its certificate has to have held.
pub(super) fn read(
    file: &[u8],
    media_type: MediaType,
    now: OffsetDateTime,
    own: Option<&Vec<u8>>,
    believed: &Authorities,
) -> Reading {
    let embedded = match find(file, media_type) {
        Ok(None) => return Reading::default(),
        Ok(Some(embedded)) => embedded,
        Err(()) => return unreadable(),
    };
    let Some(opened) = Opened::of(&embedded.manifest) else {
        return unreadable();
    };
    let certificate = opened
        .signature
        .chain
        .first()
        .and_then(|der| Certificate::read(der));
    let (signature, claim) = (&opened.signature, opened.claim_bytes);
    let (time_stamp, attested) = match &signature.stamp {
        Some(stamp) => {
            let (attestation, at) = attestation_of(signature, stamp, claim, believed);
            (Some(attestation), at)
        }
        None => (None, None),
    };
    let then = attested.unwrap_or(now);
    let problem = opened.problem(certificate.as_ref(), file, &embedded.place, then);
    let is_valid = problem.is_none();
    let is_trusted = is_valid && own.is_some() && own == opened.signature.chain.first();
    let actions = opened.actions();
    let first = |key: &str| actions.iter().find_map(|action| action.get(key)?.as_text());
    Reading {
        is_present: true,
        is_valid,
        is_trusted,
        says_ai_generated: actions.iter().any(is_of_trained),
        signed_by: certificate.and_then(|certificate| certificate.name),
        signed_at: first("when").map(|when| when.chars().take(40).collect()),
        time_stamp,
        problem: problem.or((!is_trusted).then_some("signingCredential.untrusted")),
    }
}

fn unreadable() -> Reading {
    Reading {
        is_present: true,
        problem: Some("unreadable"),
        ..Reading::default()
    }
}

fn is_of_trained(action: &Value) -> bool {
    let source = action.get("digitalSourceType").and_then(Value::as_text);
    source.is_some_and(|source| {
        let term = source.rsplit('/').next().unwrap_or_default();
        TRAINED.contains(&term)
    })
}

/// A manifest taken apart.
struct Opened<'a> {
    label: &'a str,
    assertions: Vec<Labelled<'a>>,
    claim_bytes: &'a [u8],
    claim: Value,
    signature: Signature,
}

impl<'a> Opened<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        // The newest stands last.
        let manifest = outermost(bytes)?.labelled()?.pop()?;
        let parts = manifest.labelled()?;
        let part = |kind: &[u8; 4]| parts.iter().find(|part| part.kind == kind);
        let claim_bytes = part(b"c2cl")?.data(b"cbor")?;
        let assertions = parts.iter().find(|part| part.label == ASSERTIONS)?;
        let assertions = assertions.labelled()?;
        if assertions.len() > MOST_ASSERTIONS {
            return None;
        }
        Some(Self {
            label: manifest.label,
            assertions,
            claim_bytes,
            claim: Value::decoded(claim_bytes)?,
            signature: Signature::read(part(b"c2cs")?.data(b"cbor")?)?,
        })
    }

    /// The first reason why it does not hold.
    fn problem(
        &self,
        certificate: Option<&Certificate<'_>>,
        file: &[u8],
        place: &Range<usize>,
        then: OffsetDateTime,
    ) -> Option<&'static str> {
        let Some(certificate) = certificate else {
            return Some("signingCredential.invalid");
        };
        match self
            .signature
            .is_of(certificate.kind, certificate.key, self.claim_bytes)
        {
            None => return Some("algorithm.unsupported"),
            Some(false) => return Some("claimSignature.mismatch"),
            Some(true) => {}
        }
        if !certificate.holds_at(then) {
            return Some("signingCredential.expired");
        }
        self.assertions_problem()
            .or_else(|| self.file_problem(file, place))
    }

    /// Each assertion that the claim names has to be there as it was, and no other may be.
    fn assertions_problem(&self) -> Option<&'static str> {
        let lists = ["created_assertions", "gathered_assertions", "assertions"];
        let named = lists
            .iter()
            .filter_map(|list| self.claim.get(list)?.as_array())
            .flatten();
        let mut known = Vec::new();
        for reference in named {
            let url = reference
                .get("url")
                .and_then(Value::as_text)
                .unwrap_or_default();
            let Some(label) = self.label_in(url) else {
                return Some("assertion.outsideManifest");
            };
            let Some(assertion) = self.assertion(label) else {
                return Some("assertion.missing");
            };
            // Hashed once, however often it is named.
            if known.contains(&label) {
                return Some("claim.malformed");
            }
            let algorithm = self.algorithm(reference);
            let wanted = reference.get("hash").and_then(Value::as_bytes);
            match digest(algorithm, [assertion.content]) {
                None => return Some("algorithm.unsupported"),
                Some(hash) if Some(&hash[..]) != wanted => {
                    return Some("assertion.hashedURI.mismatch");
                }
                Some(_) => known.push(label),
            }
        }
        let undeclared = self
            .assertions
            .iter()
            .any(|assertion| !known.contains(&assertion.label));
        undeclared.then_some("assertion.undeclared")
    }

    /// What was signed is all of the file but the manifest itself.
    fn file_problem(&self, file: &[u8], place: &Range<usize>) -> Option<&'static str> {
        let Some(assertion) = self.assertion(DATA_HASH) else {
            return Some("claim.hardBindings.missing");
        };
        let Some(binding) = assertion.data(b"cbor").and_then(Value::decoded) else {
            return Some("assertion.dataHash.malformed");
        };
        let exclusions = binding
            .get("exclusions")
            .and_then(Value::as_array)
            .unwrap_or_default();
        let [only] = exclusions else {
            return Some("assertion.dataHash.additionalExclusionsPresent");
        };
        let number = |key: &str| only.get(key).and_then(Value::as_size);
        let (Some(start), Some(length)) = (number("start"), number("length")) else {
            return Some("assertion.dataHash.malformed");
        };
        if start != place.start || start.checked_add(length) != Some(place.end) {
            return Some("assertion.dataHash.mismatch");
        }
        let signed = [&file[..place.start], &file[place.end..]];
        match digest(self.algorithm(&binding), signed) {
            None => Some("algorithm.unsupported"),
            Some(hash) if Some(&hash[..]) != binding.get("hash").and_then(Value::as_bytes) => {
                Some("assertion.dataHash.mismatch")
            }
            Some(_) => None,
        }
    }

    /// The label of an assertion of this manifest; none where it is another one's.
    fn label_in<'u>(&self, url: &'u str) -> Option<&'u str> {
        let path = url.strip_prefix("self#jumbf=")?;
        let path = match path.strip_prefix("/c2pa/") {
            Some(absolute) => absolute.strip_prefix(self.label)?.strip_prefix('/')?,
            None => path,
        };
        path.strip_prefix(ASSERTIONS)?.strip_prefix('/')
    }

    fn assertion(&self, label: &str) -> Option<&Labelled<'a>> {
        self.assertions
            .iter()
            .find(|assertion| assertion.label == label)
    }

    /// Its own, or the claim's.
    fn algorithm<'v>(&'v self, of: &'v Value) -> &'v str {
        let named = of.get("alg").or_else(|| self.claim.get("alg"));
        named.and_then(Value::as_text).unwrap_or("sha256")
    }

    /// What was done to the picture.
    fn actions(&self) -> Vec<Value> {
        let is_wanted = |label: &str| label.starts_with("c2pa.actions");
        let assertions = self
            .assertions
            .iter()
            .filter(|assertion| is_wanted(assertion.label));
        let read = assertions.filter_map(|assertion| {
            let assertion = Value::decoded(assertion.data(b"cbor")?)?;
            Some(assertion.get("actions")?.as_array()?.to_vec())
        });
        read.flatten().collect()
    }
}
