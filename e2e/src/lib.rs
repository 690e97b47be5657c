//! Journeys against the real binaries
