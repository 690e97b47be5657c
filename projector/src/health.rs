//! How the views are doing, for readiness and for people.

use std::{fmt, sync::Arc};

use tokio::sync::watch;

use crate::error::HaltError;

/// How one view is doing.
#[derive(Debug, Clone)]
pub enum ViewState {
    /// It has not read its checkpoint yet.
    Starting,
    /// It follows the log.
    Running,
    /// Something that passes is in its way.
    Waiting {
        /// What, for people.
        reason: String,
    },
    /// Somebody paused it.
    Paused,
    /// Its rows are of an older version; new ones are being built beside them.
    Outdated,
    /// It stopped until a person acts.
    Halted {
        /// Why.
        error: Arc<HaltError>,
    },
}

impl fmt::Display for ViewState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Starting => f.write_str("it starts"),
            Self::Running => f.write_str("it follows the log"),
            Self::Waiting { reason } => f.write_str(reason),
            Self::Paused => f.write_str("it is paused"),
            Self::Outdated => f.write_str("its rows are of an older version, new ones are built"),
            Self::Halted { error } => write!(f, "{error}"),
        }
    }
}

/// One view and how it is doing.
#[derive(Debug, Clone)]
pub struct ViewHealth {
    /// The view's name.
    pub view: &'static str,
    /// The last sequence that this instance saw applied.
    pub sequence: u64,
    /// How it is doing.
    pub state: ViewState,
    /// Commits that it could not apply and goes on without.
    pub parked: u64,
}

/// A handle on the health of all views of one projector. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Health {
    views: Arc<watch::Sender<Vec<ViewHealth>>>,
}

impl Health {
    pub(crate) fn new(names: impl Iterator<Item = &'static str>) -> Self {
        let starting = |view| ViewHealth {
            view,
            sequence: 0,
            state: ViewState::Starting,
            parked: 0,
        };
        Self {
            views: Arc::new(watch::Sender::new(names.map(starting).collect())),
        }
    }

    /// All views.
    pub fn views(&self) -> Vec<ViewHealth> {
        self.views.borrow().clone()
    }

    /// The first view that stopped for good.
    pub fn halted(&self) -> Option<(&'static str, Arc<HaltError>)> {
        self.views
            .borrow()
            .iter()
            .find_map(|view| match &view.state {
                ViewState::Halted { error } => Some((view.view, error.clone())),
                ViewState::Starting
                | ViewState::Running
                | ViewState::Waiting { .. }
                | ViewState::Paused
                | ViewState::Outdated => None,
            })
    }

    /// Changes as they come.
    pub fn subscribe(&self) -> watch::Receiver<Vec<ViewHealth>> {
        self.views.subscribe()
    }

    pub(crate) fn set_parked(&self, name: &str, parked: u64) {
        self.views.send_if_modified(|views| {
            let mut changed = false;
            for view in views.iter_mut().filter(|view| view.view == name) {
                changed |= view.parked != parked;
                view.parked = parked;
            }
            changed
        });
    }

    pub(crate) fn set(&self, name: &str, state: &ViewState, sequence: Option<u64>) {
        self.views.send_modify(|views| {
            for view in views.iter_mut().filter(|view| view.view == name) {
                view.sequence = sequence.unwrap_or(view.sequence);
                view.state = state.clone();
            }
        });
    }
}
