//! Collections by hand and by rule: as documents, as lists, as a part of the catalogue that is searched.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use domain::{
    catalog::collection::{
        AddCollection, ChooseMembers, Collection, CollectionDetails, Members, PinGarments,
        PriceRange, RemoveCollection, ReviseCollection, Rule, RuleSort,
    },
    catalog::garment::{Garment, RetireGarment},
    shared::{CategoryPath, Currency, GarmentId, Label, Moment, Slug, Title},
};
use query_api::{CollectionDocument, CollectionPage, MembersDocument, SearchPage};
use uuid::Uuid;

use crate::{
    code,
    search::{names, search, shop},
    support::System,
};

fn details(name: &str, slug: &str) -> CollectionDetails {
    CollectionDetails {
        name: Title::parse(name).unwrap(),
        slug: Slug::parse(slug).unwrap(),
        ..CollectionDetails::sample()
    }
}

fn by_hand(garments: &[u128]) -> Members {
    let id = |number: &u128| GarmentId::new(Uuid::from_u128(*number));
    Members::ByHand {
        garments: garments.iter().map(id).collect(),
    }
}

fn rule() -> Rule {
    Rule {
        categories: Vec::new(),
        category_paths: Vec::new(),
        brands: Vec::new(),
        colours: Vec::new(),
        materials: Vec::new(),
        seasons: Vec::new(),
        attributes: BTreeMap::new(),
        price: None,
        published_since: None,
        sort: RuleSort::Cheapest,
    }
}

fn by_rule(rule: Rule) -> Members {
    Members::ByRule {
        rule: Box::new(rule),
    }
}

async fn add(system: &System, number: u128, slug: &str, members: Members) -> (Uuid, String) {
    let id = Uuid::from_u128(number);
    let command = AddCollection {
        details: details("A collection", slug),
        members,
    };
    let at = system.execute::<Collection>(id, "add", command).await;
    (id, at.to_string())
}

/// The names and colours of what is in the collection, in order.
async fn inside(system: &System, collection: &str, at: &str) -> Vec<(String, String)> {
    let path = format!("/v1/collections/{collection}/garments");
    let page: SearchPage = system.json(&path, &[("drape-min-position", at)]).await;
    let shown = page.items.into_iter().map(|hit| hit.garment);
    shown
        .map(|garment| (garment.name, garment.colour.name))
        .collect()
}

