//! One's own wardrobe, and looks that are shared.

use axum::http::StatusCode;
use domain::{
    media::picture::Purpose,
    shared::{AccountId, GarmentId, OutfitId, PictureId, SessionId},
    wardrobe::wardrobe::{
        AddFavourite, HandOverWardrobe, Outfit, ReviseOutfit, SaveOutfit, ShareOutfit, TokenHash,
        TriedOn, UnshareOutfit, Wardrobe, WardrobeCommand,
    },
};
use http_kit::SecretToken;
use projector::ProjectorOptions;
use query_api::{LinkKeys, LookDocument, QueryApiOptions, WardrobeDocument};
use testkit::eventually;
use uuid::Uuid;

use crate::{
    code,
    pictures::shown,
    support::{ANNA, BERT, System},
};

const AS_ANNA: (&str, &str) = ("authorization", "Bearer anna");
const AS_BERT: (&str, &str) = ("authorization", "Bearer bert");
const OUTFIT: OutfitId = OutfitId::new(Uuid::from_u128(4));
const PICTURE: Uuid = Uuid::from_u128(70);

/// A system that signs addresses.
async fn signing() -> System {
    let options = QueryApiOptions {
        link_keys: LinkKeys::parse("first:0123456789abcdef").unwrap(),
        ..QueryApiOptions::default()
    };
    System::start_with(ProjectorOptions::default(), options).await
}

/// Garment 1 (published), garment 2 (never published), tried on.
fn outfit() -> Outfit {
    Outfit {
        name: "Office".to_owned().try_into().unwrap(),
        garments: [1, 2]
            .map(|number| GarmentId::new(Uuid::from_u128(number)))
            .into(),
        try_on: Some(TriedOn {
            session: SessionId::new(Uuid::from_u128(5)),
            picture: PictureId::new(PICTURE),
        }),
    }
}

async fn anna(system: &System, key: &str, command: impl Into<WardrobeCommand>) -> String {
    let at = system.execute::<Wardrobe>(ANNA, key, command).await;
    at.to_string()
}

