//! Events in, PostgreSQL views out.
//!
//! Owns the schema `drape`. Each view is one file in `views/` and runs as one task: it follows the whole log from its
//! checkpoint and changes its rows and its checkpoint in one transaction. The checkpoint moves by compare-and-set, so
//! of two projectors on one database each commit is applied by exactly one. Every view reads past the commits that
//! are not its own, so each checkpoint reaches every position of the log, and "has this view seen my write?" has an
//! answer for every write.
//!
//! A log that ends before a checkpoint, or holds something else there, halts the view: nothing is skipped over.

mod checkpoint;
mod error;
mod health;
mod numbers;
mod options;
mod picture_link;
mod projector;
mod run_view;
mod view;
pub mod views;

pub use self::{
    error::{ApplyError, HaltError},
    health::{Health, ViewHealth, ViewState},
    options::ProjectorOptions,
    picture_link::{PictureLink, PictureSource},
    projector::Projector,
    view::{AnyView, View},
};

/// The channel on which PostgreSQL tells that a checkpoint moved; the payload is `<view> <sequence>`.
pub const CHECKPOINT_CHANNEL: &str = "drape_checkpoint";

/// Brings the schema up to date. Safe to call from several processes at once.
pub async fn migrate(pool: &sqlx::PgPool) -> Result<(), sqlx::migrate::MigrateError> {
    sqlx::migrate!().run(pool).await
}
