//! What can be tried on: said in documents, found by searches, told to whoever listens.

use axum::http::StatusCode;
use domain::{
    catalog::garment::{AddGarment, AttachPicture, Garment, GarmentDetails},
    media::picture::Purpose,
    shared::{BlobHash, Category, PictureId},
    tryon::{
        session::FailureReason,
        suitability::{Cutout, Look, ModelPack, RecordLook, Suitability, Verdict},
    },
};
use query_api::{CardPage, CutoutDocument, GarmentDocument, PictureDocument};
use uuid::Uuid;

use crate::{
    pictures,
    search::{money, names, search, shop},
    support::System,
};

fn cut_off() -> Verdict {
    let (code, detail) = ("garment-touches-border", "Leave a margin around it.");
    let (code, detail) = (code.to_owned(), detail.to_owned());
    Verdict::Unsupported {
        reason: FailureReason { code, detail },
    }
}

/// An engine looks at a garment's picture; answers where that stands.
async fn look(system: &System, garment: u128, verdict: Verdict) -> String {
    let hash = |digits: &str| BlobHash::parse(&digits.repeat(32)).unwrap();
    let look = Look {
        picture: PictureId::new(Uuid::from_u128(7)),
        blob: hash("0a"),
        category: Category::Tops,
        engine: "drape-geometric 0.1.0".to_owned(),
        pack: ModelPack {
            name: "drape".to_owned(),
            version: "2026.2".to_owned(),
            sha256: hash("0b"),
        },
        cutout: (verdict == Verdict::Ready).then(Cutout::sample),
        verdict,
    };
    let garment = Uuid::from_u128(garment);
    let at = system.execute::<Suitability>(garment, "look", RecordLook { look });
    at.await.to_string()
}

