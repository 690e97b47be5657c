//! A result says what it is, however it is looked at, and anybody can ask.
#![expect(clippy::unwrap_used, reason = "a test may fail in its helpers too")]

use std::{io::Cursor, time::Duration};

use e2e::{Options, System, photo};
use image::{DynamicImage, ImageFormat, imageops::FilterType};
use reqwest::StatusCode;
use serde_json::Value;
use testkit::{Manner, TimeAuthority, eventually_within};

struct Shop {
    system: System,
    http: reqwest::Client,
}

impl Shop {
    /// Asks without any sign-in.
    async fn ask(&self, media_type: &str, file: Vec<u8>) -> (u16, Value) {
        let port = self.system.http_port();
        let request = self
            .http
            .post(format!("http://127.0.0.1:{port}/v1/provenance/verify"))
            .header("content-type", media_type);
        let answer = request.body(file).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap())
    }

    async fn verified(&self, media_type: &str, file: Vec<u8>) -> Value {
        let (status, body) = self.ask(media_type, file).await;
        assert_eq!(status, 200, "{body}");
        body
    }
}

fn saved_again(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, format).unwrap();
    file.into_inner()
}

fn marks(said: &Value) -> [bool; 5] {
    [
        said["iptc"]["present"].as_bool().unwrap(),
        said["content_credentials"]["present"].as_bool().unwrap(),
        said["content_credentials"]["valid"].as_bool().unwrap(),
        said["content_credentials"]["trusted"].as_bool().unwrap(),
        said["watermark"]["present"].as_bool().unwrap(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_bears_three_marks_of_which_one_outlives_saving_it_again() {
    let options = Options {
        workers: 1,
        ..Options::default()
    };
    let system = System::start(options).await.unwrap();
    let http = reqwest::Client::new();
    let mut shop = Shop { system, http };
    let (shopper, location) = shop.system.request_try_on().await.unwrap();
    let events = format!("{location}/events");
    let mut events = shopper.events(&events, None).await.unwrap();
    events.until("TryOnSucceeded").await.unwrap();
    let status = shopper.get(&location).await.unwrap().body;
    assert_eq!(status["disclosure"]["ai_generated"], true);
    let result = status["result"]["id"].as_str().unwrap().to_owned();
    let path = |name: &str| format!("/v1/pictures/{result}/{name}");
    let (_, _, original) = shopper.bytes(&path("original")).await.unwrap();

    let said = shop.verified("image/png", original.clone()).await;
    assert_eq!(marks(&said), [true; 5], "{said}");
    assert_eq!(said["is_ai_generated"], true);
    assert_eq!(said["content_credentials"]["problem"], Value::Null);
    let payload = said["watermark"]["payload"].clone();
    // The file's renditions are signed as well, and small ones say it without the watermark.
    for name in ["800.webp", "400.jpg", "160.webp"] {
        let rendition = eventually_within(Duration::from_secs(30), "a rendition", || async {
            let found = shopper.bytes(&path(name)).await.ok()?;
            let (StatusCode::OK, media_type, bytes) = found else {
                return None;
            };
            Some((media_type, bytes))
        });
        let (media_type, bytes) = rendition.await;
        let said = shop.verified(&media_type, bytes).await;
        assert_eq!(marks(&said)[..4], [true; 4], "{name}: {said}");
    }

    // Saved anew by others, the metadata is gone.
    let picture = image::load_from_memory(&original).unwrap().to_rgb8();
    let picture = DynamicImage::from(picture);
    let (width, height) = (picture.width(), picture.height());
    let smaller = picture.resize_exact(width / 2, height / 2, FilterType::Lanczos3);
    for (picture, format) in [
        (&picture, ImageFormat::Jpeg),
        (&picture, ImageFormat::WebP),
        (&picture, ImageFormat::Png),
        (&smaller, ImageFormat::Png),
    ] {
        let file = saved_again(picture, format);
        let said = shop.verified(format.to_mime_type(), file).await;
        assert_eq!(marks(&said), [false, false, false, false, true], "{said}");
        assert_eq!(said["watermark"]["payload"], payload);
        assert_eq!(said["is_ai_generated"], true);
    }

    // A remark was added: the pixels are the same, the file is not what was signed.
    let remark = [0, 0, 0, 3, 116, 69, 88, 116, 97, 0, 98, 220, 73, 162, 59];
    let mut file = original.clone();
    let text = file
        .windows(4)
        .position(|window| window == b"iTXt")
        .unwrap();
    file.splice(text - 4..text - 4, remark);
    let said = shop.verified("image/png", file).await;
    assert_eq!(marks(&said), [true, true, false, false, true], "{said}");
    let problem = &said["content_credentials"]["problem"];
    assert_eq!(problem, "assertion.dataHash.mismatch");

    // The certificate is the installation's own, not the process's.
    shop.system.drape.kill9().unwrap();
    shop.system.restart_drape().await.unwrap();
    let said = shop.verified("image/png", original).await;
    assert_eq!(marks(&said), [true; 5], "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_attests_when_a_result_was_signed_and_none_fails_without_it() {
    let authority = TimeAuthority::start().await.unwrap();
    let root = authority.root().display().to_string();
    let settings = [
        ("DRAPE_PROVENANCE_TIME_AUTHORITY", authority.url()),
        ("DRAPE_PROVENANCE_TIME_AUTHORITY_CERTIFICATE", root),
    ];
    let options = Options {
        workers: 1,
        env: settings
            .map(|(name, value)| (name.to_owned(), value))
            .to_vec(),
        ..Options::default()
    };
    let system = System::start(options).await.unwrap();
    let http = reqwest::Client::new();
    let shop = Shop { system, http };
    for (manner, is_attested) in [(Manner::Answers, true), (Manner::Silent, false)] {
        authority.behave(manner);
        let (shopper, location) = shop.system.request_try_on().await.unwrap();
        let events = format!("{location}/events");
        let mut events = shopper.events(&events, None).await.unwrap();
        events.until("TryOnSucceeded").await.unwrap();
        let status = shopper.get(&location).await.unwrap().body;
        let result = status["result"]["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/pictures/{result}/original");
        let (_, _, original) = shopper.bytes(&path).await.unwrap();
        let said = shop.verified("image/png", original).await;
        assert_eq!(marks(&said), [true; 5], "{said}");
        let stamp = &said["content_credentials"]["time_stamp"];
        if !is_attested {
            assert_eq!(stamp, &Value::Null, "{said}");
            continue;
        }
        assert_eq!(stamp["valid"], true, "{said}");
        assert_eq!(stamp["trusted"], true, "{said}");
        assert_eq!(stamp["attested_by"], "time.test");
        let at = stamp["attested_at"].as_str().unwrap();
        assert!(at.starts_with("20") && at.ends_with('Z'), "{at}");
        assert_eq!(stamp["problem"], Value::Null);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_has_no_marks_and_what_is_no_picture_is_refused() {
    let system = System::start(Options::default()).await.unwrap();
    let http = reqwest::Client::new();
    let shop = Shop { system, http };
    let photo = photo().unwrap();
    let picture = image::load_from_memory(&photo).unwrap();
    for (media_type, file) in [
        ("image/jpeg", photo.clone()),
        ("image/png", saved_again(&picture, ImageFormat::Png)),
        ("image/webp", saved_again(&picture, ImageFormat::WebP)),
    ] {
        let said = shop.verified(media_type, file).await;
        assert_eq!(marks(&said), [false; 5], "{said}");
        assert_eq!(said["is_ai_generated"], false);
        assert_eq!(said["watermark"]["payload"], Value::Null);
        assert_eq!(said["watermark"]["confidence"], 0.0);
    }
    let cut = photo[..photo.len() / 2].to_vec();
    for (media_type, file, status, code) in [
        ("image/jpeg", vec![], 422, "picture-empty"),
        (
            "image/jpeg",
            b"hello".to_vec(),
            415,
            "picture-format-unsupported",
        ),
        ("text/plain", photo.clone(), 415, "picture-wanted"),
        ("image/jpeg", cut, 422, "picture-truncated"),
        ("image/jpeg", vec![0; 21 << 20], 413, "picture-too-large"),
    ] {
        let (got, problem) = shop.ask(media_type, file).await;
        assert_eq!(
            (got, problem["code"].as_str()),
            (status, Some(code)),
            "{problem}"
        );
    }
}
