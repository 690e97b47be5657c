//! What a view is.

use futures::future::BoxFuture;
use jetstream_es::{Commit, SubjectFilter};
use sqlx::PgConnection;

use crate::error::ApplyError;

/// Rows that follow from the events of one type of aggregate.
///
/// A view reads and writes nothing but its own tables, in the given transaction, so that it can be dropped and
/// rebuilt by itself. Applying is a function of the rows and the commit: no clock, no randomness.
pub trait View: 'static {
    /// The name of its checkpoint.
    const NAME: &'static str;

    /// Raised when old rows would not be as new ones are: the view is then built anew from the log.
    const VERSION: i32;

    /// Whose commits it wants.
    const AGGREGATE_TYPE: &'static str;

    /// Applies one commit.
    fn apply_in_tx(
        tx: &mut PgConnection,
        commit: &Commit,
    ) -> impl Future<Output = Result<(), ApplyError>> + Send;

    /// Removes all its rows.
    fn clear_in_tx(tx: &mut PgConnection) -> impl Future<Output = Result<(), sqlx::Error>> + Send;
}

type Apply = for<'a> fn(&'a mut PgConnection, &'a Commit) -> BoxFuture<'a, Result<(), ApplyError>>;
type Clear = for<'a> fn(&'a mut PgConnection) -> BoxFuture<'a, Result<(), sqlx::Error>>;

/// Any view, for those who keep several.
#[derive(Clone, Copy)]
pub struct AnyView {
    pub(crate) name: &'static str,
    pub(crate) version: i32,
    aggregate_type: &'static str,
    pub(crate) apply_in_tx: Apply,
    pub(crate) clear_in_tx: Clear,
}

impl AnyView {
    /// This view.
    pub fn of<V: View>() -> Self {
        Self {
            name: V::NAME,
            version: V::VERSION,
            aggregate_type: V::AGGREGATE_TYPE,
            apply_in_tx: |tx, commit| Box::pin(V::apply_in_tx(tx, commit)),
            clear_in_tx: |tx| Box::pin(V::clear_in_tx(tx)),
        }
    }

    /// The commits that it wants.
    pub(crate) fn filter(&self) -> SubjectFilter {
        SubjectFilter::aggregate_type(self.aggregate_type)
    }
}
