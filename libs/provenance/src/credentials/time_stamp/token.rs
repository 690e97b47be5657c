//! A time-stamp token: what an authority says (`TSTInfo`, RFC 3161) in a signed message (`SignedData`, RFC 5652).
//!
//! Attributes are held against the signature as they stand in the token. Whoever writes them sorted otherwise than DER has it is understood, too.

use ring::{
    digest::{SHA1_FOR_LEGACY_USE_ONLY, digest as ring_digest},
    signature::{
        ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P384_SHA256_ASN1,
        ECDSA_P384_SHA384_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
        RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384,
        RSA_PSS_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
    },
};
use time::{Date, Month, OffsetDateTime, Time};

use super::super::{
    certificate::{Certificate, KeyKind, RSA_PSS},
    der::{Der, GENERALIZED_TIME, INTEGER, OBJECT, OCTETS, SEQUENCE, SET, TAGGED_0, value},
    hash::{digest, name_of},
};

/// id-signedData and id-ct-TSTInfo.
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
const TST_INFO: &[u8] = &[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x04,
];
/// Signed attributes: what kind of content was signed, its hash, and which certificate signs it, in two versions.
const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03];
const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04];
const SIGNING_CERTIFICATE: &[u8] = &[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x0c,
];
const SIGNING_CERTIFICATE_V2: &[u8] = &[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x2f,
];
/// A signer that is named by its key's identifier.
const BY_KEY: u8 = 0x80;
const VERSION_1: &[u8] = &[1];
/// Certificates that may come along.
const MOST_CERTIFICATES: usize = 16;

/// Why a token attests nothing: C2PA's names.
pub(super) const MALFORMED: &str = "timeStamp.malformed";
pub(super) const MISMATCH: &str = "timeStamp.mismatch";
pub(super) const OUTSIDE_VALIDITY: &str = "timeStamp.outsideValidity";
pub(super) const UNTRUSTED: &str = "timeStamp.untrusted";
const UNSUPPORTED: &str = "algorithm.unsupported";

/// A token taken apart, and not yet held against anything.
pub(super) struct Token<'a> {
    info: &'a [u8],
    /// What it is of: the name of a hash, and the hash.
    imprint: (&'static str, &'a [u8]),
    pub(super) nonce: Option<&'a [u8]>,
    /// The time that it attests, in whole seconds.
    pub(super) at: OffsetDateTime,
    certificates: Vec<&'a [u8]>,
    signed: SignerInfo<'a>,
}

/// What the token's one signature is.
struct SignerInfo<'a> {
    /// Whose certificate it is: by issuer and number, or by the key.
    signer: (u8, &'a [u8]),
    hash: &'static str,
    attributes: &'a [u8],
    algorithm: &'a [u8],
    signature: &'a [u8],
}

