//! Search over a catalogue that is held in memory: full text with tolerance for typing errors, exact disjunctive facets, order, likeness.
//!
//! Text is indexed by tantivy; facets are counted over columns, once over each, so that a filter costs the same whatever it lets
//! through. Whoever owns an [`Index`] puts garments in and takes snapshots out; a [`Snapshot`] never changes, and answers without
//! waiting for anybody. Counts are of styles: two colourways of one shirt count once.

mod colour_family;
mod columns;
mod dictionary;
mod error;
mod facets;
mod garment;
mod index;
mod matched;
mod normalise;
mod places;
mod question;
mod selection;
mod similar;
mod snapshot;
mod synonyms;
mod text;
mod words;

pub use self::{
    colour_family::ColourFamily,
    error::SearchError,
    facets::{Bucket, Facet, FacetName, Facets, MOST_ATTRIBUTES, PriceRange},
    garment::Garment,
    index::Index,
    normalise::key_of,
    places::Place,
    question::{Filters, Question, Sort},
    selection::{Rule, Selection},
    similar::{Likeness, Reason},
    snapshot::{Found, Hit, HitKey, Snapshot},
};
