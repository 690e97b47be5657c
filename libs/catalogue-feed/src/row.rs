//! A row of any file that has columns.

use std::{collections::HashMap, sync::Arc};

use csv::StringRecord;

/// Which column stands where.
#[derive(Debug)]
pub(crate) struct Header {
    by_name: HashMap<String, usize>,
    columns: usize,
}

impl Header {
    /// By names in lower case. A metafield of Shopify's is known by its key, our own by `drape_` and its name.
    pub(crate) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let (mut by_name, mut columns) = (HashMap::new(), 0);
        for name in names {
            // The first of two columns with one name counts.
            by_name.entry(key(name)).or_insert(columns);
            columns += 1;
        }
        Self { by_name, columns }
    }

    /// How many there are.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    pub(crate) fn index(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }
}

fn key(name: &str) -> String {
    let name = name.trim().to_lowercase();
    let metafield = name
        .rsplit_once("(product.metafields.")
        .and_then(|(_, key)| key.strip_suffix(')'));
    match metafield.map(|key| key.strip_prefix("drape.").ok_or(key)) {
        Some(Ok(ours)) => format!("drape_{ours}"),
        Some(Err(others)) => others.to_owned(),
        None => name,
    }
}

/// One row: its cells, by the names of their columns.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) line: u64,
    pub(crate) header: Arc<Header>,
    pub(crate) cells: StringRecord,
    /// What is wrong with the row as a whole.
    pub(crate) damage: Option<&'static str>,
}

impl Row {
    /// The cell without white space around it; nothing where there is no such column.
    pub(crate) fn get(&self, column: &str) -> &str {
        let cell = self.header.index(column).and_then(|at| self.cells.get(at));
        cell.unwrap_or_default().trim()
    }

    /// The first of these cells that holds something.
    pub(crate) fn first(&self, columns: &[&str]) -> &str {
        let mut cells = columns.iter().map(|column| self.get(column));
        cells.find(|cell| !cell.is_empty()).unwrap_or_default()
    }

    /// The cell, if it holds something.
    pub(crate) fn some(&self, column: &str) -> Option<String> {
        some(self.get(column))
    }

    /// Whether there is such a column.
    pub(crate) fn has(&self, column: &str) -> bool {
        self.header.index(column).is_some()
    }
}

/// A text, if it is not empty.
pub(crate) fn some(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}