impl<'a> Token<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut outer = Der(bytes);
        let mut message = outer.within(SEQUENCE)?;
        if message.expect(OBJECT)? != SIGNED_DATA || !outer.0.is_empty() {
            return None;
        }
        let mut data = message.within(TAGGED_0)?.within(SEQUENCE)?;
        data.expect(INTEGER)?;
        data.expect(SET)?;
        let mut content = data.within(SEQUENCE)?;
        if content.expect(OBJECT)? != TST_INFO {
            return None;
        }
        let info = content.within(TAGGED_0)?.expect(OCTETS)?;
        let (mut certificates, mut signers) = (Vec::new(), None);
        while let Some((tag, content)) = data.next() {
            match tag {
                TAGGED_0 => {
                    let mut all = Der(content);
                    while let Some(one) = all
                        .whole()
                        .filter(|_| certificates.len() < MOST_CERTIFICATES)
                    {
                        certificates.push(one);
                    }
                }
                SET => signers = Some(Der(content)),
                _ => {}
            }
        }
        let mut signers = signers?;
        let signed = SignerInfo::read(signers.within(SEQUENCE)?)?;
        // Nobody but the authority may sign it.
        if !signers.0.is_empty() {
            return None;
        }
        let (imprint, at, nonce) = facts(info)?;
        Some(Self {
            info,
            imprint,
            nonce,
            at,
            certificates,
            signed,
        })
    }

    /// Whether it is of this text.
    pub(super) fn is_of(&self, text: &[u8]) -> bool {
        let (algorithm, hash) = self.imprint;
        digest(algorithm, [text]).is_some_and(|wanted| wanted == hash)
    }

    /// Whose certificate signed it.
    pub(super) fn author(&self) -> Option<Author<'a>> {
        let is_it = |certificate: &Certificate<'_>| match self.signed.signer {
            (SEQUENCE, name) => {
                let mut name = Der(name);
                name.expect(SEQUENCE) == Some(certificate.issuer)
                    && name.expect(INTEGER) == Some(certificate.serial_number)
            }
            (_, key) => certificate.key_identifier() == Some(key),
        };
        let mut others = self.certificates.clone();
        let at = others
            .iter()
            .position(|der| Certificate::read(der).is_some_and(|one| is_it(&one)))?;
        let der = others.remove(at);
        Some(Author {
            certificate: Certificate::read(der)?,
            der,
            others,
        })
    }

    /// The first reason why they did not say that.
    pub(super) fn fault(&self, author: &Author<'_>) -> Option<&'static str> {
        let certificate = &author.certificate;
        if self
            .attribute(CONTENT_TYPE)
            .and_then(|mut value| value.expect(OBJECT))
            != Some(TST_INFO)
        {
            return Some(MALFORMED);
        }
        let said = self.attribute(MESSAGE_DIGEST);
        if said.and_then(|mut value| value.expect(OCTETS))
            != digest(self.signed.hash, [self.info]).as_deref()
        {
            return Some(MISMATCH);
        }
        let Some(algorithm) = algorithm(certificate.kind, self.signed.algorithm, self.signed.hash)
        else {
            return Some(UNSUPPORTED);
        };
        let Some(text) = value(SET, &[self.signed.attributes]) else {
            return Some(MALFORMED);
        };
        let key = UnparsedPublicKey::new(algorithm, certificate.key);
        let holds = key.verify(&text, self.signed.signature).is_ok();
        if !holds || !certificate.is_for_time_stamps() || self.names(author.der) != Some(true) {
            return Some(UNTRUSTED);
        }
        (!certificate.holds_at(self.at)).then_some(OUTSIDE_VALIDITY)
    }

    /// Whether its attributes name this certificate, by its hash. They have to name one (RFC 3161, section 2.4.2; RFC 5816).
    fn names(&self, der: &[u8]) -> Option<bool> {
        let newer = self.attribute(SIGNING_CERTIFICATE_V2);
        let is_newer = newer.is_some();
        let mut value = newer.or_else(|| self.attribute(SIGNING_CERTIFICATE))?;
        let mut first = value.within(SEQUENCE)?.within(SEQUENCE)?.within(SEQUENCE)?;
        let wanted = match (is_newer, first.peek()?) {
            (true, SEQUENCE) => {
                let name = name_of(first.within(SEQUENCE)?.expect(OBJECT)?)?;
                digest(name, [der])?
            }
            (true, _) => digest("sha256", [der])?,
            (false, _) => ring_digest(&SHA1_FOR_LEGACY_USE_ONLY, der)
                .as_ref()
                .to_vec(),
        };
        Some(first.expect(OCTETS)? == wanted)
    }

    /// The one value of an attribute; none where there is another number of them.
    fn attribute(&self, wanted: &[u8]) -> Option<Der<'a>> {
        let mut all = Der(self.signed.attributes);
        let mut found = None;
        while let Some(mut one) = all.within(SEQUENCE) {
            if one.expect(OBJECT)? == wanted {
                let mut values = one.within(SET)?;
                let value = values.whole()?;
                if found.is_some() || !values.0.is_empty() {
                    return None;
                }
                found = Some(Der(value));
            }
        }
        found
    }
}

/// Who signed a token, by what came along with it.
pub(super) struct Author<'a> {
    pub(super) certificate: Certificate<'a>,
    /// The certificate as it stands.
    pub(super) der: &'a [u8],
    /// The other certificates.
    pub(super) others: Vec<&'a [u8]>,
}

