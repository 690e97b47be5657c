//! What a view is.

use cqrs_es::Aggregate;
use jetstream_es::{Commit, DecodeError, SubjectFilter};
use sqlx::PgConnection;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use crate::{
    error::ApplyError,
    fold::{AnyFold, Fold},
    numbers::to_sql,
};

/// A table of a view, and the columns that tell its rows apart.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Its name, without a schema.
    pub name: &'static str,
    /// Its primary key.
    pub key: &'static [&'static str],
}

/// What is known of the commit that an event stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The aggregate. Only UUIDs are ever appended.
    pub id: Uuid,
    /// The commit's sequence in the log.
    pub sequence: i64,
    /// The commit's time, RFC 3339 in UTC.
    pub at: String,
    /// Opaque id of who asked for it.
    pub actor: Option<String>,
}

impl Facts {
    pub(crate) fn of(commit: &Commit) -> Result<Self, ApplyError> {
        let id = Uuid::try_parse(&commit.aggregate_id).map_err(|_| ApplyError::NoUuid)?;
        let at = commit.time.to_offset(time::UtcOffset::UTC);
        Ok(Self {
            id,
            sequence: to_sql(commit.position.sequence),
            at: at.format(&Rfc3339)?,
            actor: commit.actor.clone(),
        })
    }
}

/// Whose commits a view wants, and how their events are read: those of one type of aggregate, or of several that one view tells of.
pub trait Source {
    /// The types of the aggregates.
    const TYPES: &'static [&'static str];

    /// What happens to them.
    type Event: Send + Sync;

    /// The events of a commit of theirs.
    fn events(commit: &Commit) -> Result<Vec<Self::Event>, DecodeError>;

    /// Whether there can be no row yet that the commit is about. Aggregates of two types that share their ids share a row.
    fn begins(commit: &Commit) -> bool {
        commit.from_version == 1
    }
}

impl<A: Aggregate<Event: Send + Sync>> Source for A {
    const TYPES: &'static [&'static str] = &[<A as Aggregate>::TYPE];

    type Event = <A as Aggregate>::Event;

    fn events(commit: &Commit) -> Result<Vec<<A as Aggregate>::Event>, DecodeError> {
        commit.decode::<A>()
    }
}

/// The events that a view folds.
pub type EventOf<V> = <<V as View>::Aggregate as Source>::Event;

/// What was read for one aggregate: a row that cannot be read concerns that aggregate alone.
pub type ReadRow<R> = (Uuid, Result<R, ApplyError>);

/// Rows that follow from the events of one type of aggregate.
///
/// A view reads and writes nothing but its own tables, and names them without a schema: the runner points the
/// transaction's `search_path` at the live tables or at those of a generation under construction. Folding is a function
/// of the row and the event: no clock, no randomness. Many commits are folded in memory between one read and one write.
pub trait View: Send + Sync + 'static {
    /// The name of its checkpoint.
    const NAME: &'static str;

    /// Raised when old rows would not be as new ones are: the view is then built anew from the log.
    const VERSION: i32;

    /// All its tables, those that others are about first.
    const TABLES: &'static [Table];

    /// Whose commits it wants.
    type Aggregate: Source + 'static;

    /// What is folded for one aggregate.
    type Row: Send + Sync + 'static;

    /// What the event makes of the row. Nothing only for an event that needs a row and finds none.
    fn fold(row: Option<Self::Row>, event: EventOf<Self>, facts: &Facts) -> Option<Self::Row>;

    /// Reads the rows of these aggregates, as far as there are any, in one statement for each table.
    fn read_in_tx(
        tx: &mut PgConnection,
        ids: &[Uuid],
    ) -> impl Future<Output = Result<Vec<ReadRow<Self::Row>>, sqlx::Error>> + Send;

    /// Writes the rows in one statement for each table, and takes out of them what need not be written again.
    fn write_in_tx(
        tx: &mut PgConnection,
        rows: &mut [(Uuid, Self::Row)],
    ) -> impl Future<Output = Result<(), ApplyError>> + Send;
}

/// Any view, for those who keep several.
#[derive(Clone, Copy)]
pub struct AnyView {
    /// [`View::NAME`].
    pub name: &'static str,
    /// [`View::VERSION`].
    pub version: i32,
    /// [`View::TABLES`].
    pub tables: &'static [Table],
    /// The types of the aggregates whose commits it wants.
    pub aggregate_types: &'static [&'static str],
    make_fold: fn(usize) -> Box<dyn AnyFold>,
}

impl AnyView {
    /// This view.
    pub fn of<V: View>() -> Self {
        Self {
            name: V::NAME,
            version: V::VERSION,
            tables: V::TABLES,
            aggregate_types: <V::Aggregate as Source>::TYPES,
            make_fold: |rows| Box::new(Fold::<V>::new(rows)),
        }
    }

    /// The commits that it wants.
    pub(crate) fn filter(&self) -> SubjectFilter {
        let types = self.aggregate_types.iter().copied();
        let filters: Vec<_> = types.map(SubjectFilter::aggregate_type).collect();
        SubjectFilter::any_of(&filters)
    }

    /// Whether it wants this commit.
    pub(crate) fn wants(&self, commit: &Commit) -> bool {
        self.aggregate_types
            .contains(&commit.aggregate_type.as_str())
    }

    /// A fold that keeps up to `rows` rows in memory.
    pub(crate) fn new_fold(&self, rows: usize) -> Box<dyn AnyFold> {
        (self.make_fold)(rows)
    }
}

impl std::fmt::Debug for AnyView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} v{}", self.name, self.version)
    }
}
