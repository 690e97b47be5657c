//! The load that every peer gets: closed-loop writers, each of which waits until its command is acknowledged and then sends
//! the next one, for an aggregate that did not exist. What came of it is one line of JSON on standard output.

mod arguments;
mod cpu;
mod drive;
mod hunt;

pub use self::{
    arguments::{Arguments, Mode},
    drive::drive,
    hunt::Hunt,
};

/// About 250 bytes of JSON, the shape of a catalogue event.
pub fn payload(id: &str) -> serde_json::Value {
    serde_json::json!({
        "product_id": id, "sku": "DRP-000123", "name": "Linen shirt, relaxed fit",
        "price_cents": 5990, "currency": "EUR", "colour": "ecru", "sizes": ["XS", "S", "M", "L"],
        "tags": ["linen", "summer", "unisex"], "image": "sha256:9f86d081884c7d659a2feaa0c55ad015",
    })
}

/// The id of an aggregate that does not exist yet.
pub fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}
