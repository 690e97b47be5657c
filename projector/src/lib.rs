//! Events in, PostgreSQL views out.
//!
//! Owns the schemas `drape` and `drape_archive`. Each view is one file in `views/` and runs as one task: it follows the
//! whole log from its checkpoint, folds a batch in memory, and changes its rows and its checkpoint in one transaction.
//! The checkpoint moves by compare-and-set, so of two projectors on one database each commit is applied by exactly one.
//! Every view reads past the commits that are not its own, so each checkpoint reaches every position of the log, and
//! "has this view seen my write?" has an answer for every write.
//!
//! A commit that cannot be applied is parked as a dead letter, and later ones of its aggregate wait behind it; the view
//! goes on. A log that ends before a checkpoint, or holds something else there, halts the view: nothing is skipped over.
//! What people decide about views (pausing, building anew, leaving out) is noted with what it changes, and the log is told of it.
//!
//! A new generation of a view is built beside the live one and switched in. The archive is a second, proven copy of the
//! log.

mod archive;
mod as_of;
mod catch_up;
mod checkpoint;
mod control;
mod dead_letter;
mod decision;
mod error;
mod fold;
mod gather;
mod generation;
mod health;
mod numbers;
mod options;
mod persist;
mod picture_link;
mod projector;
mod read_ahead;
mod rebuild;
mod run_view;
mod text;
mod view;
pub mod views;
mod write;

pub use self::{
    archive::{ArchiveError, ArchiveVerified, RestoreError, restore_log, verify_archive},
    as_of::{AsOf, AsOfError, views_at},
    control::{
        AdoptError, Adopted, ControlError, DeadLetter, DeadLetterFilter, Decision, Projection,
        Rebuild, adopt_epoch, cancel_rebuild, dead_letters, discard_dead_letter, pause,
        projections, rebuild_here, request_rebuild, resume, retry_dead_letter,
    },
    decision::Decider,
    error::{ApplyError, FailureClass, HaltError},
    health::{Health, ViewHealth, ViewState},
    options::ProjectorOptions,
    picture_link::{PictureLink, PictureSource},
    projector::Projector,
    rebuild::{Comparison, TableDifference},
    view::{AnyView, EventOf, Facts, ReadRow, Source, Table, View},
};

/// The channel on which PostgreSQL tells that a checkpoint moved; the payload is `<view> <sequence>`.
pub const CHECKPOINT_CHANNEL: &str = "drape_checkpoint";

/// Brings the schema up to date. Safe to call from several processes at once.
pub async fn migrate(pool: &sqlx::PgPool) -> Result<(), sqlx::migrate::MigrateError> {
    sqlx::migrate!().run(pool).await
}
