//! What every HTTP crate shares: problems, callers, positions, pages
