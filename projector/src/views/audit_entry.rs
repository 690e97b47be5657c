//! What admins decided about people, keys and projections.

use cqrs_es::{Aggregate, DomainEvent};
use domain::{
    identity::{
        account::{Account, AccountEvent, Role},
        signing_keys::{SigningKeys, SigningKeysEvent},
    },
    operations::projection::{Projection, ProjectionEvent},
    shared::{ApiKeyId, Circumstances, Reason, ViewName, WideNetwork},
};
use jetstream_es::{Commit, DecodeError};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::documents;
use crate::{ApplyError, Facts, ReadRow, Source, Table, View};

/// What happens to accounts, signing keys and projections.
#[derive(Debug)]
pub struct AdminDecisions;

/// An event of an account, of the signing keys or of a projection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdminDecision {
    /// Of an account. It need not be an admin's decision.
    Account(AccountEvent),
    /// Of the signing keys.
    SigningKeys(SigningKeysEvent),
    /// Of a projection.
    Projection(ProjectionEvent),
}

impl Source for AdminDecisions {
    const TYPES: &'static [&'static str] = &[Account::TYPE, SigningKeys::TYPE, Projection::TYPE];

    type Event = AdminDecision;

    fn events(commit: &Commit) -> Result<Vec<AdminDecision>, DecodeError> {
        if commit.aggregate_type == Projection::TYPE {
            let events = commit.decode::<Projection>()?.into_iter();
            return Ok(events.map(AdminDecision::Projection).collect());
        }
        if commit.aggregate_type == SigningKeys::TYPE {
            let events = commit.decode::<SigningKeys>()?.into_iter();
            return Ok(events.map(AdminDecision::SigningKeys).collect());
        }
        let events = commit.decode::<Account>()?.into_iter();
        Ok(events.map(AdminDecision::Account).collect())
    }
}

/// One decision; the document that the client gets. Times are RFC 3339.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditDocument {
    /// Where it stands in the log.
    pub sequence: i64,
    /// When it came into force.
    pub at: String,
    /// What was decided: the event's type.
    pub action: String,
    /// Opaque id of who decided it.
    pub actor: Option<String>,
    /// The network that they were in.
    pub from: Option<WideNetwork>,
    /// Why.
    pub reason: Option<Reason>,
    /// About which account.
    pub account: Option<Uuid>,
    /// About which view.
    pub view: Option<ViewName>,
    /// What the account or the key may do from then on.
    pub roles: Option<Vec<Role>>,
    /// Which key.
    pub key: Option<ApiKeyId>,
    /// Which commit of the log that the view could not apply.
    pub commit: Option<u64>,
}

impl AuditDocument {
    /// What the event tells of a decision; none where it is no admin's.
    pub fn of(event: AdminDecision, facts: &Facts) -> Option<Self> {
        match event {
            AdminDecision::Account(event) => Self::of_account(event, facts),
            AdminDecision::SigningKeys(event) => Some(Self::of_signing_keys(event, facts)),
            AdminDecision::Projection(event) => Some(Self::of_projection(event, facts)),
        }
    }

    fn of_account(event: AccountEvent, facts: &Facts) -> Option<Self> {
        let about = Self {
            account: Some(facts.id),
            ..Self::begun(event.event_type(), facts)
        };
        // Whoever signs up opens their own account, and makes their own keys.
        let owner = facts.id.to_string();
        let is_by_another = facts.actor.as_ref().is_some_and(|actor| *actor != owner);
        match event {
            AccountEvent::AccountRegistered { roles } => is_by_another.then_some(Self {
                roles: Some(roles),
                ..about
            }),
            AccountEvent::RolesChanged { roles, reason } => Some(Self {
                roles: Some(roles),
                reason: Some(reason),
                ..about
            }),
            AccountEvent::ApiKeyIssued { key, roles } => is_by_another.then_some(Self {
                key: Some(key),
                roles: Some(roles),
                ..about
            }),
            AccountEvent::ApiKeyRevoked { key } => is_by_another.then_some(Self {
                key: Some(key),
                ..about
            }),
            AccountEvent::AccountErased {} => None,
            AccountEvent::AccountSuspended { decided }
            | AccountEvent::AccountReinstated { decided }
            | AccountEvent::SessionsEnded { decided }
            | AccountEvent::SecondFactorRemoved { decided } => Some(about.decided(decided)),
        }
    }