impl<'a> SignerInfo<'a> {
    fn read(mut info: Der<'a>) -> Option<Self> {
        info.expect(INTEGER)?;
        let signer = info
            .next()
            .filter(|(tag, _)| matches!(*tag, SEQUENCE | BY_KEY))?;
        let hash = name_of(info.within(SEQUENCE)?.expect(OBJECT)?)?;
        Some(Self {
            signer,
            hash,
            attributes: info.expect(TAGGED_0)?,
            algorithm: info.within(SEQUENCE)?.expect(OBJECT)?,
            signature: info.expect(OCTETS)?,
        })
    }
}

/// An imprint, a time and a nonce.
type Facts<'a> = ((&'static str, &'a [u8]), OffsetDateTime, Option<&'a [u8]>);

/// What `TSTInfo` says.
fn facts(info: &[u8]) -> Option<Facts<'_>> {
    let mut info = Der(info).within(SEQUENCE)?;
    if info.expect(INTEGER)? != VERSION_1 {
        return None;
    }
    // Under which policy.
    info.expect(OBJECT)?;
    let mut imprint = info.within(SEQUENCE)?;
    let hash = name_of(imprint.within(SEQUENCE)?.expect(OBJECT)?)?;
    let imprint = (hash, imprint.expect(OCTETS)?);
    // The token's number.
    info.expect(INTEGER)?;
    let at = moment(info.expect(GENERALIZED_TIME)?)?;
    // How exactly, and whether in order, may come before it; whose name, and more, after it.
    let nonce = std::iter::from_fn(|| info.next())
        .find(|(tag, _)| *tag == INTEGER)
        .map(|(_, nonce)| nonce);
    Some((imprint, at, nonce))
}

/// A time as an authority writes it, without the part of a second.
fn moment(text: &[u8]) -> Option<OffsetDateTime> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() != 14 || !is_number(whole) || !is_number(part) {
        return None;
    }
    let number = |from: usize| whole.get(from..from + 2)?.parse::<u8>().ok();
    let year = whole.get(..4)?.parse().ok()?;
    let date =
        Date::from_calendar_date(year, Month::try_from(number(4)?).ok()?, number(6)?).ok()?;
    let time = Time::from_hms(number(8)?, number(10)?, number(12)?).ok()?;
    Some(date.with_time(time).assume_utc())
}

/// How a signature of this kind is checked; none where it is not known here.
fn algorithm(
    kind: KeyKind,
    named: &[u8],
    hash: &str,
) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match (kind, hash) {
        (KeyKind::P256, "sha256") => &ECDSA_P256_SHA256_ASN1,
        (KeyKind::P256, "sha384") => &ECDSA_P256_SHA384_ASN1,
        (KeyKind::P384, "sha256") => &ECDSA_P384_SHA256_ASN1,
        (KeyKind::P384, "sha384") => &ECDSA_P384_SHA384_ASN1,
        (KeyKind::Ed25519, _) => &ED25519,
        (KeyKind::Rsa, "sha256") if named == RSA_PSS => &RSA_PSS_2048_8192_SHA256,
        (KeyKind::Rsa, "sha384") if named == RSA_PSS => &RSA_PSS_2048_8192_SHA384,
        (KeyKind::Rsa, "sha512") if named == RSA_PSS => &RSA_PSS_2048_8192_SHA512,
        (KeyKind::Rsa, "sha256") => &RSA_PKCS1_2048_8192_SHA256,
        (KeyKind::Rsa, "sha384") => &RSA_PKCS1_2048_8192_SHA384,
        (KeyKind::Rsa, "sha512") => &RSA_PKCS1_2048_8192_SHA512,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_time_is_read_to_the_second_and_nothing_else_is_one() {
        let wanted = Some(datetime!(2026-08-02 09:30:05 UTC));
        assert_eq!(moment(b"20260802093005Z"), wanted);
        assert_eq!(moment(b"20260802093005.125Z"), wanted);
        for wrong in [
            &b"20260802093005"[..],
            b"20261302093005Z",
            b"20260802093060Z",
            b"2026080209300Z",
            b"20260802093005.1x Z",
            b"202608020930+5Z",
            b"",
        ] {
            assert_eq!(moment(wrong), None);
        }
    }
}
