//! What a try-on promises, on the demo's own pictures with the shipped networks.
#![expect(clippy::unwrap_used, clippy::panic, reason = "test")]

mod looks;
mod refusals;
mod results;

use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::LazyLock;

use image::{DynamicImage, ImageFormat, RgbImage};
use tryon_worker::engine::{Category, Engine, Refusal, TryOnError, TryOnInput, TryOnOutput};

static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::load(&root().join("models/drape-2026.2")).unwrap());

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn demo(name: &str) -> Vec<u8> {
    std::fs::read(root().join("../gateway/demo").join(name)).unwrap()
}

fn try_on(person: &[u8], garment: &[u8], category: Category) -> Result<TryOnOutput, TryOnError> {
    ENGINE.try_on(
        &TryOnInput {
            person,
            garment,
            category,
        },
        |_, _| ControlFlow::Continue(()),
    )
}

fn refusal(person: &[u8], garment: &[u8], category: Category) -> Refusal {
    match try_on(person, garment, category) {
        Err(TryOnError::Refused(refusal)) => refusal,
        Err(other) => panic!("failed: {other}"),
        Ok(_) => panic!("made a picture"),
    }
}

fn pixels(bytes: &[u8]) -> RgbImage {
    image::load_from_memory(bytes).unwrap().to_rgb8()
}

fn encoded(picture: RgbImage) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture)
        .write_to(&mut out, ImageFormat::Png)
        .unwrap();
    out.into_inner()
}

fn mean(picture: &RgbImage, [x0, y0, x1, y1]: [u32; 4]) -> [f64; 3] {
    let mut sum = [0.0; 3];
    for y in y0..y1 {
        for x in x0..x1 {
            for (value, channel) in sum.iter_mut().zip(picture.get_pixel(x, y).0) {
                *value += f64::from(channel);
            }
        }
    }
    sum.map(|v| v / f64::from((x1 - x0) * (y1 - y0)))
}
