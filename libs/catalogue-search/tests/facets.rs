//! Counts are those of brute force, whatever is chosen; pages go on and back without a gap.
#![expect(clippy::unwrap_used, reason = "test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use catalogue_search::{
    ColourFamily, FacetName, Filters, Garment, Index, Question, Snapshot, Sort, key_of,
};
use proptest::prelude::*;
use uuid::Uuid;

const BRANDS: [&str; 3] = ["Meadow", "North Pier", "Atelier"];
const SIZES: [&str; 4] = ["S", "M", "L", "W32/L34"];
const COLOURS: [&str; 3] = ["#000000", "#ffffff", "#c0242c"];
const PATHS: [&str; 4] = ["women", "women/tops", "women/tops/shirts", "men"];

fn garment() -> impl Strategy<Value = Garment> {
    let choices = (
        0..6_usize,
        prop::option::of(0..BRANDS.len()),
        0..COLOURS.len(),
        prop::collection::btree_set(0..SIZES.len(), 0..3),
        prop::option::of(prop::collection::btree_set(0..SIZES.len(), 0..3)),
        prop::option::of(0..PATHS.len()),
        1..9_u32,
        any::<bool>(),
    );
    let written = choices.prop_map(|(style, brand, colour, sizes, stock, path, price, ready)| {
        let labels = |chosen: BTreeSet<usize>| chosen.into_iter().map(|at| SIZES[at].to_owned());
        let sizes: Vec<String> = labels(sizes).collect();
        let stocked = stock.map(|stock| {
            let stocked = labels(stock).filter(|size| sizes.contains(size));
            stocked.collect()
        });
        Garment {
            id: Uuid::nil(),
            style: format!("style-{style}"),
            age_key: 0,
            name: "Shirt".to_owned(),
            description: String::new(),
            texts: BTreeMap::new(),
            brand: brand.map(|at| BRANDS[at].to_owned()),
            category: if style % 2 == 0 { "tops" } else { "dresses" }.to_owned(),
            category_path: path.map(|at| PATHS[at].to_owned()),
            colour: "plain".to_owned(),
            hex: COLOURS[colour].to_owned(),
            material: None,
            traits: Vec::new(),
            sizes,
            sizes_in_stock: stocked,
            skus: Vec::new(),
            price_minor: price * 1_000,
            currency: "EUR".to_owned(),
            try_on_ready: ready,
            card: Arc::from("{}"),
        }
    });
    written.boxed()
}

fn catalogue() -> impl Strategy<Value = Vec<Garment>> {
    prop::collection::vec(garment(), 0..24).prop_map(|mut garments| {
        for (number, garment) in (0_u32..).zip(&mut garments) {
            garment.id = Uuid::from_u128(number.into());
            garment.age_key = number.into();
        }
        garments
    })
}

fn filters() -> impl Strategy<Value = Filters> {
    let some = |values: &'static [&'static str]| {
        prop::collection::vec(prop::sample::select(values), 0..3)
            .prop_map(|keys| keys.into_iter().map(key_of).collect::<Vec<_>>())
    };
    let paths = prop::collection::vec(prop::sample::select(&PATHS[..]), 0..2);
    (
        some(&BRANDS),
        some(&SIZES),
        some(&["black", "red", "unheard-of"]),
        paths,
        prop::option::of((0..5_u32, 3..9_u32)),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(
            |(brands, sizes, colours, paths, price, in_stock, try_on_ready)| Filters {
                brands,
                sizes,
                colours,
                category_paths: paths.into_iter().map(ToOwned::to_owned).collect(),
                price: price.map(|(from, to)| (from * 1_000, to * 1_000)),
                in_stock,
                try_on_ready,
                ..Filters::default()
            },
        )
}

fn is_below(path: &str, chosen: &str) -> bool {
    path == chosen || path.starts_with(&format!("{chosen}/"))
}

/// Whether a garment is what is wanted, said once more and without numbers. `but` is a facet that may be missed.
fn fits(garment: &Garment, filters: &Filters, but: Option<FacetName>) -> bool {
    let brand = garment.brand.as_deref().map(key_of);
    let family = ColourFamily::of(&garment.hex).name().to_owned();
    let path = garment.category_path.clone().unwrap_or_default();
    let chosen_size = |size: &String| filters.sizes.contains(&key_of(size));
    let stocked = garment.sizes_in_stock.as_ref().unwrap_or(&garment.sizes);
    let can_be_had = if filters.sizes.is_empty() {
        garment.sizes_in_stock.is_none() || !stocked.is_empty()
    } else {
        stocked.iter().any(chosen_size)
    };
    let wanted = |facet: FacetName, empty: bool, fits: bool| but == Some(facet) || empty || fits;
    wanted(
        FacetName::Brand,
        filters.brands.is_empty(),
        brand.is_some_and(|brand| filters.brands.contains(&brand)),
    ) && wanted(
        FacetName::Colour,
        filters.colours.is_empty(),
        filters.colours.contains(&family),
    ) && wanted(
        FacetName::Size,
        filters.sizes.is_empty(),
        garment.sizes.iter().any(chosen_size),
    ) && wanted(
        FacetName::CategoryPath,
        filters.category_paths.is_empty(),
        filters
            .category_paths
            .iter()
            .any(|chosen| is_below(&path, chosen)),
    ) && filters
        .price
        .is_none_or(|(from, to)| (from..=to).contains(&garment.price_minor))
        && (!filters.in_stock || can_be_had)
        && (!filters.try_on_ready || garment.try_on_ready)
}

