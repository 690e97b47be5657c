//! Pictures: who may see them, how they are shown, parts of them.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use axum::http::StatusCode;
use domain::{
    media::picture::{
        ChooseFocalPoint, Consent, FocalPoint, Picture, PictureFormat, Purpose, RecordProcessed,
        RecordUpload, Rendition, StoredPicture,
    },
    shared::{AccountId, BlobHash},
};
use jetstream_es::Clock;
use projector::ProjectorOptions;
use query_api::{
    CardPage, GarmentDocument, LinkKeys, PictureDisplayDocument, PictureDocument, QueryApiOptions,
};
use testkit::eventually;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    code,
    support::{ANNA, System},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_picture_is_private() {
    let system = System::start().await;
    let bytes = bytes::Bytes::from_static(b"not really a picture");
    let hash = system.blobs.put(bytes.clone()).await.unwrap().to_string();
    let stored = StoredPicture {
        blob: BlobHash::parse(&hash).unwrap(),
        ..StoredPicture::sample()
    };
    let (private, public) = (Uuid::from_u128(1), Uuid::from_u128(2));
    for (id, purpose, owner) in [
        (private, Purpose::Person, Some(AccountId::new(ANNA))),
        (public, Purpose::Catalogue, None),
    ] {
        let upload = RecordUpload {
            purpose,
            owner,
            original: stored.clone(),
            consent: owner.map(|_| Consent::sample()),
        };
        system.execute::<Picture>(id, "upload", upload).await;
    }
    let processed = RecordProcessed {
        renditions: vec![Rendition {
            name: "400.webp".to_owned(),
            stored: stored.clone(),
        }],
        mean_colour: "#808080".to_owned(),
        thumbhash: None,
    };
    let at = system
        .execute::<Picture>(public, "process", processed)
        .await
        .to_string();
    let min = ("drape-min-position", at.as_str());
    let mine = format!("/v1/pictures/{private}");
    let (anna, bert) = (
        ("authorization", "Bearer anna"),
        ("authorization", "Bearer bert"),
    );
    for path in [mine.clone(), format!("{mine}/original")] {
        for headers in [
            vec![min],
            vec![min, bert],
            vec![min, ("authorization", "Bearer mo")],
        ] {
            let (status, _, body) = system.get(&path, &headers).await;
            assert_eq!(status, StatusCode::NOT_FOUND);
            assert_eq!(code(&body), "picture-not-found");
        }
        for headers in [[min, anna], [min, ("authorization", "Bearer root")]] {
            let (status, headers, _) = system.get(&path, &headers).await;
            assert_eq!(status, StatusCode::OK);
            assert!(
                !headers["cache-control"]
                    .to_str()
                    .unwrap()
                    .contains("public")
            );
        }
    }
    let document: PictureDocument = system.json(&mine, &[anna]).await;
    assert_eq!(
        (document.status.as_str(), document.owner),
        ("uploaded", Some(ANNA))
    );
    let (status, _, body) = system.get(&format!("{mine}/400.webp"), &[anna]).await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::NOT_FOUND, "rendition-not-ready".to_owned())
    );
    let path = format!("/v1/pictures/{public}/400.webp");
    let (status, headers, body) = system.get(&path, &[]).await;
    assert_eq!((status, body), (StatusCode::OK, bytes.to_vec()));
    assert_eq!(headers["content-type"], "image/jpeg");
    assert_eq!(
        headers["cache-control"],
        "public, max-age=31536000, immutable"
    );
    let etag = headers["etag"].to_str().unwrap();
    let (status, _, body) = system.get(&path, &[("if-none-match", etag)]).await;
    assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0));
    let (_, _, body) = system
        .get(&format!("/v1/pictures/{public}/9.webp"), &[])
        .await;
    assert_eq!(code(&body), "rendition-not-found");
}

