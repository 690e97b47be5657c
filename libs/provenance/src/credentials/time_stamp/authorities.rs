//! Whose word on the time is believed.

use std::{fmt, sync::Arc, time::Duration};

use rustls_pki_types::{CertificateDer, UnixTime};
use thiserror::Error;
use time::OffsetDateTime;
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use super::{
    super::{certificate::TIME_STAMPING, chain::certificates_in},
    token::Author,
};

/// The text has no certificates, or others than those of authorities.
#[derive(Debug, Error)]
#[error("certificates of authorities are wanted, as PEM")]
pub struct AuthoritiesError;

/// Authorities whose word on the time is believed: certificates that somebody chose. None by default. Cheap to clone.
///
/// Believed is who signs with one of these, or with a certificate that one of these vouches for, directly or over others that come along.
/// Whether a chosen certificate has ended is not asked: to believe it no longer, take it away. Revocation is not asked for, either.
#[derive(Clone, Default)]
pub struct Authorities(Arc<Vec<CertificateDer<'static>>>);

impl Authorities {
    /// From PEM, one certificate or more.
    pub fn read(text: &str) -> Result<Self, AuthoritiesError> {
        let found = certificates_in(text).ok_or(AuthoritiesError)?;
        let found: Vec<_> = found.into_iter().map(CertificateDer::from).collect();
        let is_sound = |one: &CertificateDer<'_>| anchor_from_trusted_cert(one).is_ok();
        if found.is_empty() || !found.iter().all(is_sound) {
            return Err(AuthoritiesError);
        }
        Ok(Self(Arc::new(found)))
    }

    /// Whether nobody is believed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this is one of them, or one of them vouched for it then. Others that came along may lie in between.
    pub(super) fn vouch_for(&self, author: &Author<'_>, then: OffsetDateTime) -> bool {
        if self.0.iter().any(|known| **known == *author.der) {
            return true;
        }
        let anchors = self.0.iter().map(anchor_from_trusted_cert);
        let Ok(anchors) = anchors.collect::<Result<Vec<_>, _>>() else {
            return false;
        };
        let between: Vec<_> = author
            .others
            .iter()
            .copied()
            .map(CertificateDer::from)
            .collect();
        let Ok(seconds) = u64::try_from(then.unix_timestamp()) else {
            return false;
        };
        let then = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let signing = CertificateDer::from(author.der);
        let Ok(signing) = EndEntityCert::try_from(&signing) else {
            return false;
        };
        let usage = KeyUsage::required(TIME_STAMPING);
        let path = signing.verify_for_usage(
            ALL_VERIFICATION_ALGS,
            &anchors,
            &between,
            then,
            usage,
            None,
            None,
        );
        path.is_ok()
    }
}

impl fmt::Debug for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authorities({})", self.0.len())
    }
}
