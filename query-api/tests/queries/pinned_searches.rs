//! What is pinned to words comes first where they are looked for.

use axum::http::StatusCode;
use domain::{
    catalog::{
        collection::{AddCollection, Collection, CollectionDetails, Members, PinGarments},
        search::{PinSearch, PinnedSearch},
    },
    shared::{GarmentId, SearchWords},
};
use query_api::PinnedSearches;
use uuid::Uuid;

use crate::{
    code,
    search::{names, search, shop},
    support::System,
};

const MO: (&str, &str) = ("authorization", "Bearer mo");
const ANNA: (&str, &str) = ("authorization", "Bearer anna");

fn garments(numbers: &[u128]) -> Vec<GarmentId> {
    let id = |number: &u128| GarmentId::new(Uuid::from_u128(*number));
    numbers.iter().map(id).collect()
}

async fn pin(system: &System, words: &str, numbers: &[u128]) -> String {
    let words = SearchWords::parse(words).unwrap();
    let named: Vec<String> = numbers.iter().map(u128::to_string).collect();
    let (id, key) = (
        PinnedSearch::id_of(&words),
        format!("pin-{}", named.join("-")),
    );
    let garments = garments(numbers);
    let command = PinSearch { words, garments };
    let at = system.execute::<PinnedSearch>(id, &key, command).await;
    at.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pinned_to_words_comes_first_by_relevance_and_where_it_is_found() {
    let system = System::start().await;
    let at = shop(&system).await;
    let (jumper, shirt) = ("Wool jumper", "Linen shirt");
    let before = search(&system, "q=made", &at).await;
    assert_eq!(names(&before), [jumper, shirt]);

    // Of two colourways the one that is pinned is shown; what is not there stays without effect.
    let at = pin(&system, "Made", &[99, 1]).await;
    for question in ["q=made", "q=%20MADE!", "q=made&sort=relevance"] {
        let page = search(&system, question, &at).await;
        assert_eq!(names(&page), [shirt, jumper], "{question}");
        assert_eq!(page.items[0].garment.colour.name, "Sand", "{question}");
    }
    // Whoever asks for another order, other words or no words gets what was asked for.
    for (question, first) in [
        ("q=made&sort=dearest", jumper),
        ("q=made%20of", jumper),
        ("", jumper),
    ] {
        let page = search(&system, question, &at).await;
        assert_eq!(names(&page)[0], first, "{question}");
    }
    // What the words or the filters do not find is not shown for a pin.
    let page = search(&system, "q=made&brand=north-pier", &at).await;
    assert_eq!(names(&page), [jumper]);
    let at = pin(&system, "jumper", &[1]).await;
    assert_eq!(names(&search(&system, "q=jumper", &at).await), [jumper]);

    let at = pin(&system, "made", &[]).await;
    let after = search(&system, "q=made", &at).await;
    assert_eq!(names(&after), [jumper, shirt]);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_collection_the_pins_of_the_words_stand_before_its_own() {
    let system = System::start().await;
    shop(&system).await;
    let collection = Uuid::from_u128(50);
    let details = CollectionDetails::sample();
    let slug = details.slug.to_string();
    let members = Members::ByHand {
        garments: garments(&[1, 2, 3]),
    };
    let add = AddCollection { details, members };
    system.execute::<Collection>(collection, "add", add).await;
    let pins = PinGarments {
        garments: garments(&[3]),
    };
    let at = system
        .execute::<Collection>(collection, "pin", pins)
        .await
        .to_string();
    let question = format!("q=made&collection={slug}");
    let own = search(&system, &question, &at).await;
    assert_eq!(names(&own), ["Wool jumper", "Linen shirt"]);
    let at = pin(&system, "made", &[2]).await;
    let page = search(&system, &question, &at).await;
    assert_eq!(names(&page), ["Linen shirt", "Wool jumper"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn keepers_see_what_is_pinned_and_hear_of_it() {
    let system = System::start().await;
    let stream = "/v1/events/stream?topics=catalogue";
    let mut theirs = system.stream(stream, &[MO]).await;
    pin(&system, "wool", &[3]).await;
    pin(&system, "linen shirt", &[1, 2]).await;
    let at = pin(&system, "wool", &[]).await;
    let min = ("drape-min-position", at.as_str());
    let path = "/v1/pinned-searches";
    let all: PinnedSearches = system.json(path, &[min, MO]).await;
    let told: Vec<_> = all
        .items
        .iter()
        .map(|search| (search.words.as_str(), search.garments.len(), search.version))
        .collect();
    assert_eq!(told, [("linen shirt", 2, 1), ("wool", 0, 2)]);
    let (status, _, body) = system.get(path, &[ANNA]).await;
    assert_eq!(
        (status, code(&body).as_str()),
        (StatusCode::FORBIDDEN, "forbidden")
    );
    assert_eq!(theirs.next().await.unwrap().json()["type"], "SearchPinned");
}
