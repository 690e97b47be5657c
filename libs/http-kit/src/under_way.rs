//! Requests that are under way in this process, and answers that are on their way to where they are kept.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use uuid::Uuid;

use crate::KeptAnswer;

/// The commands of this process that have no kept answer yet. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Commands(Arc<Mutex<HashMap<Uuid, Option<Arc<KeptAnswer>>>>>);

/// How a command finds its kind.
pub(crate) enum Entered {
    /// Nobody else carries it out.
    First(UnderWay),
    /// It is being carried out.
    Again,
    /// It was answered just now.
    Answered(Arc<KeptAnswer>),
}

impl Commands {
    /// Enters a command.
    pub(crate) fn enter(&self, command: Uuid) -> Entered {
        match self.lock().entry(command) {
            std::collections::hash_map::Entry::Occupied(found) => match found.get() {
                Some(answer) => Entered::Answered(Arc::clone(answer)),
                None => Entered::Again,
            },
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(None);
                Entered::First(UnderWay {
                    commands: self.clone(),
                    command,
                })
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, Option<Arc<KeptAnswer>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A command under way. Leaves when dropped, also when the client went away.
pub(crate) struct UnderWay {
    commands: Commands,
    command: Uuid,
}

impl UnderWay {
    /// Its id.
    pub(crate) fn command(&self) -> Uuid {
        self.command
    }

    /// From here on whoever sends it again gets this answer.
    pub(crate) fn answered(&self, answer: Arc<KeptAnswer>) {
        self.commands.lock().insert(self.command, Some(answer));
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.commands.lock().remove(&self.command);
    }
}