fn values(garment: &Garment, facet: FacetName) -> Vec<String> {
    match facet {
        FacetName::Category => vec![garment.category.clone()],
        FacetName::CategoryPath => {
            let path = garment.category_path.clone().unwrap_or_default();
            let below = PATHS.iter().filter(|step| is_below(&path, step));
            below.map(|step| (*step).to_owned()).collect()
        }
        FacetName::Brand => garment.brand.as_deref().map(key_of).into_iter().collect(),
        FacetName::Colour => vec![ColourFamily::of(&garment.hex).name().to_owned()],
        FacetName::Size => garment.sizes.iter().map(|size| key_of(size)).collect(),
        FacetName::Material => Vec::new(),
    }
}

fn brute(garments: &[Garment], filters: &Filters, facet: FacetName) -> BTreeMap<String, usize> {
    let mut styles: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for garment in garments
        .iter()
        .filter(|garment| fits(garment, filters, Some(facet)))
    {
        for value in values(garment, facet) {
            styles.entry(value).or_default().insert(&garment.style);
        }
    }
    styles
        .into_iter()
        .map(|(value, styles)| (value, styles.len()))
        .collect()
}

fn indexed(garments: &[Garment]) -> Snapshot {
    let mut index = Index::new().unwrap();
    for garment in garments {
        index.put(garment).unwrap();
    }
    index.snapshot().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn counts_are_those_of_brute_force(
        garments in catalogue(), filters in filters(), words in prop::sample::select(&["", "shirt"][..]),
    ) {
        let question = Question { words: words.to_owned(), filters: filters.clone(), sort: Sort::Newest };
        let found = indexed(&garments).search(&question).unwrap();
        let fitting = garments.iter().filter(|garment| fits(garment, &filters, None));
        let styles: BTreeSet<&str> = fitting.map(|garment| garment.style.as_str()).collect();
        prop_assert_eq!(found.styles as usize, styles.len());
        for (name, facets) in &found.facets.values {
            let counted: BTreeMap<String, usize> = facets
                .iter()
                .filter(|facet| facet.styles > 0)
                .map(|facet| (facet.key.clone(), facet.styles as usize))
                .collect();
            prop_assert_eq!(counted, brute(&garments, &filters, *name), "{:?}", name);
        }
        let histogram: u32 = found.facets.price.buckets.iter().map(|bar| bar.styles).sum();
        let any_price = Filters { price: None, ..filters };
        let priced: BTreeSet<(&str, u32)> = garments
            .iter()
            .filter(|garment| fits(garment, &any_price, None))
            .map(|garment| (garment.style.as_str(), garment.price_minor))
            .collect();
        prop_assert!(histogram as usize <= priced.len());
        let ends = (
            priced.iter().map(|(_, price)| *price).min(), priced.iter().map(|(_, price)| *price).max(),
        );
        prop_assert_eq!(found.facets.price.ends, ends.0.zip(ends.1));
    }

    #[test]
    fn pages_go_on_and_back_without_a_gap(
        garments in catalogue(), limit in 1..4_usize,
        sort in prop::sample::select(&[Sort::Newest, Sort::Cheapest, Sort::Dearest, Sort::Relevance][..]),
    ) {
        let question = Question { sort, words: "shirt".to_owned(), ..Question::default() };
        let found = indexed(&garments).search(&question).unwrap();
        let (all, _) = found.page_after(None, usize::MAX);
        let mut walked = Vec::new();
        let mut more = true;
        while more {
            let place = walked.last().map(|hit: &catalogue_search::Hit| hit.key);
            let (page, goes_on) = found.page_after(place, limit);
            if let Some(first) = page.first() {
                let before = walked.iter().rev().take(limit).rev().cloned().collect::<Vec<_>>();
                prop_assert_eq!(found.page_before(first.key, limit).0, before);
            }
            walked.extend(page);
            more = goes_on;
        }
        prop_assert_eq!(walked, all);
    }

    #[test]
    fn what_was_taken_out_or_changed_is_not_found_as_it_was(garments in catalogue(), out in 0..24_u128) {
        let mut index = Index::new().unwrap();
        for garment in &garments {
            index.put(garment).unwrap();
        }
        index.snapshot().unwrap();
        let mut left = garments.clone();
        left.retain(|garment| garment.id != Uuid::from_u128(out));
        index.remove(Uuid::from_u128(out));
        for garment in &mut left {
            garment.brand = Some("Renamed".to_owned());
            index.put(garment).unwrap();
        }
        let question = Question { words: "renamed".to_owned(), ..Question::default() };
        let snapshot = index.snapshot().unwrap();
        let found = snapshot.search(&question).unwrap();
        let styles: BTreeSet<&str> = left.iter().map(|garment| garment.style.as_str()).collect();
        prop_assert_eq!(found.styles as usize, styles.len());
        prop_assert_eq!(snapshot.len(), left.len());
        for (name, facets) in &found.facets.values {
            let counted: BTreeMap<String, usize> = facets
                .iter()
                .map(|facet| (facet.key.clone(), facet.styles as usize))
                .collect();
            prop_assert_eq!(counted, brute(&left, &Filters::default(), *name));
        }
    }
}
