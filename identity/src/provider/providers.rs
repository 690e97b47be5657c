//! Which providers there are.

use std::{fmt, path::Path};

use openidconnect::{ClientId, ClientSecret, IssuerUrl};
use thiserror::Error;

/// A provider that people may sign in with.
#[derive(Clone)]
pub struct Provider {
    /// What it is called in addresses.
    pub(super) id: String,
    pub(super) issuer: IssuerUrl,
    pub(super) client: ClientId,
    pub(super) secret: ClientSecret,
}

/// The providers, in the order in which pages show them.
#[derive(Debug, Clone, Default)]
pub struct Providers(Vec<Provider>);

/// The text names no providers. Never holds a secret.
#[derive(Debug, Error)]
pub enum ProvidersError {
    /// An entry has another form, or an id comes twice.
    #[error(
        "providers are \"id issuer client-id secret-file\" with commas, each id once and of small letters, digits and hyphens"
    )]
    Form,
    /// An issuer is no address.
    #[error("the issuer of the provider {0:?} is no address")]
    Issuer(String),
    /// A secret cannot be read.
    #[error("the secret file of the provider {0:?} cannot be read")]
    Secret(String, #[source] std::io::Error),
}

impl Providers {
    /// Reads `id issuer client-id secret-file, …` and the files that it names; an empty text means none.
    pub fn read(text: &str) -> Result<Self, ProvidersError> {
        let entries = text.split(',').map(str::trim);
        let mut providers = Self::default();
        for entry in entries.filter(|entry| !entry.is_empty()) {
            let provider = Provider::read(entry)?;
            if providers.get(&provider.id).is_some() {
                return Err(ProvidersError::Form);
            }
            providers.0.push(provider);
        }
        Ok(providers)
    }

    pub(super) fn get(&self, id: &str) -> Option<&Provider> {
        self.0.iter().find(|provider| provider.id == id)
    }

    /// The one with this issuer.
    pub(super) fn of_issuer(&self, issuer: &str) -> Option<&Provider> {
        self.0
            .iter()
            .find(|provider| provider.issuer.as_str() == issuer)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Provider> {
        self.0.iter()
    }
}

impl Provider {
    fn read(entry: &str) -> Result<Self, ProvidersError> {
        let fields: Vec<&str> = entry.split_whitespace().collect();
        let [id, issuer, client, file] = fields[..] else {
            return Err(ProvidersError::Form);
        };
        let sound = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !id.bytes().all(sound) || id.len() > 40 {
            return Err(ProvidersError::Form);
        }
        let issuer = IssuerUrl::new(issuer.to_owned());
        let secret = std::fs::read_to_string(Path::new(file));
        let secret = secret.map_err(|error| ProvidersError::Secret(id.to_owned(), error))?;
        Ok(Self {
            id: id.to_owned(),
            issuer: issuer.map_err(|_| ProvidersError::Issuer(id.to_owned()))?,
            client: ClientId::new(client.to_owned()),
            secret: ClientSecret::new(secret.trim().to_owned()),
        })
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Provider({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_are_read_with_the_secrets_that_their_files_hold() {
        let secret = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(secret.path(), "hush\n").unwrap();
        let file = secret.path().display();
        let text =
            format!("meadow https://id.example shop {file}, other http://127.0.0.1:1 me {file}");
        let providers = Providers::read(&text).unwrap();
        let meadow = providers.get("meadow").unwrap();
        assert_eq!(meadow.secret.secret(), "hush");
        assert_eq!(
            providers.of_issuer("http://127.0.0.1:1").unwrap().id,
            "other"
        );
        assert!(!format!("{providers:?}").contains("hush"));
        assert!(Providers::read("").unwrap().get("meadow").is_none());
        for wrong in [
            "meadow https://id.example shop",
            &format!("Meadow https://id.example shop {file}"),
            &format!("a https://a.example shop {file}, a https://b.example shop {file}"),
            &format!("a nowhere shop {file}"),
            "a https://a.example shop /no/such/file",
        ] {
            assert!(Providers::read(wrong).is_err(), "{wrong}");
        }
    }
}
