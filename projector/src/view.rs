//! What a view is.

use futures::future::BoxFuture;
use jetstream_es::{Commit, SubjectFilter};
use sqlx::PgConnection;

use crate::error::ApplyError;

/// Rows that follow from events.
///
/// A view reads and writes nothing but its own tables, in the given transaction, so that it can be dropped and
/// rebuilt by itself. Applying is a function of the rows and the commit: no clock, no randomness.
pub trait View: Send + Sync + 'static {
    /// The name of its checkpoint.
    fn name(&self) -> &'static str;

    /// Raised when old rows would not be as new ones are: the view is then built anew from the log.
    fn version(&self) -> i32;

    /// The commits that it wants.
    fn filter(&self) -> SubjectFilter;

    /// Applies one commit.
    fn apply_in_tx<'a>(
        &'a self,
        tx: &'a mut PgConnection,
        commit: &'a Commit,
    ) -> BoxFuture<'a, Result<(), ApplyError>>;

    /// Removes all its rows.
    fn clear_in_tx<'a>(
        &'a self,
        tx: &'a mut PgConnection,
    ) -> BoxFuture<'a, Result<(), sqlx::Error>>;
}
