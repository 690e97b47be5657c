//! What can go wrong while garments are put into the index or looked for.

use thiserror::Error;

/// The text index refused. It is in memory: only a mistake of ours, or a want of memory, brings this about.
#[derive(Debug, Error)]
#[error("the text index failed")]
pub struct SearchError(#[from] tantivy::TantivyError);
