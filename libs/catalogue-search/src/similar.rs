//! Garments that look like another one: by where they are worn, colour, material, brand and price.

use std::{collections::BTreeMap, sync::Arc};

use uuid::Uuid;

use crate::{
    columns::{Coded, NONE},
    snapshot::Snapshot,
};

/// Farther apart in Oklab, two colours have nothing in common.
const FAR: f32 = 0.35;

/// Why a garment is like another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Their colours are close.
    Colour,
    /// They stand at the same place of the tree of categories.
    Category,
    /// They are made of the same.
    Material,
    /// They are made by the same.
    Brand,
    /// They cost about as much.
    Price,
}

/// A garment that is like another one.
#[derive(Debug, Clone, PartialEq)]
pub struct Likeness {
    /// The garment.
    pub id: Uuid,
    /// What is shown of it.
    pub card: Arc<str>,
    /// How like it is, 0 to 1.
    pub score: f32,
    /// Why, the weightiest first.
    pub reasons: Vec<Reason>,
}

impl Snapshot {
    /// Garments of other styles that are worn at the same place, those that look most like this one first; one of each style. None
    /// where the garment is not on sale.
    pub fn similar(&self, id: Uuid, limit: usize) -> Option<Vec<Likeness>> {
        let to = self.row(id)?;
        let mut best: BTreeMap<u32, (f32, &Arc<Coded>)> = BTreeMap::new();
        for row in self.columns.rows.iter() {
            if row.category != to.category || row.style == to.style {
                continue;
            }
            let score: f32 = parts(to, row).iter().map(|(_, part)| part).sum();
            let entry = best.entry(row.style).or_insert((score, row));
            if score > entry.0 {
                *entry = (score, row);
            }
        }
        let mut found: Vec<_> = best.into_values().collect();
        found.sort_unstable_by(|(one, a), (other, b)| other.total_cmp(one).then(a.id.cmp(&b.id)));
        found.truncate(limit);
        Some(
            found
                .into_iter()
                .map(|(score, row)| likeness(to, row, score))
                .collect(),
        )
    }
}

/// What each reason adds.
fn parts(to: &Coded, row: &Coded) -> [(Reason, f32); 5] {
    let closeness = 1.0 - (to.colour.distance(row.colour) / FAR).min(1.0);
    let steps = to.paths.len().max(row.paths.len()).max(1);
    let shared = to
        .paths
        .iter()
        .zip(&row.paths)
        .take_while(|(one, other)| one == other);
    #[expect(clippy::cast_precision_loss, reason = "there are six steps at most")]
    let place = shared.count() as f32 / steps as f32;
    let same = |one: u32, other: u32| {
        if one != NONE && one == other {
            1.0
        } else {
            0.0
        }
    };
    let (low, high) = (to.price.min(row.price), to.price.max(row.price));
    let price = if to.currency == row.currency && high > 0 {
        f64::from(low) / f64::from(high)
    } else {
        0.0
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a share of one needs no more digits"
    )]
    let price = price as f32;
    [
        (Reason::Colour, 0.35 * closeness),
        (Reason::Category, 0.3 * place),
        (Reason::Material, 0.15 * same(to.material, row.material)),
        (Reason::Brand, 0.1 * same(to.brand, row.brand)),
        (Reason::Price, 0.1 * price),
    ]
}

fn likeness(to: &Coded, row: &Coded, score: f32) -> Likeness {
    let mut reasons = parts(to, row);
    reasons.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    // What adds little is no reason.
    let reasons = reasons.iter().filter(|(_, part)| *part >= 0.075);
    Likeness {
        id: row.id,
        card: row.card.clone(),
        score,
        reasons: reasons.map(|(reason, _)| *reason).collect(),
    }
}
