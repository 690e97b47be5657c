//! What a try-on promises, on the demo's own pictures with the shipped networks.
#![expect(clippy::unwrap_used, clippy::panic, reason = "test")]

use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::LazyLock;

use image::{DynamicImage, ImageFormat, RgbImage, imageops};
use provenance::watermark;
use tryon_worker::engine::{
    Category, Engine, Refusal, Subject, TryOnError, TryOnInput, TryOnOutput, self_test,
};

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
fn a_picture_without_a_person_is_refused() {
    let tee = demo("garments/shapes-tee.jpg");
    assert_eq!(refusal(&tee, &tee, Category::Tops), Refusal::NoPerson);
    let grey = encoded(RgbImage::from_pixel(600, 800, image::Rgb([180; 3])));
    assert_eq!(refusal(&grey, &tee, Category::Tops), Refusal::NoPerson);
}

#[test]
fn a_blurred_photo_is_refused_and_a_small_one_is_not() {
    let tee = demo("garments/high-trails-tee.jpg");
    let photo = pixels(&demo("people/person-06.jpg"));
    let blurred = encoded(imageops::blur(&photo, 20.0));
    assert_eq!(
        refusal(&blurred, &tee, Category::Tops),
        Refusal::PersonBlurred
    );
    let (width, height) = (photo.width() / 3, photo.height() / 3);
    let small = imageops::resize(&photo, width, height, imageops::FilterType::Triangle);
    let result = try_on(&encoded(small), &tee, Category::Tops);
    assert!(result.is_ok(), "{:?}", result.err());
}

#[test]
fn two_people_are_refused() {
    let one = pixels(&demo("people/person-04.jpg"));
    let mut two = RgbImage::new(one.width() * 2, one.height());
    imageops::replace(&mut two, &one, 0, 0);
    imageops::replace(
        &mut two,
        &pixels(&demo("people/person-03.jpg")),
        i64::from(one.width()),
        0,
    );
    assert_eq!(
        refusal(
            &encoded(two),
            &demo("garments/shapes-tee.jpg"),
            Category::Tops
        ),
        Refusal::SeveralPeople
    );
}

#[test]
fn a_head_alone_is_refused() {
    let mut person = pixels(&demo("people/person-06.jpg"));
    let head = imageops::crop(&mut person, 150, 20, 468, 300).to_image();
    let code = refusal(
        &encoded(head),
        &demo("garments/shapes-tee.jpg"),
        Category::Tops,
    );
    assert!(
        matches!(code, Refusal::BodyPartOutOfFrame | Refusal::PoseUncertain),
        "{code:?}"
    );
}

#[test]
fn a_garment_of_another_category_is_refused() {
    let person = demo("people/person-02.jpg");
    assert_eq!(
        refusal(
            &person,
            &demo("garments/straight-jeans-indigo.jpg"),
            Category::Tops
        ),
        Refusal::GarmentCategory
    );
    assert_eq!(
        refusal(
            &person,
            &demo("garments/high-trails-tee.jpg"),
            Category::Bottoms
        ),
        Refusal::GarmentCategory
    );
}