fn told(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, colour): &(&str, &str)| ((*name).to_owned(), (*colour).to_owned());
    wanted.iter().map(owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_chosen_by_hand_is_shown_in_that_order_as_far_as_it_is_on_sale() {
    let system = System::start().await;
    shop(&system).await;
    // One that there is not, the jumper, and a shirt in sand.
    let (id, at) = add(&system, 50, "ours", by_hand(&[99, 3, 1])).await;
    let (jumper, sand, navy) = (
        ("Wool jumper", "Navy"),
        ("Linen shirt", "Sand"),
        ("Linen shirt", "Navy"),
    );
    assert_eq!(inside(&system, "ours", &at).await, told(&[jumper, sand]));
    let by_id = inside(&system, &id.to_string(), &at).await;
    assert_eq!(by_id, told(&[jumper, sand]));

    // A style is shown once, by the colourway that was chosen first.
    let members = by_hand(&[2, 1, 3]);
    let at = system
        .execute::<Collection>(id, "choose", ChooseMembers { members })
        .await
        .to_string();
    assert_eq!(inside(&system, "ours", &at).await, told(&[navy, jumper]));
    let garments = vec![GarmentId::new(Uuid::from_u128(3))];
    let at = system
        .execute::<Collection>(id, "pin", PinGarments { garments })
        .await
        .to_string();
    assert_eq!(inside(&system, "ours", &at).await, told(&[jumper, navy]));
    // Pins come first in any order, and filters apply.
    let page = search(&system, "collection=ours&sort=cheapest", &at).await;
    assert_eq!(names(&page), ["Wool jumper", "Linen shirt"]);
    let page = search(&system, "collection=ours&brand=meadow", &at).await;
    assert_eq!(names(&page), ["Linen shirt"]);
    let page = search(&system, "collection=ours&q=shirt", &at).await;
    assert_eq!((page.styles, page.facets.brand.len()), (1, 1));

    let at = system
        .execute::<Garment>(Uuid::from_u128(3), "retire", RetireGarment {})
        .await
        .to_string();
    assert_eq!(inside(&system, "ours", &at).await, told(&[navy]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_finds_what_is_like_it_also_what_comes_later() {
    let system = System::start().await;
    let label = |text| Label::parse(text).unwrap();
    let wool = Rule {
        materials: vec![label("Wool")],
        category_paths: vec![CategoryPath::parse("women").unwrap()],
        ..rule()
    };
    let cheap = Rule {
        price: Some(PriceRange {
            from_minor: 0,
            to_minor: 5_000,
            currency: Currency::EUR,
        }),
        seasons: vec![label("Summer 2026")],
        ..rule()
    };
    let later = Rule {
        published_since: Moment::parse("9999-01-01T00:00:00Z").ok(),
        ..rule()
    };
    let old = Rule {
        published_since: Moment::parse("2001-01-01T00:00:00Z").ok(),
        ..rule()
    };
    for (number, slug, rule) in [
        (51, "wool", wool),
        (52, "cheap", cheap),
        (53, "later", later),
        (54, "old", old),
    ] {
        add(&system, number, slug, by_rule(rule)).await;
    }
    let at = shop(&system).await;
    let (jumper, navy) = (("Wool jumper", "Navy"), ("Linen shirt", "Navy"));
    assert_eq!(inside(&system, "wool", &at).await, told(&[jumper]));
    assert_eq!(inside(&system, "cheap", &at).await, told(&[navy]));
    assert_eq!(inside(&system, "later", &at).await, told(&[]));
    // Cheapest first, as the rule says; otherwise where somebody asks for it.
    assert_eq!(inside(&system, "old", &at).await, told(&[navy, jumper]));
    let page = search(&system, "collection=old&sort=newest", &at).await;
    assert_eq!(names(&page), ["Wool jumper", "Linen shirt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_is_shown_by_id_and_slug_until_it_is_removed() {
    let system = System::start().await;
    let (first, _) = add(&system, 50, "linen", by_hand(&[1])).await;
    let (second, at) = add(&system, 51, "linen", by_rule(Rule::full_sample())).await;
    let min = ("drape-min-position", at.as_str());
    // The newest has the slug; the other is still there.
    let shown: CollectionDocument = system.json("/v1/collections/linen", &[min]).await;
    assert_eq!((shown.id, shown.version), (second, 1));
    assert_eq!(shown.texts["de"].name, "Leinen");
    let MembersDocument::ByRule { rule } = shown.members else {
        panic!("it is by rule");
    };
    assert_eq!(rule.brands, ["Meadow", "North Pier"]);
    let path = format!("/v1/collections/{first}");
    let (status, headers, _) = system.get(&path, &[min]).await;
    assert_eq!(status, StatusCode::OK);
    let tag = headers["etag"].to_str().unwrap().to_owned();
    let (status, _, _) = system.get(&path, &[("if-none-match", &tag)]).await;
    assert_eq!(status, StatusCode::NOT_MODIFIED);

    let details = details("Everything in linen", "all-linen");
    system
        .execute::<Collection>(second, "revise", ReviseCollection { details })
        .await;
    let at = system
        .execute::<Collection>(first, "remove", RemoveCollection {})
        .await
        .to_string();
    let min = ("drape-min-position", at.as_str());
    let shown: CollectionDocument = system.json("/v1/collections/all-linen", &[min]).await;
    assert_eq!(
        (shown.version, shown.name.as_str()),
        (2, "Everything in linen")
    );
    for gone in [
        path.as_str(),
        "/v1/collections/linen",
        "/v1/collections/linen/garments",
        "/v1/search?collection=linen",
    ] {
        let (status, _, body) = system.get(gone, &[min]).await;
        let found = (status, code(&body));
        assert_eq!(
            found,
            (StatusCode::NOT_FOUND, "collection-not-found".to_owned()),
            "{gone}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn collections_are_listed_newest_first_page_by_page() {
    let system = System::start().await;
    let mut last = String::new();
    for number in 50..53 {
        last = add(&system, number, &format!("c-{number}"), by_hand(&[]))
            .await
            .1;
    }
    let min = ("drape-min-position", last.as_str());
    let path = "/v1/collections?limit=2";
    let first: CollectionPage = system.json(path, &[min]).await;
    let slugs = |page: &CollectionPage| -> Vec<String> {
        page.items.iter().map(|one| one.slug.clone()).collect()
    };
    assert_eq!(slugs(&first), ["c-52", "c-51"]);
    let next = first.next_cursor.unwrap();
    let path = format!("{path}&cursor={next}");
    let second: CollectionPage = system.json(&path, &[min]).await;
    assert_eq!(
        (slugs(&second), second.next_cursor),
        (vec!["c-50".to_owned()], None)
    );
    for wrong in ["limit=0", "cursor=NDI", "nonsense=1"] {
        let (status, _, _) = system.get(&format!("/v1/collections?{wrong}"), &[]).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}
