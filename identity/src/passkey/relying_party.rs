//! Who we are to authenticators: the domain that passkeys belong to, and the pages that may use them.

use thiserror::Error;
use webauthn_rp::request::{AsciiDomain, RpId};

/// Who we are to authenticators.
#[derive(Debug)]
pub struct RelyingParty {
    id: RpId,
    origins: Vec<String>,
}

/// The texts name nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "passkeys belong to a domain such as shop.example, and to pages of it such as https://shop.example"
)]
pub struct RelyingPartyError;

impl RelyingParty {
    /// Passkeys of this domain, for pages of these origins, each on the domain or below it. An empty domain is the host of the
    /// first origin.
    pub fn parse(domain: &str, origins: &[&str]) -> Result<Self, RelyingPartyError> {
        let hosts: Option<Vec<&str>> = origins.iter().map(|origin| host_of(origin)).collect();
        let hosts = hosts.ok_or(RelyingPartyError)?;
        let first = hosts.first().ok_or(RelyingPartyError)?;
        let domain = if domain.is_empty() { first } else { domain };
        let is_below = |host: &str| {
            let above = host.strip_suffix(domain);
            above.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        if !hosts.iter().all(|host| is_below(host)) {
            return Err(RelyingPartyError);
        }
        let id = AsciiDomain::try_from(domain.to_owned()).map_err(|_| RelyingPartyError)?;
        Ok(Self {
            id: RpId::Domain(id),
            origins: origins.iter().map(|origin| (*origin).to_owned()).collect(),
        })
    }

    pub(super) fn id(&self) -> &RpId {
        &self.id
    }

    pub(super) fn origins(&self) -> &[String] {
        &self.origins
    }
}

impl Default for RelyingParty {
    /// Pages on this machine, to try things out.
    fn default() -> Self {
        Self {
            id: RpId::Domain(localhost()),
            origins: vec!["http://localhost:8080".to_owned()],
        }
    }
}

#[expect(clippy::expect_used, reason = "a constant, which the test parses")]
fn localhost() -> AsciiDomain {
    AsciiDomain::try_from("localhost".to_owned()).expect("localhost is a domain")
}

/// The host of `https://host:port`.
fn host_of(origin: &str) -> Option<&str> {
    let (scheme, rest) = origin.split_once("://")?;
    let host = rest.split(':').next()?;
    let is_sound = matches!(scheme, "http" | "https")
        && !host.is_empty()
        && !rest.contains(['/', '?', '#', '@']);
    is_sound.then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_is_that_of_the_pages_or_above_them() {
        let one = RelyingParty::parse("", &["https://shop.example"]).unwrap();
        assert_eq!(one.id().as_ref(), "shop.example");
        let pages = ["https://www.shop.example", "https://shop.example:8443"];
        assert!(RelyingParty::parse("shop.example", &pages).is_ok());
        for (domain, pages) in [
            ("other.example", &["https://shop.example"][..]),
            ("hop.example", &["https://shop.example"]),
            ("", &["shop.example"]),
            ("", &["https://shop.example/"]),
            ("", &[]),
        ] {
            let refused = RelyingParty::parse(domain, pages).unwrap_err();
            assert_eq!(refused, RelyingPartyError, "{domain} {pages:?}");
        }
        assert_eq!(RelyingParty::default().id().as_ref(), "localhost");
    }
}
