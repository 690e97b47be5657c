//! Roles, in the three places that have them: the log, requests and PostgreSQL.

use domain::identity::account::Role as DomainRole;
use http_kit::{Role, Roles};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RoleBody {
    /// Browses and tries garments on.
    Shopper,
    /// Keeps the catalogue.
    Merchandiser,
    /// Replays what happened.
    Analyst,
    /// Runs the system.
    Admin,
}

impl From<RoleBody> for DomainRole {
    fn from(role: RoleBody) -> Self {
        match role {
            RoleBody::Shopper => Self::Shopper,
            RoleBody::Merchandiser => Self::Merchandiser,
            RoleBody::Analyst => Self::Analyst,
            RoleBody::Admin => Self::Admin,
        }
    }
}

impl From<Role> for RoleBody {
    fn from(role: Role) -> Self {
        match role {
            Role::Shopper => Self::Shopper,
            Role::Merchandiser => Self::Merchandiser,
            Role::Analyst => Self::Analyst,
            Role::Admin => Self::Admin,
        }
    }
}

impl From<RoleBody> for Role {
    fn from(role: RoleBody) -> Self {
        match role {
            RoleBody::Shopper => Self::Shopper,
            RoleBody::Merchandiser => Self::Merchandiser,
            RoleBody::Analyst => Self::Analyst,
            RoleBody::Admin => Self::Admin,
        }
    }
}

/// As the documents have them.
pub(crate) fn bodies(roles: Roles) -> Vec<RoleBody> {
    roles.iter().map(RoleBody::from).collect()
}

/// As PostgreSQL has them.
pub(crate) fn texts(roles: Roles) -> Vec<String> {
    roles.iter().map(|role| role.as_str().to_owned()).collect()
}

/// From PostgreSQL. A word that is none is left out.
pub(crate) fn from_texts(texts: &[String]) -> Roles {
    texts.iter().filter_map(|text| text.parse().ok()).collect()
}

/// From the log.
pub(crate) fn from_domain(roles: &[DomainRole]) -> Roles {
    let role = |role: &DomainRole| match role {
        DomainRole::Shopper => Role::Shopper,
        DomainRole::Merchandiser => Role::Merchandiser,
        DomainRole::Analyst => Role::Analyst,
        DomainRole::Admin => Role::Admin,
    };
    roles.iter().map(role).collect()
}

/// From a document.
pub(crate) fn to_domain(roles: &[RoleBody]) -> Vec<DomainRole> {
    roles.iter().copied().map(DomainRole::from).collect()
}
