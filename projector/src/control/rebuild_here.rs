//! Building a view anew: asking the projector for it, or doing it in this process.

use domain::operations::projection::ProjectionDecision;
use jetstream_es::EventLog;
use sqlx::PgPool;
use tokio::sync::watch;

use super::{ControlError, view_named};
use crate::{
    decision::{Decider, note_in_tx},
    error::{Setback, Stop},
    options::ProjectorOptions,
    rebuild::{self, Cause, Rebuilder},
    text::chain,
};

/// Asks the projector to build the view anew; false when that is under way already.
pub async fn request_rebuild(
    pool: &PgPool,
    view: &str,
    by: &Decider,
) -> Result<bool, ControlError> {
    let view = view_named(view)?;
    let mut tx = pool.begin().await?;
    let asked = rebuild::ask_in_tx(&mut tx, view.name, Cause::Requested).await?;
    if asked {
        note_in_tx(&mut tx, view.name, ProjectionDecision::Rebuild, by).await?;
    }
    tx.commit().await?;
    Ok(asked)
}

/// Calls a rebuild off; false when none is under way.
pub async fn cancel_rebuild(pool: &PgPool, view: &str, by: &Decider) -> Result<bool, ControlError> {
    let view = view_named(view)?;
    let mut tx = pool.begin().await?;
    let cancelled = rebuild::cancel_in_tx(&mut tx, view).await?;
    if cancelled {
        note_in_tx(&mut tx, view.name, ProjectionDecision::CancelRebuild, by).await?;
    }
    tx.commit().await?;
    Ok(cancelled)
}

/// Carries out in this process what was asked for. `tell` learns how far it is, and how far it has to go.
pub async fn rebuild_here(
    log: EventLog,
    pool: PgPool,
    options: ProjectorOptions,
    view: &str,
    mut tell: impl FnMut(u64, u64),
) -> Result<(), ControlError> {
    let view = view_named(view)?;
    let (_decided, asked) = watch::channel(0);
    let rebuilder = Rebuilder {
        log,
        pool,
        options,
        asked,
    };
    loop {
        match rebuilder.rebuild(view, &mut tell).await {
            Ok(()) => return Ok(()),
            // Readers or a view that moves on were in the way of the switch.
            Err(Stop::Setback(Setback::TablesBusy)) => {}
            Err(Stop::Setback(Setback::Database(error))) => return Err(error.into()),
            Err(Stop::Setback(Setback::Log(error))) => return Err(error.into()),
            Err(Stop::Setback(
                setback @ (Setback::TimedOut | Setback::AnotherInstance | Setback::FollowerEnded),
            )) => return Err(ControlError::Waits(chain(&setback))),
            Err(Stop::Halt(failure)) => return Err(failure.into()),
            Err(Stop::Hold(_)) => return Err(ControlError::Changed),
        }
    }
}
