//! What every way of signing in ends with.

use axum::response::Response;
use http_kit::{Problem, Roles};
use uuid::Uuid;

use super::{Client, Delivery, GUEST_HAND_OVER, NewSession, OpenedSession, open_session_in_tx};
use crate::{Identity, database::in_time, role};

impl Identity {
    /// Signs somebody in who has shown who they are. `before` is the session that asks, which may be a guest's: that one ends, and
    /// its wardrobe can be taken over.
    pub(crate) async fn begin_session(
        &self,
        (account, roles): (Uuid, Roles),
        client: &Client,
        before: Option<Uuid>,
        delivery: Delivery,
    ) -> Result<Response, Problem> {
        let roles = self.newest_roles(account, roles).await;
        let new = NewSession::draw(client, self.options.session_lifetime, delivery)?;
        let (opened, guest) = self.begin(account, new, client, before).await?;
        self.signed_in((account, roles), opened, delivery, guest)
            .await
    }

    /// Begins the session, and one more for the guest that the caller was, whose own ends with that.
    async fn begin(
        &self,
        account: Uuid,
        new: NewSession,
        client: &Client,
        before: Option<Uuid>,
    ) -> Result<(OpenedSession, Option<OpenedSession>), Problem> {
        let for_guest = NewSession::draw(client, GUEST_HAND_OVER, Delivery::Token)?;
        let work = async {
            let mut tx = self.pool.begin().await?;
            let opened = open_session_in_tx(&mut tx, account, new).await?;
            let guest = sqlx::query_scalar!(
                "DELETE FROM identity.session USING identity.person
                 WHERE session.id = $1 AND person.account = session.account AND person.email IS NULL AND person.account <> $2
                 RETURNING person.account",
                before,
                account
            )
            .fetch_optional(&mut *tx)
            .await?;
            let guest = match guest {
                Some(guest) => Some(open_session_in_tx(&mut tx, guest, for_guest).await?),
                None => None,
            };
            tx.commit().await?;
            Ok((opened, guest))
        };
        let (opened, guest) = in_time(work).await?;
        if guest.is_some()
            && let Some(before) = before
        {
            self.recognised.ended(before);
        }
        Ok((opened, guest))
    }

    /// What the log says that an account may do, and sees to it that the database says the same. Without the log, what the
    /// database says: signing in does not need it.
    async fn newest_roles(&self, account: Uuid, known: Roles) -> Roles {
        match self.roles_of(account).await {
            Ok(Some(roles)) if roles != known => match self.remember_roles(account, roles).await {
                Ok(()) => roles,
                Err(_) => known,
            },
            _ => known,
        }
    }

    /// Copies what the log says.
    pub(crate) async fn remember_roles(&self, account: Uuid, roles: Roles) -> Result<(), Problem> {
        let update = sqlx::query!(
            "UPDATE identity.person SET roles = $2 WHERE account = $1",
            account,
            &role::texts(roles)
        );
        in_time(update.execute(&self.pool)).await?;
        self.recognised.ended(account);
        Ok(())
    }
}
