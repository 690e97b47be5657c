//! A person, as admins see them.

use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{email::Email, role::RoleBody};

/// A person, as admins see them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonDocument {
    /// The account.
    pub(super) account: Uuid,
    /// The address; a guest has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Email)]
    pub(super) email: Option<String>,
    /// What they may do.
    pub(super) roles: Vec<RoleBody>,
    /// Whether they may come in.
    pub(super) is_suspended: bool,
    /// Where they are signed in at the moment.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub(super) sessions: i64,
    /// When they signed up.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub(super) created_at: OffsetDateTime,
}
