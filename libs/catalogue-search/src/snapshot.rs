//! The catalogue as it was at a moment, and its answers.

use std::{cmp::Ordering, collections::HashMap, sync::Arc};

use uuid::Uuid;

use crate::{
    columns::{Coded, Columns, Dictionaries},
    error::SearchError,
    facets::{Facets, Tally, Wanted},
    matched::Words,
    question::{Question, Sort},
    selection::Within,
    words::Text,
};

/// The catalogue as it was at a moment. Never changes.
pub struct Snapshot {
    pub(crate) dictionaries: Dictionaries,
    pub(crate) columns: Columns,
    words: Words,
}

/// Where a hit stands in the order: smaller ones come first. What is pinned, then what the order says, then newer ones.
pub type HitKey = (u32, u64, u64, Uuid);

/// Stands for "not pinned": behind all pins.
const UNPINNED: u32 = u32::MAX;

/// A style that was found, by the colourway that fits best.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The colourway.
    pub id: Uuid,
    /// What is shown of it.
    pub card: Arc<str>,
    /// Colourways of the style that fit, this one included.
    pub colourways: u32,
    /// Where it stands in the order. Stays valid as a place to go on from.
    pub key: HitKey,
}

/// A style that was found, and where its colourway stands among the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    key: HitKey,
    row: u32,
    colourways: u32,
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Found {
    rows: Arc<[Arc<Coded>]>,
    /// Every style, in no order: see [`Found::page_after`] and [`Found::page_before`].
    hits: Vec<Place>,
    /// How many styles there are.
    pub styles: u32,
    /// Of which sorts.
    pub facets: Facets,
    /// Whether nothing had all words, and this is what has one of them.
    pub relaxed: bool,
}

impl Found {
    /// The first hits behind a place (or of all), in order; and whether more follow.
    pub fn page_after(&self, place: Option<HitKey>, limit: usize) -> (Vec<Hit>, bool) {
        let behind = |hit: &&Place| place.is_none_or(|place| hit.key > place);
        let hits = self.hits.iter().filter(behind).collect();
        let (hits, more) = first(hits, limit, |one, other| one.key.cmp(&other.key));
        (self.shown(hits), more)
    }

    /// The last hits before a place, in order; and whether more come before.
    pub fn page_before(&self, place: HitKey, limit: usize) -> (Vec<Hit>, bool) {
        let before = |hit: &&Place| hit.key < place;
        let hits = self.hits.iter().filter(before).collect();
        let (mut hits, more) = first(hits, limit, |one, other| other.key.cmp(&one.key));
        hits.reverse();
        (self.shown(hits), more)
    }

    fn shown(&self, hits: Vec<&Place>) -> Vec<Hit> {
        let hit = |place: &Place| {
            let row = self.rows.get(place.row as usize)?;
            Some(Hit {
                id: row.id,
                card: row.card.clone(),
                colourways: place.colourways,
                key: place.key,
            })
        };
        hits.into_iter().filter_map(hit).collect()
    }
}

/// The first of them by this order: sorts no more than it has to.
fn first(
    mut hits: Vec<&Place>,
    limit: usize,
    order: impl Fn(&Place, &Place) -> Ordering + Copy,
) -> (Vec<&Place>, bool) {
    let more = hits.len() > limit;
    if more {
        hits.select_nth_unstable_by(limit, |one, other| order(one, other));
        hits.truncate(limit);
    }
    hits.sort_unstable_by(|one, other| order(one, other));
    (hits, more)
}

impl Snapshot {
    pub(crate) fn new(dictionaries: Dictionaries, columns: Columns, text: Text) -> Self {
        Self {
            dictionaries,
            columns,
            words: Words::new(text),
        }
    }

    /// How many garments are in.
    pub fn len(&self) -> usize {
        self.columns.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.columns.rows.is_empty()
    }

    /// What is shown of this garment, if it is on sale.
    pub fn card(&self, id: Uuid) -> Option<&Arc<str>> {
        self.row(id).map(|row| &row.card)
    }

