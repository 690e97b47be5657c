//! The schemas say of every frozen event that it is right, and of a damaged one that it is not.

use std::{collections::BTreeSet, fs, path::Path};

use domain::event_kinds;
use serde_json::Value;

#[test]
fn every_frozen_event_is_valid_by_its_schema() {
    let mut described = BTreeSet::new();
    for kind in event_kinds() {
        let name = format!(
            "{}.{}.v{}.json",
            kind.aggregate_type, kind.event_type, kind.event_version
        );
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/golden")
            .join(&name);
        let frozen: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let schema = jsonschema::validator_for(&kind.schema).unwrap();
        if let Err(error) = schema.validate(&frozen) {
            panic!("{name}: {error} at {}", error.instance_path());
        }
        assert_eq!(serde_json::from_str::<Value>(kind.example).unwrap(), frozen);
        assert!(!kind.meaning.is_empty(), "{name}");
        described.insert(name);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let frozen: BTreeSet<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(described, frozen, "every frozen event has a schema");
}

#[test]
fn an_event_with_a_wrong_or_missing_part_is_invalid() {
    for kind in event_kinds() {
        let schema = jsonschema::validator_for(&kind.schema).unwrap();
        let example: Value = serde_json::from_str(kind.example).unwrap();
        for part in example.as_object().unwrap().keys() {
            let mut wrong = example.clone();
            wrong[part] = serde_json::json!([{ "no": "such thing" }]);
            assert!(
                !schema.is_valid(&wrong),
                "{} with another {part}",
                kind.event_type
            );
            let mut without = example.clone();
            without.as_object_mut().unwrap().remove(part);
            let optional = matches!(
                (kind.aggregate_type, kind.event_type, part.as_str()),
                ("media.picture", _, "owner")
                    | (_, "SizePriceChanged" | "ListPriceChanged", "price")
                    | ("catalog.stock", _, "reason")
                    | ("catalog.stock", "LowStockLevelSet", "level")
                    | ("catalog.category", "CategoryNamed", "names")
                    | ("wardrobe.wardrobe", _, "size" | "try_on" | "picture")
            );
            assert_eq!(
                schema.is_valid(&without),
                optional,
                "{} without {part}",
                kind.event_type
            );
        }
    }
}

#[test]
fn a_text_keeps_its_rule_in_the_schema() {
    let kinds = event_kinds();
    let kind = kinds
        .iter()
        .find(|kind| kind.event_type == "PriceChanged")
        .unwrap();
    let schema = jsonschema::validator_for(&kind.schema).unwrap();
    let priced = |currency: &str, minor: i64| {
        schema.is_valid(&serde_json::json!({
            "type": "PriceChanged", "price": { "minor": minor, "currency": currency }
        }))
    };
    assert!(priced("EUR", 1));
    assert!(!priced("eur", 1));
    assert!(!priced("EUR", -1));
}
