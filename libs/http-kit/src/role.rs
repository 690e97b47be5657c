//! What somebody may do.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// What a caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Browses and tries things on.
    Shopper,
    /// Keeps the catalogue.
    Merchandiser,
    /// Replays what happened.
    Analyst,
    /// Runs the system.
    Admin,
}

/// The text is no role.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a role is one of shopper, merchandiser, analyst, admin")]
pub struct UnknownRole;

impl Role {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Shopper,
        Self::Merchandiser,
        Self::Analyst,
        Self::Admin,
    ];

    /// The name in configuration and tokens.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shopper => "shopper",
            Self::Merchandiser => "merchandiser",
            Self::Analyst => "analyst",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or(UnknownRole)
    }
}

/// A set of roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Roles(u8);

impl Roles {
    /// Whether this role is among them.
    pub const fn contains(self, role: Role) -> bool {
        self.0 & (1 << role as u8) != 0
    }

    /// Those that are in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them once, in the order of [`Role::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL
            .into_iter()
            .filter(move |role| self.contains(*role))
    }
}

impl From<Role> for Roles {
    fn from(role: Role) -> Self {
        Self(1 << role as u8)
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        roles.into_iter().fold(Self::default(), |set, role| {
            Self(set.0 | Self::from(role).0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_each_role_once() {
        let roles: Roles = [Role::Admin, Role::Shopper, Role::Admin]
            .into_iter()
            .collect();
        assert_eq!(
            roles.iter().collect::<Vec<_>>(),
            [Role::Shopper, Role::Admin]
        );
        assert!(!roles.contains(Role::Analyst));
        assert_eq!(roles.and(Role::Admin.into()), Role::Admin.into());
        assert!(roles.and(Role::Analyst.into()).is_empty());
    }

    #[test]
    fn a_role_is_read_as_it_is_written() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert_eq!("king".parse::<Role>(), Err(UnknownRole));
    }
}
