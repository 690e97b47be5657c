//! Looking for garments: by words, by facets, by likeness, in step with what was written.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use domain::{
    catalog::{
        garment::{
            AddGarment, AttachPicture, ChangePrice, Garment, GarmentDetails, PublishGarment,
            RetireGarment,
        },
        stock::{CountStock, Stock},
    },
    shared::{
        Category, CategoryPath, Colour, Currency, Description, GarmentName, Label, Money,
        PictureId, Size, Slug,
    },
};
use query_api::{FacetDocument, SearchPage, SimilarPage};
use uuid::Uuid;

use crate::{code, support::System};

pub(crate) fn money(minor: u32) -> Money {
    Money {
        minor,
        currency: Currency::EUR,
    }
}

/// Puts a garment on sale: name (the first word is what it is made of), style, brand, colour.
pub(crate) async fn sell(
    system: &System,
    number: u128,
    of: [&str; 5],
    minor: u32,
) -> (Uuid, String) {
    let [name, style, brand, colour, hex] = of;
    let id = Uuid::from_u128(number);
    let details = GarmentDetails {
        name: GarmentName::parse(name).unwrap(),
        slug: Slug::parse(&format!("{style}-{number}")).unwrap(),
        style: Slug::parse(style).ok(),
        brand: Label::parse(brand).ok(),
        colour: Colour::parse(colour, hex).unwrap(),
        category: Category::Tops,
        sizes: ["S", "M"].map(|size| Size::parse(size).unwrap()).to_vec(),
        ..GarmentDetails::full_sample()
    };
    let material = name.split(' ').next().unwrap();
    let is_shirt = material == "Linen";
    let details = GarmentDetails {
        description: Description::parse(&format!("Made of {material}.")).unwrap(),
        material: Label::parse(material).ok(),
        category_path: CategoryPath::parse(if is_shirt {
            "women/shirts"
        } else {
            "women/knitwear"
        })
        .ok(),
        texts: if is_shirt {
            details.texts
        } else {
            BTreeMap::new()
        },
        skus: [(
            Size::parse("M").unwrap(),
            domain::shared::Sku::parse(&format!("SKU-{number}")).unwrap(),
        )]
        .into(),
        ..details
    };
    let price = money(minor);
    system
        .execute::<Garment>(id, "add", AddGarment { details, price })
        .await;
    let picture = PictureId::new(Uuid::from_u128(7));
    system
        .execute::<Garment>(id, "attach", AttachPicture { picture })
        .await;
    let at = system
        .execute::<Garment>(id, "publish", PublishGarment {})
        .await;
    (id, at.to_string())
}

pub(crate) async fn shop(system: &System) -> String {
    let sand = ["Linen shirt", "linen-shirt", "Meadow", "Sand", "#d8c7a8"];
    let navy = ["Linen shirt", "linen-shirt", "Meadow", "Navy", "#24324f"];
    let wool = [
        "Wool jumper",
        "wool-jumper",
        "North Pier",
        "Navy",
        "#24324f",
    ];
    sell(system, 1, sand, 4_990).await;
    sell(system, 2, navy, 3_990).await;
    sell(system, 3, wool, 8_990).await.1
}

pub(crate) async fn search(system: &System, question: &str, at: &str) -> SearchPage {
    let path = format!("/v1/search?{question}");
    system.json(&path, &[("drape-min-position", at)]).await
}

pub(crate) fn names(page: &SearchPage) -> Vec<&str> {
    page.items
        .iter()
        .map(|hit| hit.garment.name.as_str())
        .collect()
}

