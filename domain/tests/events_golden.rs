//! Every event ever written must still read. One file per event and version in `golden/`; files are only
//! ever added. `UPDATE_GOLDEN=1 cargo test -p domain` writes a missing one.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "test"
)]

use std::{collections::BTreeSet, fs, path::Path};

use cqrs_es::{Aggregate, DomainEvent};
use domain::{
    catalog::{
        category::{CategoryEvent, CategoryNode},
        collection::{Collection, CollectionEvent},
        garment::{Garment, GarmentDetails, GarmentEvent},
        search::{PinnedSearch, SearchEvent},
        stock::{Stock, StockEvent},
    },
    identity::{
        account::{Account, AccountEvent},
        signing_keys::{SigningKeys, SigningKeysEvent},
    },
    media::picture::{Picture, PictureEvent},
    operations::projection::{Projection, ProjectionEvent},
    tryon::{
        session::{Session, SessionEvent},
        suitability::{Suitability, SuitabilityEvent},
    },
    wardrobe::wardrobe::{Wardrobe, WardrobeEvent},
};

#[test]
fn events_still_read_and_write_as_they_did() {
    let mut seen = BTreeSet::new();
    check::<Garment>(GarmentEvent::samples(), &mut seen);
    check::<Stock>(StockEvent::samples(), &mut seen);
    check::<Collection>(CollectionEvent::samples(), &mut seen);
    check::<CategoryNode>(CategoryEvent::samples(), &mut seen);
    check::<PinnedSearch>(SearchEvent::samples(), &mut seen);
    check::<Picture>(PictureEvent::samples(), &mut seen);
    check::<Session>(SessionEvent::samples(), &mut seen);
    check::<Suitability>(SuitabilityEvent::samples(), &mut seen);
    check::<Account>(AccountEvent::samples(), &mut seen);
    check::<SigningKeys>(SigningKeysEvent::samples(), &mut seen);
    check::<Wardrobe>(WardrobeEvent::samples(), &mut seen);
    check::<Projection>(ProjectionEvent::samples(), &mut seen);
    let frozen: BTreeSet<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .file_name()
                .to_string_lossy()
                .replace(".json", "")
        })
        .collect();
    assert_eq!(frozen, seen, "a frozen event has no sample any more");
}

/// What joined the details later, frozen as well.
#[test]
fn details_that_came_later_still_read_and_write_as_they_did() {
    let written = serde_json::json!({
        "name": "Linen shirt", "slug": "linen-shirt", "category": "tops",
        "colour": { "name": "Sand", "hex": "#d8c9a8" }, "sizes": ["S", "M", "L"],
        "description": "Washed linen, cut straight.",
        "style": "linen-shirt", "brand": "Meadow", "material": "Linen", "fit": "regular",
        "season": "Summer 2026", "category_path": "women/tops/shirts",
        "attributes": { "collar": "kent" }, "skus": { "M": "LS-SAND-M" },
        "texts": { "de": {
            "name": "Leinenhemd", "description": "Gewaschenes Leinen, gerade geschnitten."
        } },
    });
    let details = GarmentDetails::full_sample();
    assert_eq!(serde_json::to_value(&details).unwrap(), written);
    assert_eq!(
        serde_json::from_value::<GarmentDetails>(written).unwrap(),
        details
    );
}

/// Names that are sealed came later than names that are not.
#[test]
fn sealed_names_still_read_and_write_as_they_did() {
    let written = serde_json::json!({
        "type": "OutfitSaved", "outfit": "00000000-0000-0000-0000-000000000004", "name": "sealed:1:01a9f3",
        "garments": ["00000000-0000-0000-0000-000000000001"],
    });
    let event: WardrobeEvent = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(serde_json::to_value(event).unwrap(), written);
}

