//! The tree of categories as garments make it, with how many can be had.

use std::collections::BTreeMap;

use crate::snapshot::Snapshot;

/// A place in the tree of categories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// From the root: slugs with `/` between them.
    pub path: String,
    /// Garments there and below that can be had.
    pub garments: u32,
    /// Their styles.
    pub styles: u32,
}

impl Snapshot {
    /// Every place at which a garment on sale stands, or above which one does, by its path.
    pub fn tree(&self) -> Vec<Place> {
        // Rows come style by style.
        let mut counts: BTreeMap<u32, (u32, u32, Option<u32>)> = BTreeMap::new();
        for row in self.columns.rows.iter() {
            for path in &row.paths {
                let (garments, styles, last) = counts.entry(*path).or_default();
                if !row.in_stock {
                    continue;
                }
                *garments += 1;
                if *last != Some(row.style) {
                    *last = Some(row.style);
                    *styles += 1;
                }
            }
        }
        let place = |(path, (garments, styles, _)): (u32, (u32, u32, Option<u32>))| Place {
            path: self.dictionaries.paths.value(path).0.to_owned(),
            garments,
            styles,
        };
        let mut places: Vec<Place> = counts.into_iter().map(place).collect();
        places.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        places
    }
}
