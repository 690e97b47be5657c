//! What can be set.

use std::{path::PathBuf, sync::Arc, time::Duration};

use http_kit::{CursorKeys, StaticTokens};

use crate::{
    erasure::MasterKeys,
    passkey::RelyingParty,
    password::{Cost, Peppers},
    provider::Providers,
};

/// What can be set.
#[derive(Debug, Clone)]
pub struct IdentityOptions {
    /// Fixed tokens, which open as much as a sign-in does.
    pub tokens: StaticTokens,
    /// What one hash of a password costs.
    pub cost: Cost,
    /// Secrets that go into passwords beside the salt.
    pub peppers: Peppers,
    /// A session that is not used for so long has ended.
    pub session_idle: Duration,
    /// And after so long it has ended anyway.
    pub session_lifetime: Duration,
    /// Whom a session, key or token opened to is believed for so long, unless it is heard that this ended; zero: each request asks.
    pub recognised_for: Duration,
    /// Who issues access tokens: an address of ours, such as `https://api.shop.example`. Empty: that of the shop's pages.
    pub issuer: String,
    /// Who we are to authenticators.
    pub relying_party: Arc<RelyingParty>,
    /// Who else may vouch for people.
    pub providers: Providers,
    /// How long somebody has to change their mind before they are forgotten.
    pub erasure_delay: Duration,
    /// What the keys of people are sealed under.
    pub master_keys: MasterKeys,
    /// What signs the cursors of lists.
    pub cursor_keys: CursorKeys,
    /// How mail is sent.
    pub mail: MailOptions,
}

impl Default for IdentityOptions {
    fn default() -> Self {
        const DAY_H: u64 = 24;
        Self {
            tokens: StaticTokens::default(),
            cost: Cost::default(),
            peppers: Peppers::default(),
            session_idle: Duration::from_hours(14 * DAY_H),
            session_lifetime: Duration::from_hours(90 * DAY_H),
            recognised_for: Duration::from_secs(5),
            issuer: String::new(),
            relying_party: Arc::default(),
            providers: Providers::default(),
            erasure_delay: Duration::from_hours(7 * DAY_H),
            master_keys: MasterKeys::default(),
            cursor_keys: CursorKeys::new([]),
            mail: MailOptions::default(),
        }
    }
}

impl IdentityOptions {
    pub(crate) fn issuer(&self) -> &str {
        if self.issuer.is_empty() {
            &self.mail.site
        } else {
            &self.issuer
        }
    }
}

/// How mail is sent.
#[derive(Debug, Clone)]
pub struct MailOptions {
    /// To whom it is given.
    pub post: Post,
    /// Whom it is from, such as `Meadow <hello@shop.example>`.
    pub from: String,
    /// Where the links in it lead: the address of the shop's pages, without a slash at its end.
    pub site: String,
}

impl Default for MailOptions {
    fn default() -> Self {
        Self {
            post: Post::None,
            from: "drape <drape@localhost>".to_owned(),
            site: "http://localhost:8080".to_owned(),
        }
    }
}

/// To whom mail is given.
#[derive(Clone, Default)]
pub enum Post {
    /// To nobody: who needs one is told that this does not work here.
    #[default]
    None,
    /// A folder, a file for each: to try things out.
    Folder(PathBuf),
    /// A server: `smtps://user:password@host`, or `smtp://host:port?tls=required`.
    Smtp(String),
}

impl std::fmt::Debug for Post {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Folder(folder) => write!(f, "Folder({})", folder.display()),
            // Its address holds a password.
            Self::Smtp(_) => f.write_str("Smtp"),
        }
    }
}
