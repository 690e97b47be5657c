//! As much of an X.509 certificate as it takes to hold a signature against it. Who may be trusted is not decided here.

use time::OffsetDateTime;

use super::der::{BIT_STRING, Der, OBJECT, OCTETS, SEQUENCE, TAGGED_0 as VERSION, UTC_TIME};

const EXTENSIONS: u8 = 0xa3;

/// id-ecPublicKey, and its curves P-256 and P-384.
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
pub(crate) const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];

const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANISATION: &[u8] = &[0x55, 0x04, 0x0a];
const SUBJECT_KEY: &[u8] = &[0x55, 0x1d, 0x0e];
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
const AUTHORITY_KEY: &[u8] = &[0x55, 0x1d, 0x23];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];

/// What C2PA lets a signing certificate be meant for: e-mail, documents, and C2PA's own purpose.
const PURPOSES: [&[u8]; 3] = [
    &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x04],
    &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x24],
    &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0xe8, 0x5e, 0x02, 0x01],
];

/// What the certificate of an authority of time is meant for (id-kp-timeStamping), and nothing else.
pub(crate) const TIME_STAMPING: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08];

/// The kind of a public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyKind {
    P256,
    P384,
    Ed25519,
    Rsa,
}

/// What a certificate says.
pub(crate) struct Certificate<'a> {
    /// Of the subject: its common name, or its organisation.
    pub(crate) name: Option<String>,
    pub(crate) kind: KeyKind,
    /// The public key as signatures are checked with it.
    pub(crate) key: &'a [u8],
    pub(crate) is_own_issuer: bool,
    /// Who issued it, and its number there.
    pub(crate) issuer: &'a [u8],
    pub(crate) serial_number: &'a [u8],
    not_before: String,
    not_after: String,
    extensions: Vec<(&'a [u8], &'a [u8])>,
}

impl<'a> Certificate<'a> {
    /// None where it is none, or its key is of a kind that is not known here.
    pub(crate) fn read(der: &'a [u8]) -> Option<Self> {
        let mut certificate = Der(Der(der).expect(SEQUENCE)?);
        let mut body = Der(certificate.expect(SEQUENCE)?);
        if body.peek() == Some(VERSION) {
            body.next()?;
        }
        let (_, serial_number) = body.next()?;
        // How the certificate itself was signed.
        body.next()?;
        let issuer = body.expect(SEQUENCE)?;
        let mut validity = Der(body.expect(SEQUENCE)?);
        let (not_before, not_after) = (moment(validity.next()?)?, moment(validity.next()?)?);
        let subject = body.expect(SEQUENCE)?;
        let (kind, key) = public_key(body.expect(SEQUENCE)?)?;
        let mut extensions = Vec::new();
        while let Some((tag, content)) = body.next() {
            if tag == EXTENSIONS {
                let mut all = Der(Der(content).expect(SEQUENCE)?);
                while let Some((SEQUENCE, one)) = all.next() {
                    let mut one = Der(one);
                    let name = one.expect(OBJECT)?;
                    // Whether it is critical may come before its value.
                    let mut value = one.next()?;
                    if let Some(last) = one.next() {
                        value = last;
                    }
                    extensions.push((name, value.1));
                }
            }
        }
        Some(Self {
            name: name_in(subject, COMMON_NAME).or_else(|| name_in(subject, ORGANISATION)),
            kind,
            key,
            is_own_issuer: issuer == subject,
            issuer,
            serial_number,
            not_before,
            not_after,
            extensions,
        })
    }

    pub(crate) fn holds_at(&self, now: OffsetDateTime) -> bool {
        let now = now.to_utc();
        let now = format!(
            "{:04}{:02}{:02}{:02}{:02}{:02}",
            now.year(),
            u8::from(now.month()),
            now.day(),
            now.hour(),
            now.minute(),
            now.second()
        );
        (self.not_before.as_str()..=self.not_after.as_str()).contains(&now.as_str())
    }

    /// What other programs will not accept in it by C2PA's profile of signing certificates.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        // A sequence that begins with the boolean true.
        let is_authority = self.extension(BASIC_CONSTRAINTS).is_some_and(|value| {
            value.starts_with(&[SEQUENCE]) && value.get(2..5) == Some(&[1, 1, 0xff])
        });
        if is_authority || self.is_own_issuer {
            return Some("it is an authority, or its own issuer");
        }
        // The first bit is the one for signatures.
        let signs = self
            .extension(KEY_USAGE)
            .is_some_and(|value| value.get(3).is_some_and(|bits| bits & 0x80 != 0));
        if !signs {
            return Some("its key usage has no digitalSignature");
        }
        if !self.purposes().any(|purpose| PURPOSES.contains(&purpose)) {
            return Some(
                "its extended key usage has none of emailProtection, documentSigning and C2PA's own",
            );
        }
        if self.extension(AUTHORITY_KEY).is_none() {
            return Some("it does not name its authority's key");
        }
        None
    }

    /// Whether attesting times is the one thing that it is for (RFC 3161, section 2.3).
    pub(crate) fn is_for_time_stamps(&self) -> bool {
        self.purposes().eq([TIME_STAMPING])
    }

    /// By which its key is named elsewhere.
    pub(crate) fn key_identifier(&self) -> Option<&'a [u8]> {
        Der(self.extension(SUBJECT_KEY)?).expect(OCTETS)
    }

    /// What it says that its key is for.
    fn purposes(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let value = self.extension(EXTENDED_KEY_USAGE).unwrap_or_default();
        let mut purposes = Der(Der(value).expect(SEQUENCE).unwrap_or_default());
        std::iter::from_fn(move || purposes.expect(OBJECT))
    }

    fn extension(&self, name: &[u8]) -> Option<&'a [u8]> {
        let mut extensions = self.extensions.iter();
        extensions
            .find(|(found, _)| *found == name)
            .map(|(_, value)| *value)
    }
}

fn public_key(info: &[u8]) -> Option<(KeyKind, &[u8])> {
    let mut info = Der(info);
    let mut algorithm = Der(info.expect(SEQUENCE)?);
    let kind = match algorithm.expect(OBJECT)? {
        EC => match algorithm.expect(OBJECT)? {
            P256 => KeyKind::P256,
            P384 => KeyKind::P384,
            _ => return None,
        },
        ED25519 => KeyKind::Ed25519,
        RSA | RSA_PSS => KeyKind::Rsa,
        _ => return None,
    };
    // The first byte says how many bits of the last one do not count: none.
    let key = info.expect(BIT_STRING)?.strip_prefix(&[0])?;
    Some((kind, key))
}

/// A part of a name, if it has letters only.
fn name_in(names: &[u8], wanted: &[u8]) -> Option<String> {
    let mut sets = Der(names);
    while let Some((_, set)) = sets.next() {
        let mut pair = Der(Der(set).expect(SEQUENCE)?);
        if pair.expect(OBJECT)? == wanted {
            let text = std::str::from_utf8(pair.next()?.1).ok()?;
            return Some(
                text.chars()
                    .filter(|letter| !letter.is_control())
                    .take(200)
                    .collect(),
            );
        }
    }
    None
}

/// A time as digits, from the year to the second; those of different centuries can be compared.
fn moment((tag, text): (u8, &[u8])) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let century = match (tag, text.as_bytes().first()?) {
        (UTC_TIME, b'5'..=b'9') => "19",
        (UTC_TIME, _) => "20",
        _ => "",
    };
    let text = format!("{century}{text}");
    (text.len() == 14 && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}
