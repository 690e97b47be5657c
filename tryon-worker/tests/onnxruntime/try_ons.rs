//! Try-ons with it look as with tract, and are refused for the same reasons.

use std::io::Cursor;
use std::ops::ControlFlow;
use std::sync::LazyLock;

use image::{DynamicImage, ImageFormat, RgbImage, imageops};
use tryon_worker::engine::{
    Category, Engine, Runtime, TryOnError, TryOnInput, TryOnOutput, self_test,
};
use tryon_worker::reload::Reloadable;
use tryon_worker::service::TryOn;

use crate::{demo, engine, pack, root, runtime};

static TRACT: LazyLock<Engine> = LazyLock::new(|| Engine::load(&pack()).unwrap());
static ONNXRUNTIME: LazyLock<Engine> = LazyLock::new(engine);

fn try_on(
    engine: &Engine,
    person: &[u8],
    garment: &[u8],
    category: Category,
) -> Result<TryOnOutput, TryOnError> {
    let input = TryOnInput {
        person,
        garment,
        category,
    };
    engine.try_on(&input, |_, _| ControlFlow::Continue(()))
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

/// By how much two results differ where either is edited: on average, and the share of values that differ by more than 8 of 255.
fn apart(one: &TryOnOutput, other: &TryOnOutput) -> (f64, f64) {
    let (before, after) = (pixels(&one.png), pixels(&other.png));
    assert_eq!(before.dimensions(), after.dimensions());
    let edited = one.edited.iter().zip(&other.edited);
    let (mut sum, mut far, mut count) = (0.0, 0.0, 0.0);
    for ((a, b), edited) in before.pixels().zip(after.pixels()).zip(edited) {
        if *edited.0 || *edited.1 {
            for (a, b) in a.0.into_iter().zip(b.0) {
                let apart = f64::from(a.abs_diff(b));
                sum += apart;
                far += f64::from(u8::from(apart > 8.0));
                count += 1.0;
            }
        }
    }
    (sum / count, far / count)
}

fn look_alike(name: &str, one: &TryOnOutput, other: &TryOnOutput) {
    let (mean, far) = apart(one, other);
    assert!(mean < 0.05 && far < 0.001, "{name}: {mean} {far}");
}

#[test]
fn the_shipped_networks_see_what_they_saw_where_they_were_made() {
    let reports = self_test(&pack(), &runtime()).unwrap();
    let names: Vec<&str> = reports.iter().map(|report| report.network).collect();
    assert_eq!(names, ["person", "garment", "settling", "harmoniser"]);
    for report in reports {
        assert!(report.passed(), "{report:?}");
    }
}

#[test]
fn people_look_as_they_do_with_tract() {
    for (person, garment, category) in [
        ("person-01", "oxford-shirt", Category::Tops),
        ("person-03", "high-trails-tee", Category::Tops),
        ("person-06", "bomber-jacket", Category::Outerwear),
        ("person-01", "dot-shirt-dress", Category::Dresses),
        ("person-08", "straight-jeans-indigo", Category::Bottoms),
    ] {
        let name = format!("{garment} on {person}");
        let person = demo(&format!("people/{person}.jpg"));
        let garment = demo(&format!("garments/{garment}.jpg"));
        let own = try_on(&TRACT, &person, &garment, category).unwrap();
        let theirs = try_on(&ONNXRUNTIME, &person, &garment, category).unwrap();
        look_alike(&name, &own, &theirs);
    }
}

#[test]
fn bad_pictures_are_refused_for_the_same_reasons() {
    let code = |engine: &Engine, person: &[u8], garment: &[u8], category| match try_on(
        engine, person, garment, category,
    ) {
        Err(TryOnError::Refused(refusal)) => refusal.code(),
        Err(other) => panic!("failed: {other}"),
        Ok(_) => panic!("made a picture"),
    };
    let tee = demo("garments/high-trails-tee.jpg");
    let person = demo("people/person-03.jpg");
    let blurred = imageops::blur(&pixels(&demo("people/person-06.jpg")), 20.0);
    let grey = RgbImage::from_pixel(600, 800, image::Rgb([180; 3]));
    let astronaut = std::fs::read(root().join("tests/pictures/astronaut.jpg")).unwrap();
    let shown = pixels(&tee);
    let (width, height) = shown.dimensions();
    let cut_off =
        encoded(imageops::crop_imm(&shown, width / 3, 0, width - width / 3, height).to_image());
    for (person, garment, category, wanted) in [
        (&encoded(grey), &tee, Category::Tops, "no-person"),
        (&encoded(blurred), &tee, Category::Tops, "person-blurred"),
        (&astronaut, &tee, Category::Tops, "body-part-out-of-frame"),
        (&person, &tee, Category::Bottoms, "garment-category"),
        (&person, &cut_off, Category::Tops, "garment-touches-border"),
    ] {
        for engine in [&TRACT, &ONNXRUNTIME] {
            assert_eq!(code(engine, person, garment, category), wanted);
        }
    }
}

#[test]
fn two_engines_work_side_by_side_and_make_the_same() {
    let engines = [engine(), engine()];
    let (person, garment) = (
        demo("people/person-08.jpg"),
        demo("garments/palm-camp-shirt.jpg"),
    );
    // Each at two try-ons at once, so that looks wait for each other.
    let made = std::thread::scope(|scope| {
        let (person, garment) = (&person, &garment);
        let threads: Vec<_> = [0, 1, 0, 1]
            .map(|i| &engines[i])
            .into_iter()
            .map(|engine| {
                scope.spawn(move || {
                    engine.forget_people();
                    let made = try_on(engine, person, garment, Category::Tops);
                    made.unwrap()
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect::<Vec<_>>()
    });
    for other in &made[1..] {
        look_alike("palm-camp-shirt again", &made[0], other);
    }
}

#[test]
fn what_ran_the_networks_is_told_beside_what_made_the_picture() {
    let runtime = runtime();
    assert_eq!(runtime.to_string(), "onnxruntime 1.32.0");
    assert_eq!(Runtime::default().to_string(), "tract");
    let load = {
        let runtime = runtime.clone();
        move || Engine::load_with(&pack(), runtime.clone())
    };
    let reloadable = Reloadable::new(load).unwrap();
    let label = TryOn::describe(&reloadable).label();
    let own = TryOn::describe(&*TRACT).label();
    assert_eq!(label, format!("{own} on onnxruntime 1.32.0"));
    // Packs are loaded anew beside those at work.
    assert_eq!(reloadable.reload().unwrap().label(), label);
    // Another runtime is no reason to look at all garments anew.
    let looker = |engine: &dyn TryOn| engine.describe().looker();
    assert_eq!(looker(&reloadable), looker(&*TRACT));
}
