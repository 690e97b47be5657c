//! What people like and wear together: the order by popularity, and what goes with a garment.

use axum::http::StatusCode;
use domain::{
    shared::{AccountId, GarmentId, OutfitId},
    tryon::session::{Request, RequestTryOn, Session},
    wardrobe::wardrobe::{
        AddFavourite, HandOverWardrobe, Outfit, RemoveFavourite, ReviseOutfit, SaveOutfit, Wardrobe,
    },
};
use query_api::{GoesWithPage, SearchPage};
use testkit::eventually;
use uuid::Uuid;

use crate::{
    code, request,
    search::{names, sell, shop},
    support::System,
};

const SHIRT: u128 = 2;
const JUMPER: u128 = 3;

fn garment(number: u128) -> GarmentId {
    GarmentId::new(Uuid::from_u128(number))
}

/// Whatever comes first by popularity becomes this: it is counted now and then.
async fn comes_first(system: &System, name: &str) {
    eventually("popularity to be counted", || async {
        let page: SearchPage = system.json("/v1/search?sort=popular", &[]).await;
        (names(&page).first() == Some(&name)).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_most_people_like_or_try_on_comes_first() {
    let system = System::start().await;
    shop(&system).await;
    for account in [0xa0, 0xa1] {
        let like = AddFavourite {
            garment: garment(SHIRT),
        };
        system
            .execute::<Wardrobe>(Uuid::from_u128(account), "like", like)
            .await;
    }
    comes_first(&system, "Linen shirt").await;
    // Whoever tries on a thing three times is one person.
    for (number, asker) in [(1, 0xa), (2, 0xa), (3, 0xa)] {
        let RequestTryOn { request } = request();
        let request = Request {
            garment: garment(JUMPER),
            requested_by: AccountId::new(Uuid::from_u128(asker)),
            ..request
        };
        let id = Uuid::from_u128(900 + number);
        system
            .execute::<Session>(id, "try", RequestTryOn { request })
            .await;
    }
    let like = AddFavourite {
        garment: garment(JUMPER),
    };
    system
        .execute::<Wardrobe>(Uuid::from_u128(0xa2), "like", like)
        .await;
    // Two of each: the newer one. Then one changes their mind.
    comes_first(&system, "Wool jumper").await;
    let unlike = RemoveFavourite {
        garment: garment(JUMPER),
    };
    system
        .execute::<Wardrobe>(Uuid::from_u128(0xa2), "unlike", unlike)
        .await;
    comes_first(&system, "Linen shirt").await;
}

fn outfit(garments: &[u128]) -> Outfit {
    Outfit {
        name: "Office".to_owned().try_into().unwrap(),
        garments: garments.iter().map(|number| garment(*number)).collect(),
        try_on: None,
    }
}

async fn wear(system: &System, account: u128, number: u128, garments: &[u128]) -> String {
    let save = SaveOutfit {
        outfit: OutfitId::new(Uuid::from_u128(number)),
        is: outfit(garments),
    };
    let key = format!("wear-{number}");
    let account = Uuid::from_u128(account);
    let at = system.execute::<Wardrobe>(account, &key, save).await;
    at.to_string()
}

/// The ids of what goes with the shirt.
async fn with_the_shirt(system: &System, at: &str) -> Vec<Uuid> {
    let path = format!("/v1/garments/{}/goes-with", Uuid::from_u128(SHIRT));
    let page: GoesWithPage = system.json(&path, &[("drape-min-position", at)]).await;
    page.items.into_iter().map(|item| item.garment.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_three_people_wear_with_a_garment_goes_with_it() {
    let system = System::start().await;
    shop(&system).await;
    let coat = ["Wool coat", "wool-coat", "North Pier", "Black", "#000000"];
    sell(&system, 4, coat, 19_900).await;
    let jumper = Uuid::from_u128(JUMPER);
    // Two people, one of them twice; and the shirt's own colourway.
    wear(&system, 0xa0, 1, &[SHIRT, JUMPER, 1]).await;
    wear(&system, 0xa0, 2, &[SHIRT, JUMPER]).await;
    let at = wear(&system, 0xa1, 1, &[SHIRT, JUMPER, 1]).await;
    assert!(with_the_shirt(&system, &at).await.is_empty());
    // A third one; the coat is worn by four, and a draft by three.
    for account in [0xa2, 0xa3, 0xa4, 0xa5] {
        wear(&system, account, 3, &[4, SHIRT, 77]).await;
    }
    let at = wear(&system, 0xa2, 1, &[SHIRT, JUMPER, 1]).await;
    assert_eq!(
        with_the_shirt(&system, &at).await,
        [Uuid::from_u128(4), jumper]
    );
    let path = format!("/v1/garments/{}/goes-with?limit=1", Uuid::from_u128(SHIRT));
    let page: GoesWithPage = system.json(&path, &[]).await;
    assert_eq!(page.items.len(), 1);

    // Whoever wears it no longer is not counted, nor is a wardrobe that was handed over twice.
    let revise = ReviseOutfit {
        outfit: OutfitId::new(Uuid::from_u128(1)),
        is: outfit(&[SHIRT]),
    };
    let account = Uuid::from_u128(0xa1);
    let at = system
        .execute::<Wardrobe>(account, "revise", revise)
        .await
        .to_string();
    assert_eq!(with_the_shirt(&system, &at).await, [Uuid::from_u128(4)]);
    let mut at = String::new();
    for account in [0xa2, 0xa3] {
        let to = AccountId::new(Uuid::from_u128(0xa9));
        let account = Uuid::from_u128(account);
        let executor = jetstream_es::Executor::<Wardrobe>::new(system.log.clone(), ());
        let theirs = executor.load(&account.to_string()).await.unwrap().aggregate;
        let contents = theirs.contents().clone();
        let handed = system
            .execute::<Wardrobe>(account, "over", HandOverWardrobe { to, contents })
            .await;
        at = handed.to_string();
    }
    assert!(with_the_shirt(&system, &at).await.is_empty());
    for (path, status) in [
        (
            format!("/v1/garments/{}/goes-with", Uuid::from_u128(99)),
            StatusCode::NOT_FOUND,
        ),
        (format!("{path}0"), StatusCode::OK),
        (path.replace("limit=1", "limit=51"), StatusCode::BAD_REQUEST),
    ] {
        let (found, _, body) = system.get(&path, &[]).await;
        assert_eq!(found, status, "{path}: {}", String::from_utf8_lossy(&body));
    }
    let unknown = format!("/v1/garments/{}/goes-with", Uuid::from_u128(99));
    let (_, _, body) = system.get(&unknown, &[]).await;
    assert_eq!(code(&body), "garment-not-found");
}
