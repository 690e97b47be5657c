//! Values as small numbers.

use std::collections::HashMap;

/// Values of one facet, each with a number. Numbers are never given again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dictionary {
    numbers: HashMap<String, u32>,
    values: Vec<(String, String)>,
}

impl Dictionary {
    /// The number of this key; a new one gets the label with which it first came.
    pub(crate) fn number(&mut self, key: String, label: &str) -> u32 {
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        let number = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.values.push((key.clone(), label.to_owned()));
        self.numbers.insert(key, number);
        number
    }

    /// The number of this key, if anything has it.
    pub(crate) fn find(&self, key: &str) -> Option<u32> {
        self.numbers.get(key).copied()
    }

    /// Key and label.
    pub(crate) fn value(&self, number: u32) -> (&str, &str) {
        let value = usize::try_from(number)
            .ok()
            .and_then(|at| self.values.get(at));
        value.map_or(("", ""), |(key, label)| (key, label))
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }
}
