//! What a finished picture promises.

use std::ops::ControlFlow;

use image::{RgbImage, imageops};
use provenance::watermark;
use tryon_worker::engine::{Category, Engine, Runtime, TryOnError, TryOnInput, Wanted, self_test};

use crate::{ENGINE, demo, mean, pixels, root, try_on};

#[test]
fn pixels_outside_the_edit_region_are_those_of_the_photo() {
    let person = demo("people/person-03.jpg");
    let result = try_on(
        &person,
        &demo("garments/high-trails-tee.jpg"),
        Category::Tops,
    )
    .unwrap();
    let (before, after) = (pixels(&person), pixels(&result.png));
    assert_eq!(before.dimensions(), after.dimensions());
    let edited = result.edited.iter().filter(|e| **e).count();
    assert!(
        (20_000..400_000).contains(&edited),
        "{edited} pixels edited"
    );
    for ((a, b), edited) in before.pixels().zip(after.pixels()).zip(&result.edited) {
        assert!(*edited || a == b);
    }
    // The head, whose place in this picture is known.
    let cut = |picture: &RgbImage| imageops::crop_imm(picture, 310, 50, 150, 180).to_image();
    assert!(cut(&before) == cut(&after));
}

#[test]
fn cloth_keeps_its_colour_but_for_the_light() {
    // The chest of person 6, and the plain cloth of the tee below its pocket.
    let garment = demo("garments/pocket-tee-clay.jpg");
    let result = try_on(&demo("people/person-06.jpg"), &garment, Category::Tops).unwrap();
    let cloth = mean(&pixels(&garment), [400, 700, 600, 900]);
    let worn = mean(&pixels(&result.png), [330, 620, 450, 760]);
    let light: Vec<f64> = worn.iter().zip(cloth).map(|(a, b)| a / b).collect();
    let all = light.iter().sum::<f64>() / 3.0;
    assert!((0.8..1.1).contains(&all), "cloth {cloth:?}, worn {worn:?}");
    assert!(
        light.iter().all(|one| (one / all - 1.0).abs() < 0.03),
        "cloth {cloth:?}, worn {worn:?}"
    );
}

#[test]
fn every_kind_of_garment_is_put_on() {
    for (garment, category) in [
        ("sunset-graphic-tee", Category::Tops),
        ("breton-long-sleeve", Category::Tops),
        ("oxford-shirt", Category::Tops),
        ("north-pier-hoodie", Category::Tops),
        ("bomber-jacket", Category::Outerwear),
        ("wool-coat-camel", Category::Outerwear),
        ("dot-shirt-dress", Category::Dresses),
        ("straight-jeans-indigo", Category::Bottoms),
        ("soft-joggers", Category::Bottoms),
    ] {
        let picture = demo(&format!("garments/{garment}.jpg"));
        let result = try_on(&demo("people/person-01.jpg"), &picture, category);
        assert!(result.is_ok(), "{garment}: {:?}", result.err());
    }
}

#[test]
fn the_same_pictures_give_the_same_bytes() {
    let (person, garment) = (
        demo("people/person-08.jpg"),
        demo("garments/palm-camp-shirt.jpg"),
    );
    let once = try_on(&person, &garment, Category::Tops).unwrap().png;
    // What was found out about both pictures is known now; then of one of them.
    assert!(once == try_on(&person, &garment, Category::Tops).unwrap().png);
    ENGINE.forget_people();
    assert!(once == try_on(&person, &garment, Category::Tops).unwrap().png);
    ENGINE.forget_garments();
    assert!(once == try_on(&person, &garment, Category::Tops).unwrap().png);
}

#[test]
fn pictures_are_known_by_what_they_show_and_forgotten_when_told() {
    let engine = Engine::load(&root().join("models/drape-2026.2")).unwrap();
    let (tee, shirt) = (
        demo("garments/wide-stripe-tee.jpg"),
        demo("garments/oxford-shirt.jpg"),
    );
    let (one, other) = (demo("people/person-06.jpg"), demo("people/person-02.jpg"));
    let count = || engine.remembered().map(|(count, _)| count);
    for (person, garment, known) in [
        (&one, &tee, [1, 1]),
        (&one, &tee, [1, 1]),
        (&one, &shirt, [1, 2]),
        (&other, &shirt, [2, 2]),
    ] {
        let input = TryOnInput {
            person,
            garment,
            category: Category::Tops,
        };
        assert!(
            engine
                .try_on(&input, |_, _| ControlFlow::Continue(()))
                .is_ok()
        );
        assert_eq!(count(), known);
    }
    let [(_, people), (_, garments)] = engine.remembered();
    assert!(people < 24 << 20, "{people} bytes of two photos");
    assert!(garments < 48 << 20, "{garments} bytes of two garments");
    engine.forget_people();
    assert_eq!(count(), [0, 2]);
    engine.forget_garments();
    assert_eq!(engine.remembered(), [(0, 0), (0, 0)]);
}

#[test]
fn a_result_says_that_it_was_made() {
    let result = try_on(
        &demo("people/person-06.jpg"),
        &demo("garments/wide-stripe-tee.jpg"),
        Category::Tops,
    )
    .unwrap();
    let marked =
        String::from_utf8_lossy(&result.png).contains(tryon_worker::engine::DIGITAL_SOURCE_TYPE);
    assert!(marked);
}