/// A processed picture, and where in the log that is.
pub(crate) async fn shown(
    system: &System,
    id: Uuid,
    purpose: Purpose,
    bytes: &'static [u8],
) -> String {
    let bytes = bytes::Bytes::from_static(bytes);
    let hash = system.blobs.put(bytes.clone()).await.unwrap().to_string();
    let stored = StoredPicture {
        blob: BlobHash::parse(&hash).unwrap(),
        size_bytes: bytes.len() as u64,
        ..StoredPicture::sample()
    };
    let upload = RecordUpload {
        purpose,
        owner: (!purpose.is_public()).then_some(AccountId::new(ANNA)),
        original: stored.clone(),
        consent: (purpose == Purpose::Person).then(Consent::sample),
    };
    system.execute::<Picture>(id, "upload", upload).await;
    let rendition = |width_px: u32, extension: &str, format| Rendition {
        name: format!("{width_px}.{extension}"),
        stored: StoredPicture {
            format,
            width_px,
            ..stored.clone()
        },
    };
    let processed = RecordProcessed {
        renditions: vec![
            rendition(160, "avif", PictureFormat::Avif),
            rendition(400, "avif", PictureFormat::Avif),
            if purpose == Purpose::Cutout {
                rendition(400, "webp", PictureFormat::Webp)
            } else {
                rendition(400, "jpg", PictureFormat::Jpeg)
            },
        ],
        mean_colour: "#808080".to_owned(),
        thumbhash: Some("MwgKDIKodYeAmHV4dpd3i4h4h/CL".to_owned()),
    };
    system
        .execute::<Picture>(id, "process", processed)
        .await
        .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_says_how_its_pictures_are_shown() {
    let system = System::start().await;
    let (garment, picture) = (Uuid::from_u128(1), Uuid::from_u128(7));
    let at = system.publish(garment).await.to_string();
    let min = [("drape-min-position", at.as_str())];
    let page: CardPage = system.json("/v1/garments", &min).await;
    let link = page.items[0].picture.as_ref().unwrap();
    assert!(link.display.is_none(), "it was never processed: {link:?}");

    let at = shown(&system, picture, Purpose::Catalogue, b"a picture").await;
    let focal_point = FocalPoint::parse(0.5, 0.25).unwrap();
    let chosen = ChooseFocalPoint { focal_point };
    system.execute::<Picture>(picture, "focus", chosen).await;
    let min = [("drape-min-position", at.as_str())];
    eventually("the focal point to be shown", || async {
        let document: PictureDocument = system.json(&format!("/v1/pictures/{picture}"), &min).await;
        document.focal_point
    })
    .await;
    let page: CardPage = system.json("/v1/garments", &min).await;
    let shown: GarmentDocument = system.json(&format!("/v1/garments/{garment}"), &min).await;
    for link in [&page.items[0].picture, &shown.picture] {
        let display = link.as_ref().unwrap().display.as_ref().unwrap();
        assert_eq!((display.width_px, display.height_px), (768, 1024));
        assert_eq!(display.mean_colour, "#808080");
        assert_eq!(
            display.thumbhash.as_deref(),
            Some("MwgKDIKodYeAmHV4dpd3i4h4h/CL")
        );
        let focal_point = display.focal_point.as_ref().unwrap();
        assert!((focal_point.y - 0.25).abs() < f64::EPSILON);
        assert_eq!(display.src, format!("/v1/pictures/{picture}/400.jpg"));
        assert_eq!(display.sources[0].r#type, "image/avif");
        assert_eq!(
            display.sources[0].srcset,
            format!("/v1/pictures/{picture}/160.avif 160w, /v1/pictures/{picture}/400.avif 400w")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_picture_is_seen_by_a_signed_address_for_some_minutes() {
    let clock = Arc::new(AtomicI64::new(1_800_000_000));
    let set = Arc::clone(&clock);
    let options = QueryApiOptions {
        link_keys: LinkKeys::parse("first:0123456789abcdef").unwrap(),
        clock: Clock::new(move || {
            OffsetDateTime::from_unix_timestamp(set.load(Ordering::Relaxed)).unwrap()
        }),
        ..QueryApiOptions::default()
    };
    let system = System::start_with(ProjectorOptions::default(), options).await;
    let picture = Uuid::from_u128(1);
    let at = shown(&system, picture, Purpose::Person, b"a person").await;
    let min = ("drape-min-position", at.as_str());
    let (anna, bert) = (
        ("authorization", "Bearer anna"),
        ("authorization", "Bearer bert"),
    );
    let path = format!("/v1/pictures/{picture}/display");
    let (status, _, body) = system.get(&path, &[min, bert]).await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::NOT_FOUND, "picture-not-found".to_owned())
    );
    let (_, headers, _) = system.get(&path, &[min, anna]).await;
    assert_eq!(headers["cache-control"], "no-store");
    let display: PictureDisplayDocument = system.json(&path, &[min, anna]).await;
    let (status, headers, body) = system.get(&display.src, &[]).await;
    assert_eq!(
        (status, body.as_slice()),
        (StatusCode::OK, &b"a person"[..])
    );
    let cache = headers["cache-control"].to_str().unwrap();
    assert!(cache.starts_with("private, max-age="), "{cache}");
    let small = display.sources[0].srcset.split(' ').next().unwrap();
    assert_eq!(system.get(small, &[]).await.0, StatusCode::OK);

    // Without the signature, with another's, and with a piece of it.
    let bare = display.src.split('?').next().unwrap();
    assert_eq!(system.get(bare, &[]).await.0, StatusCode::NOT_FOUND);
    let query = display.src.split('?').nth(1).unwrap();
    for wrong in [
        format!("/v1/pictures/{picture}/original?{query}"),
        display.src.replace("first", "other"),
        display.src.split("&signature").next().unwrap().to_owned(),
    ] {
        let (status, _, body) = system.get(&wrong, &[]).await;
        assert_eq!(
            (status, code(&body)),
            (StatusCode::FORBIDDEN, "link-invalid".to_owned()),
            "{wrong}"
        );
    }
    clock.fetch_add(901, Ordering::Relaxed);
    let (status, _, body) = system.get(&display.src, &[]).await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::GONE, "link-expired".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_had_in_parts() {
    let system = System::start().await;
    let picture = Uuid::from_u128(1);
    let at = shown(&system, picture, Purpose::Catalogue, b"0123456789").await;
    let min = ("drape-min-position", at.as_str());
    // Too small for a rendition of its own at that width: the widest one.
    let path = format!("/v1/pictures/{picture}/1600.avif");
    let (status, headers, body) = system.get(&path, &[min]).await;
    assert_eq!(
        (status, body.as_slice()),
        (StatusCode::OK, &b"0123456789"[..])
    );
    assert_eq!(headers["accept-ranges"], "bytes");
    assert_eq!(headers["content-type"], "image/avif");
    let etag = headers["etag"].to_str().unwrap().to_owned();
    let part = ("range", "bytes=2-4");
    let (status, headers, body) = system.get(&path, &[part, ("if-range", &etag)]).await;
    assert_eq!(
        (status, body.as_slice()),
        (StatusCode::PARTIAL_CONTENT, &b"234"[..])
    );
    assert_eq!(headers["content-range"], "bytes 2-4/10");
    assert_eq!(headers["content-length"], "3");
    assert_eq!(headers["etag"].to_str().unwrap(), etag);
    let (status, _, body) = system.get(&path, &[part, ("if-range", "\"old\"")]).await;
    assert_eq!((status, body.len()), (StatusCode::OK, 10));
    let (status, headers, body) = system.get(&path, &[("range", "bytes=10-")]).await;
    assert_eq!(
        (status, code(&body)),
        (
            StatusCode::RANGE_NOT_SATISFIABLE,
            "range-not-satisfiable".to_owned()
        )
    );
    assert_eq!(headers["content-range"], "bytes */10");
    // What the client accepts decides nothing.
    let (_, headers, _) = system.get(&path, &[("accept", "image/webp")]).await;
    assert_eq!(headers["content-type"], "image/avif");
    assert!(!headers.contains_key("vary"));
}