pub(crate) fn counts(facets: &[FacetDocument]) -> Vec<(&str, u32)> {
    facets
        .iter()
        .map(|facet| (facet.key.as_str(), facet.styles))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn styles_are_found_by_words_and_counted_by_facets() {
    let system = System::start().await;
    let at = shop(&system).await;
    let all = search(&system, "", &at).await;
    assert_eq!(names(&all), ["Wool jumper", "Linen shirt"], "newest first");
    assert_eq!((all.styles, all.items[1].colourways), (2, 2));

    let found = search(&system, "q=linnen+shir", &at).await;
    assert_eq!(names(&found), ["Linen shirt"]);
    assert!(!found.relaxed);
    assert_eq!(
        names(&search(&system, "q=sku-3", &at).await),
        ["Wool jumper"]
    );
    let german = search(&system, "q=Leinenhemden", &at).await;
    assert_eq!(names(&german), ["Linen shirt"]);

    // What is chosen does not zero its siblings; the other facets follow it.
    let navy = search(&system, "colour=beige", &at).await;
    assert_eq!(counts(&navy.facets.colour), [("blue", 2), ("beige", 1)]);
    assert_eq!(counts(&navy.facets.brand), [("meadow", 1)]);
    assert_eq!(counts(&navy.facets.size), [("s", 1), ("m", 1)]);
    assert_eq!(navy.items[0].garment.colour.name, "Sand");
    let none = search(&system, "brand=unheard-of", &at).await;
    assert_eq!(none.styles, 0);
    let chosen = none.facets.brand.iter().find(|facet| facet.chosen).unwrap();
    assert_eq!((chosen.key.as_str(), chosen.styles), ("unheard-of", 0));

    let cheap = search(&system, "price_max=5000&sort=cheapest", &at).await;
    assert_eq!(cheap.items[0].garment.price.minor, 3_990);
    assert_eq!(cheap.facets.price.highest_minor, Some(8_990));
    assert_eq!(
        counts(&cheap.facets.category_path),
        [("women", 1), ("women/shirts", 1)]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_is_found_as_it_is_now() {
    let system = System::start().await;
    shop(&system).await;
    let price = money(1_000);
    let (shirt, jumper) = (Uuid::from_u128(1), Uuid::from_u128(3));
    system
        .execute::<Garment>(shirt, "cheaper", ChangePrice { price })
        .await;
    let at = system
        .execute::<Garment>(jumper, "retire", RetireGarment {})
        .await
        .to_string();
    let left = search(&system, "sort=cheapest", &at).await;
    assert_eq!(names(&left), ["Linen shirt"]);
    assert_eq!(left.items[0].garment.price.minor, 1_000);
    assert_eq!(left.items[0].garment.was.as_ref().unwrap().minor, 4_990);

    // What nobody counts is not sold out; what is counted is, size by size.
    assert_eq!(search(&system, "in_stock=true", &at).await.styles, 1);
    let mut at = at;
    for id in [shirt, Uuid::from_u128(2)] {
        let size = Size::parse("M").unwrap();
        let count = u32::from(id == shirt);
        let counted = CountStock {
            size,
            count,
            reason: None,
        };
        at = system
            .execute::<Stock>(id, "count", counted)
            .await
            .to_string();
    }
    let page = search(&system, "in_stock=true&size=m", &at).await;
    assert_eq!((page.styles, page.items[0].colourways), (1, 1));
    assert_eq!(search(&system, "in_stock=true&size=s", &at).await.styles, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_go_on_and_back_and_belong_to_their_question() {
    let system = System::start().await;
    let at = shop(&system).await;
    let first = search(&system, "limit=1", &at).await;
    assert!(first.prev_cursor.is_none());
    let next = first.next_cursor.unwrap();
    let second = search(&system, &format!("limit=1&cursor={next}"), &at).await;
    assert_eq!(names(&second), ["Linen shirt"]);
    assert!(second.next_cursor.is_none());
    let back = second.prev_cursor.unwrap();
    let again = search(&system, &format!("limit=1&cursor={back}"), &at).await;
    assert_eq!(names(&again), ["Wool jumper"]);

    // Another question, another list, and a cursor that was changed.
    let flipped = if next.ends_with('A') { 'B' } else { 'A' };
    let changed = format!("{}{flipped}", &next[..next.len() - 1]);
    for path in [
        format!("/v1/search?limit=1&brand=meadow&cursor={next}"),
        format!("/v1/garments?limit=1&cursor={next}"),
        format!("/v1/search?limit=1&cursor={changed}"),
    ] {
        let (status, _, body) = system.get(&path, &[]).await;
        assert_eq!(
            (status, code(&body).as_str()),
            (StatusCode::BAD_REQUEST, "bad-cursor"),
            "{path}"
        );
    }
    // A page may be of another size, and the parameters in another order.
    let wider = format!("cursor={next}&limit=5");
    assert_eq!(names(&search(&system, &wider, &at).await), ["Linen shirt"]);
    for wrong in [
        "limit=0",
        "limit=101",
        "currency=eur",
        "price_min=-1",
        "sort=best",
        "nonsense=1",
        "attribute=slim",
        "attribute=Fit:slim",
        "attribute=a:1,b:1,c:1,d:1,e:1,f:1,g:1",
        "facet=fit",
        "facet=attribute:Fit",
        "collection=No%20slug",
    ] {
        let (status, _, body) = system.get(&format!("/v1/search?{wrong}"), &[]).await;
        assert_eq!(
            (status, code(&body).as_str()),
            (StatusCode::BAD_REQUEST, "invalid-query"),
            "{wrong}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_are_filtered_by_and_counted_where_that_is_asked_for() {
    let system = System::start().await;
    let at = shop(&system).await;
    let plain = search(&system, "", &at).await;
    assert!(plain.facets.attributes.is_empty());
    // All have a collar, a fit and a season: see the full sample.
    let asked =
        "facet=attribute:fit,attribute:collar,attribute:unheard-of".replace("unheard-of", "none");
    let page = search(&system, &asked, &at).await;
    let told: Vec<_> = page
        .facets
        .attributes
        .iter()
        .map(|facet| (facet.name.as_str(), counts(&facet.values)))
        .collect();
    let wanted = [
        ("fit", vec![("regular", 2)]),
        ("collar", vec![("kent", 2)]),
        ("none", vec![]),
    ];
    assert_eq!(told, wanted);
    assert_eq!(page.facets.attributes[1].values[0].label, "kent");
    let narrowed = "attribute=season:Summer+2026,fit:slim&facet=attribute:fit";
    let none = search(&system, narrowed, &at).await;
    assert_eq!(none.styles, 0);
    // What is chosen does not zero its siblings.
    assert_eq!(
        counts(&none.facets.attributes[0].values),
        [("regular", 2), ("slim", 0)]
    );
    let both = search(&system, "attribute=fit:slim,fit:regular,collar:kent", &at).await;
    assert_eq!(both.styles, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_looks_like_a_garment_says_why() {
    let system = System::start().await;
    let at = shop(&system).await;
    let path = format!("/v1/garments/{}/similar", Uuid::from_u128(2));
    let page: SimilarPage = system.json(&path, &[("drape-min-position", &at)]).await;
    assert_eq!(page.items.len(), 1, "its own style is not like it");
    let like = &page.items[0];
    assert_eq!(like.garment.name, "Wool jumper");
    assert_eq!(like.reasons.first().unwrap(), "colour");
    let unknown = format!("/v1/garments/{}/similar", Uuid::from_u128(9));
    let (status, _, body) = system.get(&unknown, &[]).await;
    assert_eq!(
        (status, code(&body).as_str()),
        (StatusCode::NOT_FOUND, "garment-not-found")
    );
}