    /// Whether both are on sale, and of one style.
    pub fn are_of_one_style(&self, one: Uuid, other: Uuid) -> bool {
        let style = |id| self.row(id).map(|row| row.style);
        style(one).is_some_and(|of| style(other) == Some(of))
    }

    pub(crate) fn row(&self, id: Uuid) -> Option<&Arc<Coded>> {
        let place = self.columns.place_of_id.get(&id)?;
        self.columns.rows.get(*place as usize)
    }

    /// Every style that is what is wanted, and how many there are of each sort.
    ///
    /// # Errors
    /// When the text index fails.
    pub fn search(&self, question: &Question) -> Result<Found, SearchError> {
        let wanted = Wanted::of(&question.filters, &self.dictionaries, self.columns.currency);
        let within = Within::of(question.within.as_deref(), &self.dictionaries);
        let mut tally = Tally::new(&self.dictionaries, &question.counted_attributes, &wanted);
        let mut styles = Styles::new(question);
        let mut look = |place: u32, row: &Coded, score: f32| {
            if let Some(rank) = within.rank(row) {
                let misses = wanted.misses(row);
                tally.count(row, misses, wanted.currency);
                if misses == 0 {
                    styles.add(place, row, score, rank);
                }
            }
        };
        let mut relaxed = false;
        if question.words.trim().is_empty() {
            for (place, row) in (0..).zip(self.columns.rows.iter()) {
                look(place, row, 0.0);
            }
        } else {
            let matched = self.words.matched(&question.words, &self.columns)?;
            relaxed = matched.relaxed;
            for (place, score) in &matched.places {
                if let Some(row) = self.columns.rows.get(*place as usize) {
                    look(*place, row, *score);
                }
            }
        }
        Ok(Found {
            rows: self.columns.rows.clone(),
            styles: tally.total(),
            hits: styles.hits,
            facets: tally.facets(&wanted),
            relaxed,
        })
    }
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Snapshot of {} garments", self.len())
    }
}

/// Gathers the hits of each style into one while rows go by, style by style.
struct Styles<'a> {
    sort: Sort,
    pinned: HashMap<Uuid, u32>,
    popularity: &'a HashMap<Uuid, u32>,
    hits: Vec<Place>,
    last: Option<u32>,
}

impl<'a> Styles<'a> {
    fn new(question: &'a Question) -> Self {
        let by_words = !question.words.trim().is_empty();
        let sort = match question.sort {
            Sort::Relevance if !by_words => Sort::Newest,
            sort @ (Sort::Relevance
            | Sort::Newest
            | Sort::Cheapest
            | Sort::Dearest
            | Sort::Popular
            | Sort::AsChosen) => sort,
        };
        Self {
            sort,
            pinned: question.pinned.iter().copied().zip(0..).collect(),
            popularity: &question.popularity,
            hits: Vec::new(),
            last: None,
        }
    }

    fn add(&mut self, place: u32, row: &Coded, score: f32, rank: u32) {
        let newest = u64::MAX - row.age;
        let (first, second) = match self.sort {
            // The bits of positive numbers sort as the numbers do.
            Sort::Relevance => (u64::from(u32::MAX - score.max(0.0).to_bits()), newest),
            Sort::Newest => (newest, 0),
            Sort::Cheapest => (row.price.into(), newest),
            Sort::Dearest => (u64::from(u32::MAX - row.price), newest),
            Sort::Popular => {
                let liked = self.popularity.get(&row.id).copied().unwrap_or(0);
                (u64::from(u32::MAX - liked), newest)
            }
            Sort::AsChosen => (rank.into(), newest),
        };
        // Nearly nothing is pinned: nothing is looked up for nothing.
        let lead = if self.pinned.is_empty() {
            UNPINNED
        } else {
            self.pinned.get(&row.id).copied().unwrap_or(UNPINNED)
        };
        let key = (lead, first, second, row.id);
        match self.hits.last_mut() {
            Some(hit) if self.last == Some(row.style) => {
                hit.colourways += 1;
                if key < hit.key {
                    hit.key = key;
                    hit.row = place;
                }
            }
            Some(_) | None => {
                self.last = Some(row.style);
                self.hits.push(Place {
                    key,
                    row: place,
                    colourways: 1,
                });
            }
        }
    }
}
