//! Endpoints: requests in, answers out, events in a real log.

mod support;

mod categories;
mod collections;
mod consent;
mod document;
mod garments;
mod idempotency;
mod imports;
mod pictures;
mod pinned_searches;
mod stock;
mod try_ons;
mod versions;
mod wardrobe;
mod writers;