#[test]
fn a_result_bears_a_watermark_of_the_request_and_no_pixel_outside_of_the_edit_does() {
    let found = |png: &[u8]| {
        let picture = pixels(png);
        let (width, all) = (picture.width() as usize, picture.into_raw());
        let pixels = all.as_chunks().0;
        watermark::detect(watermark::Pixels { pixels, width }).map(|found| found.payload)
    };
    let mut payloads = Vec::new();
    for (person, garment, category) in [
        ("person-03", "high-trails-tee", Category::Tops),
        ("person-06", "wool-coat-camel", Category::Outerwear),
        ("person-06", "breton-long-sleeve", Category::Tops),
        ("person-01", "straight-jeans-indigo", Category::Bottoms),
    ] {
        let photo = demo(&format!("people/{person}.jpg"));
        let garment = demo(&format!("garments/{garment}.jpg"));
        assert_eq!(found(&photo), None);
        let result = try_on(&photo, &garment, category).unwrap();
        let (before, after) = (pixels(&photo), pixels(&result.png));
        for ((a, b), edited) in before.pixels().zip(after.pixels()).zip(&result.edited) {
            assert!(*edited || a == b);
        }
        let payload = found(&result.png);
        assert!(payload.is_some(), "{person}");
        let again = try_on(&photo, &garment, category).unwrap();
        assert!(again.png == result.png);
        payloads.push(payload);
    }
    // Other pictures, another mark.
    payloads.sort_unstable();
    payloads.dedup();
    assert_eq!(payloads.len(), 4);
}

#[test]
fn every_pack_in_the_tree_sees_what_it_saw_where_it_was_made() {
    let mut packs = 0;
    for entry in std::fs::read_dir(root().join("models")).unwrap() {
        let pack = entry.unwrap().path();
        packs += 1;
        let reports = self_test(&pack, &Runtime::default()).unwrap();
        assert_eq!(reports.len(), 4, "{}", pack.display());
        for report in reports {
            assert!(report.passed(), "{}: {report:?}", pack.display());
        }
    }
    assert!(packs > 0);
}

#[test]
fn no_skin_shows_between_sleeve_and_body() {
    for (person, garment) in [
        ("person-03", "breton-long-sleeve"),
        ("person-06", "breton-long-sleeve"),
        ("person-06", "fine-stripe-shirt"),
    ] {
        let photo = demo(&format!("people/{person}.jpg"));
        let result = try_on(
            &photo,
            &demo(&format!("garments/{garment}.jpg")),
            Category::Tops,
        )
        .unwrap();
        let (before, after) = (pixels(&photo), pixels(&result.png));
        // White or blue tees are worn, white and blue or green tops tried on: only skin is this much redder than blue.
        let skin = |p: &image::Rgb<u8>| i32::from(p.0[0]) - i32::from(p.0[2]) > 38;
        let (mut shown, mut all) = (0, 0);
        // Below the necklines.
        for y in 345..800 {
            for x in 130..640 {
                if !skin(before.get_pixel(x, y)) {
                    all += 1;
                    shown += u32::from(skin(after.get_pixel(x, y)));
                }
            }
        }
        assert!(all > 150_000, "{all} pixels without skin");
        assert_eq!(shown, 0, "{person}, {garment}: of {all} pixels");
    }
}

#[test]
fn no_ground_shows_between_sleeve_and_body() {
    // A blue jacket, in whose picture a thin light slit lies between each sleeve and the body; photo and jacket have
    // nothing else that is light and grey below the chin.
    let result = try_on(
        &demo("people/person-06.jpg"),
        &demo("garments/denim-jacket.jpg"),
        Category::Outerwear,
    )
    .unwrap();
    let after = pixels(&result.png);
    let light = after
        .enumerate_pixels()
        .zip(&result.edited)
        .filter(|((_, y, p), edited)| {
            let (low, high) = (p.0.iter().min().unwrap(), p.0.iter().max().unwrap());
            **edited && *y > 300 && *low > 195 && high - low < 16
        })
        .count();
    assert!(light < 20, "{light} light pixels");
}

#[test]
fn a_fast_result_is_smaller_and_is_not_taken_for_another() {
    let (person, garment) = (
        demo("people/person-05.jpg"),
        demo("garments/high-trails-tee.jpg"),
    );
    let input = TryOnInput {
        person: &person,
        garment: &garment,
        category: Category::Tops,
    };
    let within = |longest| {
        let going_on = |_, _| ControlFlow::Continue(());
        let wanted = Wanted {
            longest,
            ..Wanted::default()
        };
        ENGINE.try_on_as(wanted, &input, going_on).unwrap()
    };
    let (large, small, again) = (within(1_600), within(768), within(1_600));
    let photo = pixels(&person);
    assert_eq!((large.width, large.height), photo.dimensions());
    assert_eq!(small.width.max(small.height), 768);
    let [ratio, of_photo] = [(small.width, small.height), photo.dimensions()]
        .map(|(width, height)| f64::from(width) / f64::from(height));
    assert!((ratio - of_photo).abs() < 0.01, "{ratio} and {of_photo}");
    assert!(large.png == again.png);
    // Nobody gets more than the engine works at.
    assert!(within(9_000).png == large.png);
}

#[test]
fn a_stopped_try_on_stops() {
    let (person, garment) = (
        demo("people/person-06.jpg"),
        demo("garments/wide-stripe-tee.jpg"),
    );
    let input = TryOnInput {
        person: &person,
        garment: &garment,
        category: Category::Tops,
    };
    let answer = ENGINE.try_on(&input, |stage, _| {
        if stage == tryon_worker::engine::Stage::Warp {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    assert!(matches!(answer, Err(TryOnError::Stopped)));
}
