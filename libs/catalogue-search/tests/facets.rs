//! Counts are those of brute force, whatever is chosen; pages go on and back without a gap.
#![expect(clippy::unwrap_used, reason = "test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use catalogue_search::{
    ColourFamily, FacetName, Filters, Garment, Index, Question, Rule, Selection, Snapshot, Sort,
    key_of,
};
use proptest::prelude::*;
use uuid::Uuid;

const BRANDS: [&str; 3] = ["Meadow", "North Pier", "Atelier"];
const SIZES: [&str; 4] = ["S", "M", "L", "W32/L34"];
const COLOURS: [&str; 3] = ["#000000", "#ffffff", "#c0242c"];
const FITS: [&str; 2] = ["Slim", "Relaxed"];
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
        (any::<bool>(), prop::option::of(0..FITS.len())),
    );
    let written = choices.prop_map(|(style, brand, colour, sizes, stock, path, price, of)| {
        let (ready, fit) = of;
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
            attributes: fit
                .map(|at| ("fit".to_owned(), FITS[at].to_owned()))
                .into_iter()
                .collect(),
            sizes,
            sizes_in_stock: stocked,
            skus: Vec::new(),
            price_minor: price * 1_000,
            currency: "EUR".to_owned(),
            try_on_ready: ready,
            published_s: Some(i64::from(price)),
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
        (any::<bool>(), some(&["Slim", "unheard-of"])),
    )
        .prop_map(
            |(brands, sizes, colours, paths, price, in_stock, (try_on_ready, fits))| Filters {
                attributes: Some(fits)
                    .filter(|fits| !fits.is_empty())
                    .map(|fits| ("fit".to_owned(), fits))
                    .into_iter()
                    .collect(),
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
        && has_attributes(garment, filters)
        && (!filters.try_on_ready || garment.try_on_ready)
}

fn has_attributes(garment: &Garment, filters: &Filters) -> bool {
    filters.attributes.iter().all(|(name, wanted)| {
        let said = garment.attributes.get(name).map(|value| key_of(value));
        said.is_some_and(|said| wanted.contains(&said))
    })
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

fn card_style(garments: &[Garment], id: Uuid) -> String {
    garments
        .iter()
        .find(|garment| garment.id == id)
        .unwrap()
        .style
        .clone()
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
        let question = Question {
            words: words.to_owned(),
            filters: filters.clone(),
            sort: Sort::Newest,
            counted_attributes: vec!["fit".to_owned(), "unheard-of".to_owned()],
            ..Question::default()
        };
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
        let any_fit = Filters { attributes: BTreeMap::new(), ..filters.clone() };
        let mut by_fit: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for garment in garments.iter().filter(|garment| fits(garment, &any_fit, None)) {
            if let Some(fit) = garment.attributes.get("fit") {
                by_fit.entry(key_of(fit)).or_default().insert(&garment.style);
            }
        }
        let [(_, counted), (_, nothing)] = &found.facets.attributes[..] else {
            panic!("two attributes were to be counted");
        };
        prop_assert!(nothing.is_empty());
        let counted: BTreeMap<String, usize> = counted
            .iter()
            .filter(|facet| facet.styles > 0)
            .map(|facet| (facet.key.clone(), facet.styles as usize))
            .collect();
        let by_fit: BTreeMap<String, usize> =
            by_fit.into_iter().map(|(fit, styles)| (fit, styles.len())).collect();
        prop_assert_eq!(counted, by_fit);
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
    fn words_that_were_asked_for_before_find_the_same_under_every_filter(
        garments in catalogue(), filters in filters(), words in prop::sample::select(&["shirt", "linnen shirt", "nothing", "shrit"][..]),
    ) {
        let asked = |words: &str, filters: &Filters| Question {
            words: words.to_owned(), filters: filters.clone(), ..Question::default()
        };
        let warm = indexed(&garments);
        warm.search(&asked(words, &Filters::default())).unwrap();
        let first = indexed(&garments).search(&asked(words, &filters)).unwrap();
        for written in [words.to_owned(), format!(" {} ", words.to_uppercase())] {
            let again = warm.search(&asked(&written, &filters)).unwrap();
            prop_assert_eq!(again.page_after(None, 99), first.page_after(None, 99));
            prop_assert_eq!(&again.facets, &first.facets);
            prop_assert_eq!((again.styles, again.relaxed), (first.styles, first.relaxed));
        }
    }

    #[test]
    fn a_rule_finds_what_its_conditions_say_and_counts_nothing_else(
        garments in catalogue(), filters in filters(), since in prop::option::of(1..9_i64),
    ) {
        // The conditions of a rule that are filters as well.
        let filters = Filters {
            sizes: Vec::new(), in_stock: false, try_on_ready: false, ..filters
        };
        let rule = Rule {
            category_paths: filters.category_paths.clone(),
            brands: filters.brands.clone(),
            colours: filters.colours.clone(),
            attributes: filters.attributes.clone(),
            price: filters.price.map(|(from, to)| (from, to, "EUR".to_owned())),
            published_since_s: since,
            ..Rule::default()
        };
        let question = Question {
            within: Some(Arc::new(Selection::ByRule(Box::new(rule)))), ..Question::default()
        };
        let found = indexed(&garments).search(&question).unwrap();
        let mut inside = garments.clone();
        inside.retain(|garment| {
            fits(garment, &filters, None) && since.is_none_or(|since| garment.published_s >= Some(since))
        });
        let all = indexed(&inside).search(&Question::default()).unwrap();
        prop_assert_eq!(found.page_after(None, 99), all.page_after(None, 99));
        for (name, facets) in &found.facets.values {
            let counted: BTreeMap<String, usize> = facets
                .iter()
                .map(|facet| (facet.key.clone(), facet.styles as usize))
                .collect();
            prop_assert_eq!(counted, brute(&inside, &Filters::default(), *name), "{:?}", name);
        }
    }

    #[test]
    fn what_was_chosen_by_hand_stands_as_it_was_chosen_behind_its_pins(
        garments in catalogue(), chosen in Just((0..24_u128).collect::<Vec<_>>()).prop_shuffle(),
        pinned in 0..24_u128,
    ) {
        let chosen: Vec<Uuid> = chosen.into_iter().take(12).map(Uuid::from_u128).collect();
        let question = Question {
            within: Some(Arc::new(Selection::ByHand(chosen.clone()))),
            pinned: vec![Uuid::from_u128(pinned)],
            sort: Sort::AsChosen,
            ..Question::default()
        };
        let (found, _) = indexed(&garments).search(&question).unwrap().page_after(None, 99);
        let mut wanted: Vec<Uuid> = Vec::new();
        let mut styles = BTreeSet::new();
        let first = chosen.iter().filter(|id| **id == question.pinned[0]);
        for id in first.chain(&chosen) {
            let garment = garments.iter().find(|garment| garment.id == *id);
            if garment.is_some_and(|garment| styles.insert(&garment.style)) {
                wanted.push(*id);
            }
        }
        prop_assert_eq!(found.iter().map(|hit| hit.id).collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn what_is_liked_most_stands_first(garments in catalogue(), liked in prop::collection::vec(0..5_u32, 24)) {
        let popularity = (0_u32..).zip(&liked).map(|(number, likes)| (Uuid::from_u128(number.into()), *likes));
        let question = Question {
            sort: Sort::Popular, popularity: Arc::new(popularity.collect()), ..Question::default()
        };
        let (found, _) = indexed(&garments).search(&question).unwrap().page_after(None, 99);
        let likes: Vec<u32> = found.iter().map(|hit| question.popularity[&hit.id]).collect();
        prop_assert!(likes.is_sorted_by(|one, other| one >= other), "{:?}", likes);
        // A style is as popular as its most popular colourway.
        for hit in &found {
            let best = garments
                .iter()
                .filter(|garment| card_style(&garments, hit.id) == garment.style)
                .map(|garment| question.popularity[&garment.id])
                .max();
            prop_assert_eq!(best, Some(question.popularity[&hit.id]));
        }
    }

    #[test]
    fn the_tree_counts_what_can_be_had(garments in catalogue()) {
        let can_be_had = |garment: &&Garment| garment.sizes_in_stock.as_ref().is_none_or(|some| !some.is_empty());
        let mut wanted = Vec::new();
        for step in PATHS {
            let below = |garment: &&Garment| {
                garment.category_path.as_ref().is_some_and(|path| is_below(path, step))
            };
            if garments.iter().any(|garment| below(&garment)) {
                let there: Vec<_> = garments.iter().filter(below).filter(can_be_had).collect();
                let styles: BTreeSet<_> = there.iter().map(|garment| &garment.style).collect();
                wanted.push((step.to_owned(), there.len(), styles.len()));
            }
        }
        wanted.sort();
        let tree = indexed(&garments).tree();
        let counted: Vec<_> = tree
            .into_iter()
            .map(|place| (place.path, place.garments as usize, place.styles as usize))
            .collect();
        prop_assert_eq!(counted, wanted);
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
