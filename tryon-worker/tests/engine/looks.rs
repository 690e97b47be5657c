//! What a look at a garment alone finds.

use std::ops::ControlFlow;

use image::imageops;
use tryon_worker::engine::{Category, Engine, Refusal, TryOnError, TryOnInput};

use crate::{ENGINE, demo, encoded, pixels, root};

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