/// Shares Anna's outfit: its link, and where in the log that is.
async fn share(system: &System, key: &str, with_picture: bool) -> (String, String) {
    let token = SecretToken::random().unwrap();
    let share = ShareOutfit {
        outfit: OUTFIT,
        token: TokenHash::parse(&token.sha256()).unwrap(),
        with_picture,
    };
    let at = anna(system, key, share).await;
    (format!("/v1/looks/{}", token.reveal()), at)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wardrobe_is_its_owners_alone() {
    let system = signing().await;
    shown(&system, PICTURE, Purpose::Result, b"a result").await;
    let garment = GarmentId::new(Uuid::from_u128(1));
    anna(&system, "like", AddFavourite { garment }).await;
    let save = SaveOutfit {
        outfit: OUTFIT,
        is: outfit(),
    };
    let at = anna(&system, "save", save).await;
    let min = ("drape-min-position", at.as_str());
    eventually("the picture to be processed", || async {
        let hers: WardrobeDocument = system.json("/v1/wardrobe", &[min, AS_ANNA]).await;
        let display = hers.outfits[0].picture.as_ref().unwrap().display.as_ref()?;
        assert!(display.src.contains("signature="), "{display:?}");
        assert_eq!(hers.favourites[0].garment, garment.as_uuid());
        assert_eq!(hers.version, 2);
        Some(())
    })
    .await;
    let his: WardrobeDocument = system.json("/v1/wardrobe", &[min, AS_BERT]).await;
    assert_eq!((his.favourites.len(), his.version), (0, 0));
    let (status, _, body) = system.get("/v1/wardrobe", &[]).await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::UNAUTHORIZED, "unauthenticated".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_shows_garments_and_the_picture_only_where_it_is_shared() {
    let system = signing().await;
    system.publish(Uuid::from_u128(1)).await;
    system.draft(Uuid::from_u128(2)).await;
    shown(&system, PICTURE, Purpose::Result, b"a result").await;
    let save = SaveOutfit {
        outfit: OUTFIT,
        is: outfit(),
    };
    anna(&system, "save", save).await;
    let (first, at) = share(&system, "share", false).await;
    let look: LookDocument = system.json(&first, &[("drape-min-position", &at)]).await;
    assert_eq!(look.name, "Office");
    let ids: Vec<_> = look.garments.iter().map(|card| card.id.as_u128()).collect();
    assert_eq!(ids, [1], "a draft is shown to nobody");
    assert!(look.picture.is_none());
    let (_, headers, body) = system.get(&first, &[]).await;
    assert_eq!(headers["cache-control"], "no-store");
    let text = String::from_utf8(body).unwrap();
    assert!(!text.contains(&ANNA.to_string()), "{text}");
    assert!(!text.contains(&PICTURE.to_string()), "{text}");

    let (second, at) = share(&system, "share-again", true).await;
    let min = ("drape-min-position", at.as_str());
    let (status, _, body) = system.get(&first, &[min]).await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::NOT_FOUND, "look-not-found".to_owned())
    );
    let picture = eventually("the picture to be processed", || async {
        let look: LookDocument = system.json(&second, &[min]).await;
        look.picture
    })
    .await;
    // Whoever has the link sees it, and nobody without its signature.
    let (status, _, body) = system.get(&picture.src, &[]).await;
    assert_eq!((status, body), (StatusCode::OK, b"a result".to_vec()));
    let (bare, _) = picture.src.split_once('?').unwrap();
    let (status, _, _) = system.get(bare, &[AS_BERT]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    // Another picture was never shared.
    let mut other = outfit();
    other.try_on.as_mut().unwrap().picture = PictureId::new(Uuid::from_u128(71));
    let revise = ReviseOutfit {
        outfit: OUTFIT,
        is: other,
    };
    let at = anna(&system, "revise", revise).await;
    let look: LookDocument = system.json(&second, &[("drape-min-position", &at)]).await;
    assert!(look.picture.is_none());

    let at = anna(&system, "unshare", UnshareOutfit { outfit: OUTFIT }).await;
    let (status, _, _) = system.get(&second, &[("drape-min-position", &at)]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _, _) = system.get("/v1/looks/no_token", &[]).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test(flavor = "multi_thread")]
async fn links_end_when_a_wardrobe_is_handed_over() {
    let system = signing().await;
    let save = SaveOutfit {
        outfit: OUTFIT,
        is: outfit(),
    };
    anna(&system, "save", save).await;
    let (link, at) = share(&system, "share", true).await;
    let look: LookDocument = system.json(&link, &[("drape-min-position", &at)]).await;
    assert!(look.garments.is_empty());
    let executor = jetstream_es::Executor::<Wardrobe>::new(system.log.clone(), ());
    let hers = executor.load(&ANNA.to_string()).await.unwrap().aggregate;
    let hand_over = HandOverWardrobe {
        to: AccountId::new(BERT),
        contents: hers.contents().clone(),
    };
    let at = anna(&system, "hand-over", hand_over).await;
    let min = ("drape-min-position", at.as_str());
    let (status, _, _) = system.get(&link, &[min]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let left: WardrobeDocument = system.json("/v1/wardrobe", &[min, AS_ANNA]).await;
    assert!(left.outfits.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_its_owner_hears_of_a_wardrobe() {
    let system = signing().await;
    let path = "/v1/events/stream?topics=wardrobe";
    let mut hers = system.stream(path, &[AS_ANNA]).await;
    let mut his = system.stream("/v1/events/stream", &[AS_BERT]).await;
    let garment = GarmentId::new(Uuid::from_u128(1));
    anna(&system, "like", AddFavourite { garment }).await;
    system
        .execute::<Wardrobe>(BERT, "like", AddFavourite { garment })
        .await;
    for (stream, owner) in [(&mut hers, ANNA), (&mut his, BERT)] {
        let message = stream.next().await.unwrap().json();
        assert_eq!(message["type"], "FavouriteAdded");
        assert_eq!(message["aggregate_id"], owner.to_string());
    }
    let (status, _, _) = system.get(path, &[]).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}