#[test]
fn legs_that_the_photo_hides_are_not_made_up() {
    assert_eq!(
        refusal(
            &demo("people/person-02.jpg"),
            &demo("garments/denim-shorts.jpg"),
            Category::Bottoms
        ),
        Refusal::LegsHidden
    );
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
        let reports = self_test(&pack).unwrap();
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
        for y in 335..800 {
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
        ENGINE.try_on_within(longest, &input, going_on).unwrap()
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

#[test]
fn a_check_says_what_is_wrong_with_each_picture_and_with_both() {
    let (person, tee) = (
        demo("people/person-03.jpg"),
        demo("garments/high-trails-tee.jpg"),
    );
    let wall = encoded(RgbImage::from_pixel(600, 800, image::Rgb([190, 180, 160])));
    let check = |person: &[u8], garment: &[u8], category| {
        let input = TryOnInput {
            person,
            garment,
            category,
        };
        let found = ENGINE.check(&input).unwrap().into_iter();
        found
            .map(|finding| (finding.subject, finding.refusal.code()))
            .collect::<Vec<_>>()
    };
    assert_eq!(check(&person, &tee, Category::Tops), []);
    let empty = check(&wall, &wall, Category::Tops);
    assert_eq!(empty[0], (Subject::Person, "no-person"));
    assert_eq!(empty[1], (Subject::Garment, "garment-not-found"));
    assert_eq!(
        check(&person, &tee, Category::Bottoms),
        [(Subject::Garment, "garment-category")]
    );
    // Whatever a try-on says of two sound pictures, a check says of both.
    for other in 1..=8 {
        let person = demo(&format!("people/person-0{other}.jpg"));
        let tried = try_on(&person, &tee, Category::Tops).map(drop);
        let checked = check(&person, &tee, Category::Tops);
        assert_eq!(
            tried.is_ok(),
            checked.is_empty(),
            "person {other}: {checked:?}"
        );
    }
}

/// The packshot without its left third: the garment is cut off by the border.
fn cut_off(garment: &[u8]) -> Vec<u8> {
    let whole = pixels(garment);
    let (width, height) = whole.dimensions();
    encoded(imageops::crop_imm(&whole, width / 3, 0, width - width / 3, height).to_image())
}

#[test]
fn a_garment_is_cut_out_with_its_own_colours_on_a_transparent_ground() {
    for (name, category) in [
        ("wide-stripe-tee", Category::Tops),
        ("high-trails-tee", Category::Tops),
    ] {
        let packshot = demo(&format!("garments/{name}.jpg"));
        let found = ENGINE.look(&packshot, category).unwrap();
        let file = found.cutout.unwrap();
        let cutout = image::load_from_memory(&file.png).unwrap().into_rgba8();
        let shown = pixels(&packshot);
        let (width, height) = cutout.dimensions();
        assert_eq!((file.width, file.height), (width, height));
        assert_eq!(
            width.max(height),
            800.min(shown.width().max(shown.height()))
        );
        let shown = imageops::resize(&shown, width, height, imageops::Lanczos3);
        let [left, top, across, down] = file.bounds;
        assert!(across > width / 3 && down > height / 3, "{name}");
        let (mut opaque, mut clear, mut off) = (0_u32, 0_u32, 0.0_f64);
        for (x, y, pixel) in cutout.enumerate_pixels() {
            let within = (left..left + across).contains(&x) && (top..top + down).contains(&y);
            assert!(within || pixel.0[3] == 0, "{name} at {x}, {y}");
            clear += u32::from(pixel.0[3] == 0);
            if pixel.0[3] == 255 {
                opaque += 1;
                let own = shown.get_pixel(x, y).0;
                let apart = (0..3).map(|k| f64::from(own[k].abs_diff(pixel.0[k])));
                off += apart.sum::<f64>() / 3.0;
            }
        }
        // Everything is cloth or ground, but for the rim; and the cloth is that of the packshot.
        let all = width * height;
        assert!(opaque > all / 5 && clear > all / 5, "{name}");
        assert!(opaque + clear > all - all / 25, "{name}: {opaque}, {clear}");
        let off = off / f64::from(opaque);
        assert!(off < 1.5, "{name}: {off}");
        for corner in [(0, 0), (width - 1, height - 1)] {
            assert_eq!(cutout.get_pixel(corner.0, corner.1).0, [0; 4], "{name}");
        }
    }
}

#[test]
fn a_look_finds_what_every_try_on_would_be_refused_for() {
    let engine = Engine::load(&root().join("models/drape-2026.2")).unwrap();
    let tee = demo("garments/high-trails-tee.jpg");
    let look = |garment: &[u8], category| {
        let found = engine.look(garment, category).unwrap();
        found.refusal.map(Refusal::code)
    };
    assert_eq!(look(&tee, Category::Tops), None);
    assert_eq!(look(&tee, Category::Bottoms), Some("garment-category"));
    let cut = cut_off(&tee);
    assert_eq!(look(&cut, Category::Tops), Some("garment-touches-border"));
    assert_eq!(
        look(b"no picture", Category::Tops),
        Some("garment-unreadable")
    );
    // It is cut out wherever it was found, whatever it is.
    let bounds = |garment: &[u8], category| {
        let found = engine.look(garment, category).unwrap();
        found.cutout.map(|cutout| cutout.bounds)
    };
    let of_top = bounds(&tee, Category::Tops);
    assert!(of_top.is_some());
    assert_eq!(bounds(&tee, Category::Bottoms), of_top);
    assert_eq!(bounds(&cut, Category::Tops), None);
    // What try-ons remember is left as it was.
    assert_eq!(engine.remembered()[1], (0, 0));
    let person = demo("people/person-03.jpg");
    let input = TryOnInput {
        person: &person,
        garment: &cut,
        category: Category::Tops,
    };
    let tried = engine.try_on(&input, |_, _| ControlFlow::Continue(()));
    assert!(matches!(
        tried,
        Err(TryOnError::Refused(Refusal::GarmentTouchesBorder))
    ));
}
