//! Whether a try-on would succeed, from the engine itself.
#![expect(clippy::unwrap_used, reason = "test")]

use e2e::{Options, System};
use reqwest::StatusCode;
use serde_json::json;
use testkit::{eventually_within, free_port};

/// A picture with nobody in it.
fn wall() -> Vec<u8> {
    let mut png = std::io::Cursor::new(vec![]);
    let wall = image::RgbImage::from_pixel(600, 800, image::Rgb([190, 180, 160]));
    wall.write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_engine_says_beforehand_what_stands_against_a_try_on() {
    let port = free_port().unwrap();
    let system = System::start(Options {
        workers: 1,
        env: vec![
            (
                "DRAPE_ENGINE_URL".to_owned(),
                format!("http://127.0.0.1:{port}"),
            ),
            (
                "DRAPE_WORKER_LISTEN".to_owned(),
                format!("127.0.0.1:{port}"),
            ),
        ],
        ..Options::default()
    })
    .await
    .unwrap();
    let (shopper, person, garment) = system.fitting_room().await.unwrap();
    let check = async |person: &str| {
        let body = json!({ "person": person, "garment": garment });
        let checked = shopper.post("/v1/try-ons/check", &body).await.ok()?;
        checked.expect(StatusCode::OK).ok()
    };
    let limit = std::time::Duration::from_secs(30);
    let suitable = eventually_within(limit, "the worker to be there", || check(&person)).await;
    assert_eq!(
        suitable.body,
        json!({ "is_suitable": true, "findings": [] })
    );
    let wall = shopper.upload("person", "image/png", wall()).await.unwrap();
    let unsuitable = check(&wall.id().unwrap()).await.unwrap();
    assert_eq!(unsuitable.body["is_suitable"], false);
    let finding = &unsuitable.body["findings"][0];
    assert_eq!(
        (&finding["code"], &finding["subject"]),
        (&json!("no-person"), &json!("person")),
        "{unsuitable:?}"
    );
    // Somebody else's photo is not looked at.
    let other = system.caller("other-shopper").unwrap();
    let body = json!({ "person": person, "garment": garment });
    let refused = other.post("/v1/try-ons/check", &body).await.unwrap();
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
}
