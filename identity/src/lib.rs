//! Sign-in: people with their e-mail addresses and passwords, their sessions and API keys, and what they may do.
//!
//! Secrets and personal data live in a schema of their own in PostgreSQL and never in the event log, so that they can go away.
//! What an account may do, and that a key was made for it, are events of `identity.account`. One file per endpoint.

mod access_token;
mod account;
mod api_key;
mod authenticate;
mod challenge;
mod database;
mod decision;
mod email;
mod erasure;
mod identity;
mod mail;
mod me;
mod options;
mod passkey;
mod password;
mod people;
mod provider;
mod recognition;
mod recovery;
mod role;
mod second_factor;
mod session;
mod sign_up;
mod throttle;

pub use self::{
    access_token::{AccessClaims, Keyring, NoKeyring},
    database::migrate,
    erasure::{MasterKeys, MasterKeysError, SubjectKeys},
    identity::{Identity, document, router},
    options::{IdentityOptions, MailOptions, Post},
    passkey::{RelyingParty, RelyingPartyError},
    password::{Cost, Peppers, PeppersError},
    provider::{Provider, Providers, ProvidersError},
};
