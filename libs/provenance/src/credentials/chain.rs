//! A certificate and those above it, with its key.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
};
use thiserror::Error;
use time::{Duration, OffsetDateTime};

/// What a certificate may be used for: signing documents (id-kp-documentSigning), one of the uses that C2PA's profile accepts.
const DOCUMENT_SIGNING: [u64; 9] = [1, 3, 6, 1, 5, 5, 7, 3, 36];
/// How long a chain of our own holds. Where no authority attests the time, a signature ends with its certificate.
const YEARS: i64 = 30;

/// Why there is no chain.
#[derive(Debug, Error)]
pub enum ChainError {
    /// The text has no certificate, or no key.
    #[error("a chain of certificates and the PKCS#8 key of the first one are wanted, as PEM")]
    Incomplete,
    /// None can be made here.
    #[error("no certificate can be made")]
    NotMade(#[from] rcgen::Error),
}

/// A certificate and those above it, the signing one first, and its private key.
#[derive(Clone, PartialEq, Eq)]
pub struct Chain {
    certificates: String,
    private_key: String,
}

impl Chain {
    /// From PEM: the certificates, and the PKCS#8 key of the first one.
    pub fn new(certificates: &str, private_key: &str) -> Result<Self, ChainError> {
        let certificates = sections(certificates, "CERTIFICATE").concat();
        let private_key = sections(private_key, "PRIVATE KEY").concat();
        if certificates.is_empty() || private_key.is_empty() {
            return Err(ChainError::Incomplete);
        }
        Ok(Self {
            certificates,
            private_key,
        })
    }

    /// A new one of our own: an authority that signs this one certificate and whose key is forgotten, and the certificate, ES256.
    pub fn generate(now: OffsetDateTime) -> Result<Self, ChainError> {
        let mut root = CertificateParams::default();
        root.not_before = now - Duration::days(1);
        root.not_after = now + Duration::days(YEARS * 365 + 1);
        root.distinguished_name = named("drape: authority of this installation");
        root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let root_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let root = CertifiedIssuer::self_signed(root, root_key)?;

        let mut leaf = CertificateParams::default();
        leaf.not_before = now - Duration::days(1);
        leaf.not_after = now + Duration::days(YEARS * 365);
        leaf.distinguished_name = named("drape: try-ons of this installation");
        leaf.is_ca = IsCa::ExplicitNoCa;
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(DOCUMENT_SIGNING.to_vec())];
        leaf.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let leaf = leaf.signed_by(&key, &root)?;
        Self::new(&(leaf.pem() + &root.pem()), &key.serialize_pem())
    }

    /// All of it as one text, the key too.
    pub fn to_pem(&self) -> String {
        format!("{}{}", self.certificates, self.private_key)
    }

    /// From [`Self::to_pem`].
    pub fn from_pem(text: &str) -> Result<Self, ChainError> {
        Self::new(text, text)
    }

    /// The certificates and the key as they are, the signing one first. None where the text is not what it says.
    pub(super) fn der(&self) -> Option<(Vec<Vec<u8>>, Vec<u8>)> {
        let certificates = certificates_in(&self.certificates)?;
        let key = bodies(&self.private_key, "PRIVATE KEY").next()??;
        Some((certificates, key))
    }

    /// The certificates, as PEM: for whoever is to trust them.
    pub fn certificates(&self) -> &str {
        &self.certificates
    }
}

/// Never shows the key.
impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chain")
    }
}

fn named(name: &str) -> DistinguishedName {
    let mut names = DistinguishedName::new();
    names.push(DnType::OrganizationName, "drape");
    names.push(DnType::CommonName, name);
    names
}

/// The sections of a PEM text (RFC 7468) that have this label, written alike.
fn sections(text: &str, label: &str) -> Vec<String> {
    let (begin, end) = (
        format!("-----BEGIN {label}-----"),
        format!("-----END {label}-----"),
    );
    let sections = text.split(&begin).skip(1);
    let bodies = sections.filter_map(|section| section.split_once(&end));
    bodies
        .map(|(body, _)| format!("{begin}\n{}\n{end}\n", body.trim().replace('\r', "")))
        .collect()
}

/// All certificates in a PEM text, as DER. None where one of them is not what it says.
pub(super) fn certificates_in(text: &str) -> Option<Vec<Vec<u8>>> {
    bodies(text, "CERTIFICATE").collect()
}

/// What the sections with this label say.
fn bodies(text: &str, label: &str) -> impl Iterator<Item = Option<Vec<u8>>> {
    sections(text, label).into_iter().map(|section| {
        let lines = section.lines().filter(|line| !line.starts_with('-'));
        BASE64_STANDARD
            .decode(lines.map(str::trim).collect::<String>())
            .ok()
    })
}