async fn shown(system: &System, garment: u128, at: &str) -> (String, Option<String>) {
    let path = format!("/v1/garments/{}", Uuid::from_u128(garment));
    let shown: GarmentDocument = system.json(&path, &[("drape-min-position", at)]).await;
    let try_on = shown.try_on.unwrap();
    (try_on.state, try_on.reason.map(|reason| reason.code))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_tried_on_is_said_and_found() {
    let system = System::start().await;
    let at = shop(&system).await;
    assert_eq!(shown(&system, 1, &at).await, ("unknown".to_owned(), None));
    let none = search(&system, "try_on_ready=true", &at).await;
    assert_eq!((none.styles, none.facets.try_on_ready), (0, 0));
    let path = format!("/v1/garments/{}", Uuid::from_u128(1));
    let (_, before, _) = system.get(&path, &[]).await;

    look(&system, 1, Verdict::Ready).await;
    let at = look(&system, 3, cut_off()).await;
    assert_eq!(shown(&system, 1, &at).await, ("ready".to_owned(), None));
    let (state, code) = shown(&system, 3, &at).await;
    assert_eq!(
        (state.as_str(), code.as_deref()),
        ("unsupported", Some("garment-touches-border"))
    );
    let page: CardPage = system
        .json("/v1/garments", &[("drape-min-position", &at)])
        .await;
    let states: Vec<&str> = page
        .items
        .iter()
        .map(|of| of.try_on.state.as_str())
        .collect();
    assert_eq!(states, ["unsupported", "unknown", "ready"]);
    let reason = page.items[0].try_on.reason.as_ref().unwrap();
    assert_eq!(reason.detail, "Leave a margin around it.");
    let ready = search(&system, "try_on_ready=true", &at).await;
    assert_eq!(names(&ready), ["Linen shirt"]);
    assert_eq!(ready.items[0].garment.id, Uuid::from_u128(1));
    let all = search(&system, "", &at).await;
    assert_eq!((all.styles, all.facets.try_on_ready), (2, 1));
    // Whoever has the document from before is told that there is another one.
    let known = before["etag"].to_str().unwrap();
    let (answered, _, _) = system.get(&path, &[("if-none-match", known)]).await;
    assert_eq!(answered, StatusCode::OK);

    // Of another picture nothing is known yet.
    let picture = PictureId::new(Uuid::from_u128(8));
    let at = system
        .execute::<Garment>(Uuid::from_u128(1), "again", AttachPicture { picture })
        .await
        .to_string();
    assert_eq!(shown(&system, 1, &at).await, ("unknown".to_owned(), None));
    assert_eq!(search(&system, "try_on_ready=true", &at).await.styles, 0);
    // What it was earlier is not kept.
    let then = format!("{path}?at={at}");
    let then: GarmentDocument = system.json(&then, &[]).await;
    assert!(then.try_on.is_none());
}

/// What list and page say of the garment without its ground.
async fn cutouts(system: &System, garment: u128, at: &str) -> [Option<CutoutDocument>; 2] {
    let (id, min) = (Uuid::from_u128(garment), ("drape-min-position", at));
    let page: CardPage = system.json("/v1/garments", &[min]).await;
    let card = page.items.into_iter().find(|card| card.id == id).unwrap();
    let shown: GarmentDocument = system.json(&format!("/v1/garments/{id}"), &[min]).await;
    [card.cutout, shown.cutout]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_garment_is_shown_without_the_ground_of_its_picture_once_somebody_looked() {
    let system = System::start().await;
    let at = shop(&system).await;
    assert!(cutouts(&system, 1, &at).await.iter().all(Option::is_none));

    let at = look(&system, 1, Verdict::Ready).await;
    let picture = Cutout::sample().picture.as_uuid();
    for cutout in cutouts(&system, 1, &at).await {
        let cutout = cutout.unwrap();
        assert_eq!((cutout.width_px, cutout.height_px), (600, 800));
        assert_eq!((cutout.bounds.left_px, cutout.bounds.height_px), (60, 640));
        assert_eq!(cutout.picture.id, picture);
        let url = format!("/v1/pictures/{picture}/400.webp");
        assert_eq!(cutout.picture.url, url);
        assert!(cutout.picture.display.is_none(), "it was never processed");
    }

    let processed = pictures::shown(&system, picture, Purpose::Cutout, b"a cut-out").await;
    let min = ("drape-min-position", processed.as_str());
    let path = format!("/v1/pictures/{picture}");
    let document: PictureDocument = system.json(&path, &[min]).await;
    assert_eq!(document.purpose, "cutout");
    for cutout in cutouts(&system, 1, &at).await {
        let display = cutout.unwrap().picture.display.unwrap();
        assert_eq!(display.src, format!("{path}/400.webp"));
        let types: Vec<&str> = display.sources.iter().map(|of| &*of.r#type).collect();
        assert_eq!(types, ["image/avif", "image/webp"]);
    }
    let found = search(&system, "try_on_ready=true", &at).await;
    let hit = found.items[0].garment.cutout.as_ref().unwrap();
    assert_eq!(hit.picture.id, picture);
    assert!(hit.picture.display.is_some());
    // Whoever comes may have it, whole or in part, for ever.
    let url = format!("{path}/400.webp");
    let (status, headers, body) = system.get(&url, &[]).await;
    assert_eq!((status, &*body), (StatusCode::OK, &b"a cut-out"[..]));
    assert_eq!(headers["content-type"], "image/webp");
    assert_eq!(
        headers["cache-control"],
        "public, max-age=31536000, immutable"
    );
    let etag = headers["etag"].to_str().unwrap();
    let known = system.get(&url, &[("if-none-match", etag)]).await;
    assert_eq!(known.0, StatusCode::NOT_MODIFIED);
    let (status, headers, body) = system.get(&url, &[("range", "bytes=2-4")]).await;
    assert_eq!((status, &*body), (StatusCode::PARTIAL_CONTENT, &b"cut"[..]));
    assert_eq!(headers["content-range"], "bytes 2-4/9");
    let (status, _, _) = system.get(&format!("{path}/400.jpg"), &[]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    // Another picture has another cut-out, or none yet; and it was none of what was said of the garment earlier.
    let picture = PictureId::new(Uuid::from_u128(8));
    let at = system
        .execute::<Garment>(Uuid::from_u128(1), "again", AttachPicture { picture })
        .await
        .to_string();
    assert!(cutouts(&system, 1, &at).await.iter().all(Option::is_none));
    let then = format!("/v1/garments/{}?at={at}", Uuid::from_u128(1));
    let then: GarmentDocument = system.json(&then, &[]).await;
    assert!(then.cutout.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_at_a_garment_is_news_of_the_catalogue_and_of_drafts_to_merchandisers() {
    let system = System::start().await;
    let at = shop(&system).await;
    let draft = Uuid::from_u128(9);
    let details = GarmentDetails::full_sample();
    let price = money(1_000);
    system
        .execute::<Garment>(draft, "add", AddGarment { details, price })
        .await;
    let picture = PictureId::new(Uuid::from_u128(7));
    let attached = system
        .execute::<Garment>(draft, "attach", AttachPicture { picture })
        .await
        .to_string();
    let from = ("last-event-id", attached.as_str());
    let mo = ("authorization", "Bearer mo");
    let catalogue = "/v1/events/stream?topics=catalogue";
    let mut shopper = system.stream(catalogue, &[from]).await;
    let mut keeper = system.stream(catalogue, &[from, mo]).await;
    let anna = ("authorization", "Bearer anna");
    let mut try_ons = system
        .stream("/v1/events/stream?topics=try-ons", &[from, anna])
        .await;
    let of_draft = look(&system, 9, cut_off()).await;
    let of_shirt = look(&system, 1, Verdict::Ready).await;
    for id in [&of_draft, &of_shirt] {
        assert_eq!(keeper.next().await.unwrap().id, *id);
    }
    let told = shopper.next().await.unwrap();
    assert_eq!(told.id, of_shirt);
    assert_eq!(told.json()["type"], "GarmentLookedAt");
    assert_eq!(told.json()["aggregate_id"], Uuid::from_u128(1).to_string());
    let (state, _) = shown(&system, 1, &at).await;
    assert_eq!(state, "ready", "the views have what is told");
    // The keeper of a draft is told what is wrong with its picture.
    let path = format!("/v1/garments/{draft}");
    let seen: GarmentDocument = system.json(&path, &[mo]).await;
    assert_eq!(seen.try_on.unwrap().state, "unsupported");
    let request = crate::request();
    let asked = system
        .execute::<domain::tryon::session::Session>(Uuid::from_u128(5), "request", request)
        .await;
    assert_eq!(try_ons.next().await.unwrap().id, asked.to_string());
}