/// What a try-on said of itself later, frozen as well.
#[test]
fn what_try_ons_said_later_still_reads_and_writes_as_it_did() {
    for written in [
        serde_json::json!({
            "type": "TryOnSucceeded", "attempt": 1, "result": "00000000-0000-0000-0000-000000000009",
            "duration_ms": 900, "engine": "drape-warp 0.1", "stages": [{ "stage": "warp", "ms": 120 }],
        }),
        serde_json::json!({
            "type": "TryOnRequested", "person": "00000000-0000-0000-0000-000000000001",
            "garment": "00000000-0000-0000-0000-000000000002",
            "garment_picture": "00000000-0000-0000-0000-000000000007", "category": "tops",
            "requested_by": "00000000-0000-0000-0000-000000000003", "mode": "fast", "seed": 7, "cancel_after_s": 30,
        }),
        serde_json::json!({
            "type": "TryOnRequested", "person": "00000000-0000-0000-0000-000000000009",
            "garment": "00000000-0000-0000-0000-000000000002",
            "garment_picture": "00000000-0000-0000-0000-000000000007", "category": "bottoms",
            "requested_by": "00000000-0000-0000-0000-000000000003",
            "over": {
                "try_on": "00000000-0000-0000-0000-000000000004", "photo": "00000000-0000-0000-0000-000000000001",
            },
        }),
    ] {
        let event: SessionEvent = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(serde_json::to_value(event).unwrap(), written);
    }
}

/// A verdict says little where there is nothing to say.
#[test]
fn a_good_verdict_reads_and_writes_as_it_did() {
    let written = serde_json::json!({
        "type": "GarmentLookedAt", "picture": "00000000-0000-0000-0000-000000000007", "blob": "0a".repeat(32),
        "category": "tops", "engine": "drape-geometric 0.1.0",
        "pack": { "name": "drape", "version": "2026.2", "sha256": "0b".repeat(32) },
        "verdict": { "state": "ready" },
    });
    let event: SuitabilityEvent = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(serde_json::to_value(event).unwrap(), written);
}

/// Looks brought cut-outs later.
#[test]
fn a_look_with_a_cutout_reads_and_writes_as_it_did() {
    let written = serde_json::json!({
        "type": "GarmentLookedAt", "picture": "00000000-0000-0000-0000-000000000007", "blob": "0a".repeat(32),
        "category": "tops", "engine": "drape-geometric 0.1.0",
        "pack": { "name": "drape", "version": "2026.2", "sha256": "0b".repeat(32) },
        "verdict": { "state": "ready" },
        "cutout": {
            "picture": "00000000-0000-0000-0000-00000000000b", "width_px": 600, "height_px": 800,
            "bounds": { "left_px": 60, "top_px": 80, "width_px": 480, "height_px": 640 },
        },
    });
    let event: SuitabilityEvent = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(serde_json::to_value(event).unwrap(), written);
    let uploaded = serde_json::json!({
        "type": "PictureUploaded", "purpose": "cutout",
        "original": {
            "blob": "0a".repeat(32), "format": "png", "width_px": 600, "height_px": 800, "size_bytes": 100_000,
        },
    });
    let event: PictureEvent = serde_json::from_value(uploaded.clone()).unwrap();
    assert_eq!(serde_json::to_value(event).unwrap(), uploaded);
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn check<A: Aggregate>(samples: Vec<A::Event>, seen: &mut BTreeSet<String>) {
    for event in samples {
        let name = format!(
            "{}.{}.v{}",
            A::TYPE,
            event.event_type(),
            event.event_version()
        );
        let path = folder().join(format!("{name}.json"));
        let written = format!("{}\n", serde_json::to_string_pretty(&event).unwrap());
        match fs::read_to_string(&path) {
            Ok(golden) => {
                assert_eq!(
                    golden, written,
                    "{name} is written differently: add a new version, never edit this one"
                );
                assert_eq!(serde_json::from_str::<A::Event>(&golden).unwrap(), event);
            }
            Err(_) if std::env::var("UPDATE_GOLDEN").is_ok() => fs::write(&path, written).unwrap(),
            Err(error) => panic!("{name} has no golden file: {error}"),
        }
        seen.insert(name);
    }
}
