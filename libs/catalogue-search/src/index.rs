//! Garments in, snapshots out.

use std::{collections::HashMap, sync::Arc};

use uuid::Uuid;

use crate::{
    columns::{Coded, Columns, Dictionaries},
    error::SearchError,
    garment::Garment,
    snapshot::Snapshot,
    text::TextIndex,
};

/// The catalogue in memory. One owner writes; [`Snapshot`]s are for everybody.
pub struct Index {
    dictionaries: Dictionaries,
    /// Of many thousands, and of no use to a snapshot but for their numbers.
    styles: HashMap<String, u32>,
    rows: HashMap<Uuid, Arc<Coded>>,
    text: TextIndex,
    /// Slots of the text index that were given by now, and those that are free again.
    slots: u32,
    free: Vec<u32>,
}

impl Index {
    /// An empty one.
    ///
    /// # Errors
    /// When the text index cannot be made.
    pub fn new() -> Result<Self, SearchError> {
        Ok(Self {
            dictionaries: Dictionaries::default(),
            styles: HashMap::new(),
            rows: HashMap::new(),
            text: TextIndex::new()?,
            slots: 0,
            free: Vec::new(),
        })
    }

    /// Puts the garment in, in place of what was known of it. Seen in the next snapshot.
    ///
    /// # Errors
    /// When the text index refuses.
    pub fn put(&mut self, garment: &Garment) -> Result<(), SearchError> {
        let slot = match self.rows.get(&garment.id) {
            Some(row) => row.slot,
            None => self.free.pop().unwrap_or_else(|| {
                self.slots += 1;
                self.slots - 1
            }),
        };
        self.text.put(slot, garment)?;
        let next = u32::try_from(self.styles.len()).unwrap_or(u32::MAX);
        let style = *self.styles.entry(garment.style.clone()).or_insert(next);
        let row = self.dictionaries.code(garment, slot, style);
        self.rows.insert(garment.id, Arc::new(row));
        Ok(())
    }

    /// Takes the garment out, if it is in.
    pub fn remove(&mut self, id: Uuid) {
        if let Some(row) = self.rows.remove(&id) {
            self.text.remove(row.slot);
            self.free.push(row.slot);
        }
    }

    /// How many garments are in.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The catalogue as it is now.
    ///
    /// # Errors
    /// When the text index cannot commit.
    pub fn snapshot(&mut self) -> Result<Snapshot, SearchError> {
        let text = self.text.commit()?;
        let rows = self.rows.values().cloned().collect();
        let columns = Columns::of(
            rows,
            self.slots as usize,
            self.dictionaries.currencies.len(),
        );
        Ok(Snapshot::new(self.dictionaries.clone(), columns, text))
    }
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Index of {} garments", self.rows.len())
    }
}
