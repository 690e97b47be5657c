//! What a stamp that came with a signature is worth.

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    super::cose::{Signature, Stamp},
    Authorities,
    request::parts,
    token::{MALFORMED, MISMATCH, Token, UNTRUSTED},
};

/// What an authority says of when a signature was there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attestation {
    /// Whether it is of this signature, and signed by a certificate that is meant for it. Anybody can have such a certificate.
    pub is_valid: bool,
    /// Whether it is valid and the authority is one of those that are believed.
    pub is_trusted: bool,
    /// When, as RFC 3339, in whole seconds; only of a valid one.
    pub attested_at: Option<String>,
    /// Whose certificate says so, in its words; only of a valid one.
    pub attested_by: Option<String>,
    /// What is wrong with it: C2PA's name for it.
    pub problem: Option<&'static str>,
}

impl Attestation {
    fn wrong(problem: &'static str) -> Self {
        Self {
            problem: Some(problem),
            ..Self::default()
        }
    }
}

/// What comes with a signature of this claim, and the time, where it is to be believed.
pub(crate) fn attestation_of(
    signature: &Signature,
    stamp: &Stamp,
    claim: &[u8],
    believed: &Authorities,
) -> (Attestation, Option<OffsetDateTime>) {
    // Only one is allowed.
    let [bytes] = &stamp.tokens[..] else {
        return (Attestation::wrong(MALFORMED), None);
    };
    // Some writers keep all that the authority answered.
    let bytes = match parts(bytes) {
        Some((_, Some(token))) => token,
        Some((_, None)) | None => bytes,
    };
    let Some(token) = Token::read(bytes) else {
        return (Attestation::wrong(MALFORMED), None);
    };
    if !token.is_of(&signature.attested_text(stamp, claim)) {
        return (Attestation::wrong(MISMATCH), None);
    }
    let Some(author) = token.author() else {
        return (Attestation::wrong(UNTRUSTED), None);
    };
    if let Some(fault) = token.fault(&author) {
        return (Attestation::wrong(fault), None);
    }
    let is_trusted = believed.vouch_for(&author, token.at);
    let attestation = Attestation {
        is_valid: true,
        is_trusted,
        attested_at: token.at.format(&Rfc3339).ok(),
        attested_by: author.certificate.name,
        problem: (!is_trusted).then_some(UNTRUSTED),
    };
    (attestation, is_trusted.then_some(token.at))
}
