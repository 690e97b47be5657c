//! Events in, PostgreSQL views out
