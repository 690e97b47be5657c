//! Questions and live updates on real servers.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may fail in its helpers too"
)]

#[path = "../support/mod.rs"]
mod support;

mod audit;
mod catalogue;
mod categories;
mod collections;
mod freshness;
mod live;
mod looks;
mod picks;
mod pictures;
mod pinned_searches;
mod plans;
mod search;
mod stock;
mod versions;
mod wardrobe;

use domain::{
    shared::{AccountId, Category, GarmentId, PictureId},
    tryon::session::{Mode, Request, RequestTryOn},
};
use support::ANNA;
use uuid::Uuid;

fn code(body: &[u8]) -> String {
    let problem: serde_json::Value = serde_json::from_slice(body).unwrap();
    problem["code"].as_str().unwrap().to_owned()
}

fn request() -> RequestTryOn {
    let request = Request {
        person: PictureId::new(Uuid::from_u128(1)),
        garment: GarmentId::new(Uuid::from_u128(2)),
        garment_picture: PictureId::new(Uuid::from_u128(7)),
        category: Category::Tops,
        requested_by: AccountId::new(ANNA),
        mode: Mode::Balanced,
        seed: 0,
        cancel_after_s: None,
        over: None,
    };
    RequestTryOn { request }
}