    fn of_signing_keys(event: SigningKeysEvent, facts: &Facts) -> Self {
        let about = Self::begun(event.event_type(), facts);
        match event {
            SigningKeysEvent::SigningKeysReplaced { decided } => about.decided(decided),
        }
    }

    fn of_projection(event: ProjectionEvent, facts: &Facts) -> Self {
        let about = Self::begun(event.event_type(), facts);
        match event {
            ProjectionEvent::ProjectionPaused { view, decided }
            | ProjectionEvent::ProjectionResumed { view, decided }
            | ProjectionEvent::ProjectionRebuildRequested { view, decided }
            | ProjectionEvent::ProjectionRebuildCancelled { view, decided } => Self {
                view: Some(view),
                ..about.decided(decided)
            },
            ProjectionEvent::ParkedEventRetried {
                view,
                sequence,
                decided,
            }
            | ProjectionEvent::ParkedEventDiscarded {
                view,
                sequence,
                decided,
            } => Self {
                view: Some(view),
                commit: Some(sequence),
                ..about.decided(decided)
            },
        }
    }

    fn begun(action: String, facts: &Facts) -> Self {
        Self {
            sequence: facts.sequence,
            at: facts.at.clone(),
            action,
            actor: facts.actor.clone(),
            from: None,
            reason: None,
            account: None,
            view: None,
            roles: None,
            key: None,
            commit: None,
        }
    }

    fn decided(self, circumstances: Circumstances) -> Self {
        Self {
            at: circumstances.at.to_string(),
            from: circumstances.from,
            reason: circumstances.reason,
            ..self
        }
    }
}

/// The decisions about one account or projection that are not written yet. What is written is never read again.
#[derive(Debug, Default)]
pub struct AuditRow {
    fresh: Vec<AuditDocument>,
}

/// One row per decision.
#[derive(Debug)]
pub struct AuditEntry;

impl View for AuditEntry {
    const NAME: &'static str = "audit_entry";
    const VERSION: i32 = 2;
    const TABLES: &'static [Table] = &[Table {
        name: "audit_entry",
        key: &["sequence", "ordinal"],
    }];
    type Aggregate = AdminDecisions;
    type Row = AuditRow;

    fn fold(row: Option<AuditRow>, event: AdminDecision, facts: &Facts) -> Option<AuditRow> {
        let mut row = row.unwrap_or_default();
        row.fresh.extend(AuditDocument::of(event, facts));
        Some(row)
    }

    async fn read_in_tx(
        _tx: &mut PgConnection,
        _ids: &[Uuid],
    ) -> Result<Vec<ReadRow<AuditRow>>, sqlx::Error> {
        Ok(vec![])
    }

    async fn write_in_tx(
        tx: &mut PgConnection,
        rows: &mut [(Uuid, AuditRow)],
    ) -> Result<(), ApplyError> {
        let fresh: Vec<(Uuid, AuditDocument)> = rows
            .iter_mut()
            .flat_map(|(id, row)| row.fresh.drain(..).map(|document| (*id, document)))
            .collect();
        if fresh.is_empty() {
            return Ok(());
        }
        let subjects: Vec<Uuid> = fresh.iter().map(|(id, _)| *id).collect();
        let told = || fresh.iter().map(|(_, document)| document);
        let sequences: Vec<i64> = told().map(|document| document.sequence).collect();
        let actors: Vec<Option<String>> = told().map(|document| document.actor.clone()).collect();
        let actions: Vec<String> = told().map(|document| document.action.clone()).collect();
        let times: Vec<String> = told().map(|document| document.at.clone()).collect();
        sqlx::query!(
            "INSERT INTO audit_entry (sequence, ordinal, subject, actor, action, at, document)
             SELECT sequence, ordinal, subject, actor, action, at::TIMESTAMPTZ, document
             FROM UNNEST($1::BIGINT[], $2::INTEGER[], $3::UUID[], $4::TEXT[], $5::TEXT[], $6::TEXT[], $7::TEXT[])
                  AS given (sequence, ordinal, subject, actor, action, at, document)
             ON CONFLICT (sequence, ordinal) DO UPDATE SET
                 subject = excluded.subject, actor = excluded.actor, action = excluded.action, at = excluded.at,
                 document = excluded.document",
            &sequences,
            &ordinals(&sequences),
            &subjects,
            &actors as &[Option<String>],
            &actions,
            &times,
            &documents(&fresh, |document| document)?
        )
        .execute(tx)
        .await?;
        Ok(())
    }
}

