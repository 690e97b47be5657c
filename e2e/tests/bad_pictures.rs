//! Hostile uploads: each is refused with a typed problem, quickly, and the process lives on.
#![expect(clippy::unwrap_used, reason = "test")]

use std::time::{Duration, Instant};

use e2e::{Options, System, photo};

/// A PNG that says it is 60,000 pixels square and holds nothing.
fn huge_header() -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend(60_000_u32.to_be_bytes());
    png.extend(60_000_u32.to_be_bytes());
    png.extend([8, 6, 0, 0, 0]);
    png.extend([0; 4]);
    png
}

/// 8,000 by 8,000 black pixels: a few kilobytes that become 192 megabytes.
fn bomb() -> Vec<u8> {
    let mut png = std::io::Cursor::new(vec![]);
    image::DynamicImage::new_rgb8(8_000, 8_000)
        .write_to(&mut png, image::ImageFormat::Png)
        .unwrap();
    png.into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_picture_gets_a_typed_refusal() {
    let mut system = System::start(Options::default()).await.unwrap();
    let shopper = system.caller("shopper").unwrap();
    let photo = photo().unwrap();
    let corpus = [
        ("huge header", "image/png", huge_header()),
        ("decompression bomb", "image/png", bomb()),
        ("truncated", "image/jpeg", photo[..photo.len() / 2].to_vec()),
        ("zero bytes", "image/jpeg", vec![]),
        (
            "wrong type",
            "image/jpeg",
            b"%PDF-1.7 not a picture at all".to_vec(),
        ),
        (
            "script",
            "image/svg+xml",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
        ),
        ("30 MB", "image/jpeg", vec![0xff; 30 << 20]),
    ];

    for (name, media_type, bytes) in corpus {
        let started = Instant::now();
        let answer = shopper.upload("person", media_type, bytes).await.unwrap();
        assert!(answer.status.is_client_error(), "{name}: {answer:?}");
        assert_eq!(answer.content_type, "application/problem+json", "{name}");
        assert!(answer.body["code"].is_string(), "{name}: {answer:?}");
        assert!(answer.body["detail"].is_string(), "{name}: {answer:?}");
        assert!(
            started.elapsed() < Duration::from_secs(2),
            "{name} took {:?}",
            started.elapsed()
        );
        assert!(system.drape.is_alive(), "{name} ended the process");
    }
    assert!(
        shopper
            .upload("person", "image/jpeg", photo)
            .await
            .unwrap()
            .status
            .is_success()
    );
}
