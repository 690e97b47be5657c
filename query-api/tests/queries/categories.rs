//! The tree of categories: what its places are called, and what can be had there.

use std::collections::BTreeMap;

use domain::{
    catalog::{
        category::{CategoryNode, NameCategory, UnnameCategory},
        stock::{CountStock, Stock},
    },
    shared::{CategoryPath, Language, Size, Title},
};
use query_api::CategoryTree;
use uuid::Uuid;

use crate::{
    search::{search, shop},
    support::System,
};

async fn name(system: &System, path: &str, name: &str) -> String {
    let path = CategoryPath::parse(path).unwrap();
    let id = CategoryNode::id_of(&path);
    let german = Title::parse(&format!("{name} (de)")).unwrap();
    let command = NameCategory {
        path,
        name: Title::parse(name).unwrap(),
        names: BTreeMap::from([(Language::parse("de").unwrap(), german)]),
    };
    let at = system.execute::<CategoryNode>(id, name, command).await;
    at.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn places_have_names_and_tell_what_can_be_had_there() {
    let system = System::start().await;
    shop(&system).await;
    // The shirt in navy is sold out; of the others nobody counts.
    let size = Size::parse("M").unwrap();
    let counted = CountStock {
        size,
        count: 0,
        reason: None,
    };
    system
        .execute::<Stock>(Uuid::from_u128(2), "count", counted)
        .await;
    name(&system, "women/shirts", "Shirts").await;
    let at = name(&system, "men/shoes/boots", "Boots").await;
    let min = ("drape-min-position", at.as_str());
    let tree: CategoryTree = system.json("/v1/categories", &[min]).await;
    let told: Vec<_> = tree
        .items
        .iter()
        .map(|place| {
            let counts = (place.garments, place.styles, place.version);
            (place.path.as_str(), place.label.as_str(), counts)
        })
        .collect();
    let wanted = [
        ("men", "men", (0, 0, 0)),
        ("men/shoes", "shoes", (0, 0, 0)),
        ("men/shoes/boots", "Boots", (0, 0, 1)),
        ("women", "women", (2, 2, 0)),
        ("women/knitwear", "knitwear", (1, 1, 0)),
        ("women/shirts", "Shirts", (1, 1, 1)),
    ];
    assert_eq!(told, wanted);
    assert_eq!(tree.items[2].parent.as_deref(), Some("men/shoes"));
    assert_eq!(tree.items[5].labels["de"], "Shirts (de)");

    // A search shows the same names.
    let page = search(&system, "", &at).await;
    let facet = page.facets.category_path;
    let shirts = facet.iter().find(|place| place.key == "women/shirts");
    let shirts = shirts.unwrap();
    assert_eq!(
        (shirts.label.as_str(), shirts.labels["de"].as_str()),
        ("Shirts", "Shirts (de)")
    );
    assert!(facet[0].labels.is_empty());

    // A name that was taken away leaves nothing where nothing stands.
    let path = CategoryPath::parse("men/shoes/boots").unwrap();
    let id = CategoryNode::id_of(&path);
    let at = system
        .execute::<CategoryNode>(id, "unname", UnnameCategory { path })
        .await
        .to_string();
    let min = ("drape-min-position", at.as_str());
    let tree: CategoryTree = system.json("/v1/categories", &[min]).await;
    assert!(
        tree.items
            .iter()
            .all(|place| place.path.starts_with("women"))
    );
}