/// Which of its commit's decisions each is. Those of one commit stand together.
fn ordinals(sequences: &[i64]) -> Vec<i32> {
    let mut ordinals: Vec<i32> = Vec::with_capacity(sequences.len());
    for (index, sequence) in sequences.iter().enumerate() {
        let before = index.checked_sub(1);
        let same = before.filter(|before| sequences.get(*before) == Some(sequence));
        let last = same.and_then(|before| ordinals.get(before));
        ordinals.push(last.map_or(0, |last| last + 1));
    }
    ordinals
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADMIN: &str = "01900000-0000-7000-8000-000000000004";

    fn facts(sequence: i64, actor: &str) -> Facts {
        Facts {
            id: Uuid::from_u128(1),
            sequence,
            at: "2026-07-02T09:00:00.5Z".to_owned(),
            actor: Some(actor.to_owned()),
        }
    }

    fn told(events: Vec<AdminDecision>, actor: &str) -> Vec<AuditDocument> {
        let row = events.into_iter().zip(1..).fold(None, |row, (event, at)| {
            AuditEntry::fold(row, event, &facts(at, actor))
        });
        row.unwrap().fresh
    }

    fn account() -> Vec<AdminDecision> {
        let samples = AccountEvent::samples().into_iter();
        samples.map(AdminDecision::Account).collect()
    }

    #[test]
    fn what_an_admin_decided_about_somebody_is_told_with_who_where_and_why() {
        let found = told(account(), ADMIN);
        let actions: Vec<&str> = found.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(
            actions,
            [
                "AccountRegistered",
                "RolesChanged",
                "ApiKeyIssued",
                "ApiKeyRevoked",
                "AccountSuspended",
                "AccountReinstated",
                "SessionsEnded",
                "SecondFactorRemoved"
            ]
        );
        let suspended = &found[4];
        assert_eq!(suspended.actor.as_deref(), Some(ADMIN));
        assert_eq!(suspended.account, Some(Uuid::from_u128(1)));
        // When it came into force, not when the log was told.
        assert_eq!(suspended.at, "2026-07-01T08:00:00Z");
        assert_eq!(
            suspended.from.as_ref().map(WideNetwork::as_str),
            Some("203.0.113.0/24")
        );
        assert!(suspended.reason.is_some());
        assert_eq!(found[1].at, "2026-07-02T09:00:00.5Z");
    }

    #[test]
    fn what_somebody_does_with_their_own_account_is_nobodys_business() {
        let found = told(account(), &Uuid::from_u128(1).to_string());
        let mut actions = found.iter().map(|entry| entry.action.as_str());
        assert_eq!(actions.next(), Some("RolesChanged"));
        assert!(!actions.any(|action| action.starts_with("ApiKey")));
    }

    #[test]
    fn a_decision_about_a_projection_names_the_view_and_the_commit() {
        let samples = ProjectionEvent::samples().into_iter();
        let samples: Vec<_> = samples.map(AdminDecision::Projection).collect();
        let found = told(samples, "operator");
        assert_eq!(found.len(), 6);
        for entry in &found {
            assert_eq!(
                entry.view.as_ref().map(ViewName::as_str),
                Some("garment_card")
            );
            assert_eq!(entry.account, None);
        }
        assert_eq!(
            (found[0].commit, found[5].action.as_str(), found[5].commit),
            (None, "ParkedEventDiscarded", Some(17))
        );
    }

    #[test]
    fn a_decision_about_the_signing_keys_is_about_no_account() {
        let samples = SigningKeysEvent::samples().into_iter();
        let found = told(samples.map(AdminDecision::SigningKeys).collect(), ADMIN);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].action, "SigningKeysReplaced");
        assert_eq!(
            (found[0].account, found[0].at.as_str()),
            (None, "2026-07-01T08:00:00Z")
        );
    }

    #[test]
    fn decisions_of_one_commit_are_told_apart() {
        assert_eq!(ordinals(&[3, 3, 4, 4, 4, 7]), [0, 1, 0, 1, 2, 0]);
    }
}
