//! How light cloth is in a photo's light, on the demo's own pictures with the shipped networks.
#![expect(clippy::unwrap_used, reason = "test")]

use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use image::{DynamicImage, ImageFormat, RgbImage};
use tryon_worker::engine::{Category, Engine, TryOnInput};

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::load(&pack()).unwrap());

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn pack() -> PathBuf {
    root().join("models/drape-2026.2")
}

fn demo(name: &str) -> RgbImage {
    let bytes = std::fs::read(root().join("../gateway/demo").join(name)).unwrap();
    image::load_from_memory(&bytes).unwrap().to_rgb8()
}

fn encoded(picture: RgbImage) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture)
        .write_to(&mut out, ImageFormat::Png)
        .unwrap();
    out.into_inner()
}

/// A photo with half of its light, which is 0.73 of its bytes.
fn dimmed(mut photo: RgbImage) -> RgbImage {
    for value in photo.iter_mut() {
        *value = u8::try_from(u16::from(*value) * 73 / 100).unwrap();
    }
    photo
}

/// The mean colour of what is surely the garment.
fn cloth(engine: &Engine, photo: RgbImage, garment: &str) -> [f64; 3] {
    let input = TryOnInput {
        person: &encoded(photo),
        garment: &encoded(demo(garment)),
        category: Category::Tops,
    };
    let result = engine
        .try_on(&input, |_, _| ControlFlow::Continue(()))
        .unwrap();
    let picture = image::load_from_memory(&result.png).unwrap().to_rgb8();
    let (mut sum, mut count) = ([0.0; 3], 0.0);
    for (pixel, share) in picture.pixels().zip(&result.garment) {
        if *share == 255 {
            for (total, value) in sum.iter_mut().zip(pixel.0) {
                *total += f64::from(value);
            }
            count += 1.0;
        }
    }
    sum.map(|total| total / count)
}

/// The shipped pack without its harmoniser.
fn without_harmoniser(folder: &Path) -> Engine {
    for file in std::fs::read_dir(pack()).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
    let manifest = folder.join("pack.toml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let (before, _) = text.split_once("[harmoniser]").unwrap();
    std::fs::write(&manifest, before).unwrap();
    Engine::load(folder).unwrap()
}

#[test]
fn cloth_is_darker_in_a_darker_photo_and_keeps_its_hue() {
    let photo = demo("people/person-01.jpg");
    let garment = "garments/high-trails-tee.jpg";
    let bright = cloth(&ENGINE, photo.clone(), garment);
    let dark = cloth(&ENGINE, dimmed(photo), garment);
    let ratios: Vec<f64> = dark.iter().zip(&bright).map(|(a, b)| a / b).collect();
    assert!(ratios.iter().all(|r| (0.6..0.95).contains(r)), "{ratios:?}");
    let mean = ratios.iter().sum::<f64>() / 3.0;
    assert!(ratios.iter().all(|r| (r - mean).abs() < 0.03), "{ratios:?}");
}

#[test]
fn without_a_harmoniser_cloth_is_as_light_as_in_its_picture() {
    let folder = tempfile::tempdir().unwrap();
    let engine = without_harmoniser(folder.path());
    let photo = demo("people/person-01.jpg");
    let garment = "garments/high-trails-tee.jpg";
    let bright = cloth(&engine, photo.clone(), garment);
    let dark = cloth(&engine, dimmed(photo), garment);
    for (a, b) in dark.iter().zip(&bright) {
        assert!((a / b - 1.0).abs() < 0.04, "{dark:?} {bright:?}");
    }
}
