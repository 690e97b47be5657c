//! How many streams one caller has open: nobody takes those of others.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use http_kit::{Caller, ClientNetwork};

/// Whose streams are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Holder {
    /// A person or a program, wherever it comes from.
    Account(String),
    /// All who say nothing of themselves and come from one network.
    Network(ClientNetwork),
}

impl Holder {
    pub(crate) fn of(caller: Option<&Caller>, network: ClientNetwork) -> Self {
        caller.map_or(Self::Network(network), |caller| {
            Self::Account(caller.account.clone())
        })
    }
}

/// The streams that are open, by whose they are.
#[derive(Debug, Default)]
pub(crate) struct Shares {
    open: Mutex<HashMap<Holder, usize>>,
}

impl Shares {
    /// One more for this holder, unless they have as many as they may; until the share is dropped.
    pub(crate) fn take(self: &Arc<Self>, holder: Holder, most: usize) -> Option<Share> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(holder.clone()).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Share {
            of: Arc::clone(self),
            holder,
        })
    }
}

/// An open stream's place among those of its holder.
#[derive(Debug)]
pub(crate) struct Share {
    of: Arc<Shares>,
    holder: Holder,
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut open = self.of.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.holder) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.holder);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_their_own_and_what_ends_makes_room() {
        let shares = Arc::new(Shares::default());
        let anna = || Holder::Account("anna".to_owned());
        let bert = || Holder::Account("bert".to_owned());
        let first = shares.take(anna(), 2).unwrap();
        let _second = shares.take(anna(), 2).unwrap();
        assert!(shares.take(anna(), 2).is_none());
        assert!(shares.take(bert(), 2).is_some());
        drop(first);
        assert!(shares.take(anna(), 2).is_some());
        assert_eq!(shares.open.lock().unwrap().len(), 1);
    }
}
