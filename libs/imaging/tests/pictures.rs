//! What good pictures become. The files in `pictures/` all show the same 97 × 71 pixels, written by Pillow in ways that our own
//! encoders do not know.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::unwrap_used,
    reason = "test pixels are small numbers, and a test may panic"
)]

use imaging::{
    Format, Header, Picture, PictureError, RenditionFormat, decode, encode_png, inspect, normalise,
    renditions, transparent_renditions,
};

const WIDTHS_PX: [u32; 4] = [160, 400, 800, 1_600];

fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!(
        "{}/tests/pictures/{name}",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap()
}

/// Mean absolute difference of the pixels.
fn difference(a: &Picture, b: &Picture) -> f64 {
    assert_eq!(
        (a.width_px(), a.height_px(), a.has_alpha()),
        (b.width_px(), b.height_px(), b.has_alpha())
    );
    let sum: u64 = a
        .pixels()
        .iter()
        .zip(b.pixels())
        .map(|(a, b)| u64::from(a.abs_diff(*b)))
        .sum();
    sum as f64 / a.pixels().len() as f64
}

fn gradient(width: u32, height: u32) -> Picture {
    let pixels = (0..width * height).flat_map(|i| {
        let (x, y) = (i % width, i / width);
        [
            (x * 255 / width) as u8,
            (y * 255 / height) as u8,
            ((x + y) / 4 % 256) as u8,
        ]
    });
    Picture::from_rgb(width, height, pixels.collect()).unwrap()
}

#[test]
fn every_usual_way_to_write_a_picture_is_read() {
    let truth = decode(&file("lossless.webp")).unwrap();
    for name in [
        "progressive.jpg",
        "restarts.jpg",
        "subsampled-422.jpg",
        "upright.jpg",
        "cmyk.jpg",
    ] {
        let picture = decode(&file(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(
            difference(&truth, &picture) < 6.0,
            "{name}: {}",
            difference(&truth, &picture)
        );
    }
    let palette = decode(&file("palette.png")).unwrap();
    assert!(difference(&truth, &palette) < 40.0);
    assert_eq!(decode(&file("interlaced.png")).unwrap(), truth);
    // The still image of an animated PNG is a picture as good as any.
    assert!(difference(&truth, &decode(&file("animated.png")).unwrap()) < 1.0);
    for name in ["grey.jpg", "grey-alpha.png", "one-bit.png"] {
        let picture = decode(&file(name)).unwrap();
        assert_eq!((picture.width_px(), picture.height_px()), (97, 71));
        assert!(
            picture
                .pixels()
                .chunks_exact(3)
                .all(|rgb| rgb[0] == rgb[1] && rgb[1] == rgb[2]),
            "{name}"
        );
    }
}

#[test]
fn sixteen_bits_become_eight() {
    let deep = image::ImageBuffer::<image::Rgba<u16>, _>::from_fn(80, 70, |x, y| {
        image::Rgba([
            (x * 800) as u16,
            (y * 900) as u16,
            40_000,
            if x < 40 { 65_535 } else { 20_000 },
        ])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    deep.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    let picture = decode(bytes.get_ref()).unwrap();
    assert!(picture.has_alpha());
    assert_eq!(picture.pixels().len(), 80 * 70 * 4);
    assert_eq!(normalise(bytes.get_ref()).unwrap().format, Format::Png);
}

#[test]
fn a_picture_is_turned_upright_and_its_metadata_dropped() {
    for name in ["turned.jpg", "extended.webp"] {
        let header = inspect(&file(name)).unwrap();
        let Header {
            width_px,
            height_px,
            orientation,
            ..
        } = header;
        assert_eq!((width_px, height_px, orientation), (71, 97, 6), "{name}");
        let normalised = normalise(&file(name)).unwrap();
        assert_eq!((normalised.width_px, normalised.height_px), (71, 97));
        assert!(!normalised.bytes.windows(4).any(|window| window == b"Exif"));
        let again = inspect(&normalised.bytes).unwrap();
        assert_eq!(
            (again.width_px, again.height_px, again.orientation),
            (71, 97, 1)
        );
        // Orientation 6: what is at the left of the file is at the top.
        let upright = decode(&file("upright.jpg")).unwrap();
        let turned = decode(&normalised.bytes).unwrap();
        let pixel = |p: &Picture, x: u32, y: u32| -> [u8; 3] {
            let at = ((y * p.width_px() + x) * 3) as usize;
            p.pixels()[at..at + 3].try_into().unwrap()
        };
        let (a, b) = (pixel(&upright, 0, 70), pixel(&turned, 0, 0));
        assert!(
            a.iter().zip(b).all(|(a, b)| a.abs_diff(b) < 40),
            "{name}: {a:?} {b:?}"
        );
    }
}

#[test]
fn a_moving_picture_is_refused() {
    assert_eq!(inspect(&file("animated.webp")), Err(PictureError::Animated));
}

#[test]
fn a_picture_cut_off_anywhere_is_refused() {
    for name in [
        "upright.jpg",
        "progressive.jpg",
        "restarts.jpg",
        "palette.png",
        "interlaced.png",
        "animated.png",
        "lossless.webp",
        "extended.webp",
    ] {
        let whole = file(name);
        // Pillow writes nothing behind the picture.
        for length in 1..whole.len() {
            let error = decode(&whole[..length]).expect_err(name);
            assert_eq!(
                error.code(),
                "picture-truncated",
                "{name} at {length}: {error}"
            );
            assert!(inspect(&whole[..length]).is_err());
        }
    }
}

/// What a browser would see of a rendition.
fn seen(rendition: &imaging::Rendition) -> Picture {
    if rendition.format != RenditionFormat::Avif {
        return decode(&rendition.bytes).unwrap();
    }
    let pixels = libavif::decode_rgb(&rendition.bytes).unwrap();
    Picture::from_rgba(pixels.width(), pixels.height(), pixels.to_vec()).unwrap()
}

fn names_and_sides(made: &[imaging::Rendition]) -> Vec<(&str, u32, u32)> {
    made.iter()
        .map(|made| (made.name.as_str(), made.width_px, made.height_px))
        .collect()
}

#[test]
fn renditions_keep_the_proportions_and_enlarge_nothing() {
    let made = renditions(&gradient(1_000, 1_333), &WIDTHS_PX).unwrap();
    assert_eq!(
        names_and_sides(&made),
        [
            ("160.avif", 160, 213),
            ("160.webp", 160, 213),
            ("160.jpg", 160, 213),
            ("400.avif", 400, 533),
            ("400.webp", 400, 533),
            ("400.jpg", 400, 533),
            ("800.avif", 800, 1_066),
            ("800.webp", 800, 1_066),
            ("800.jpg", 800, 1_066),
            // The first width that the picture does not reach holds it at its own.
            ("1600.avif", 1_000, 1_333),
            ("1600.webp", 1_000, 1_333),
            ("1600.jpg", 1_000, 1_333),
        ]
    );
    for rendition in &made {
        let seen = seen(rendition);
        let sides = (seen.width_px(), seen.height_px());
        assert_eq!(sides, (rendition.width_px, rendition.height_px));
    }
    let tiny = renditions(&gradient(100, 80), &WIDTHS_PX).unwrap();
    assert_eq!(
        names_and_sides(&tiny),
        [
            ("160.avif", 100, 80),
            ("160.webp", 100, 80),
            ("160.jpg", 100, 80)
        ]
    );
}

#[test]
fn every_format_shows_the_same_picture() {
    let picture = gradient(640, 480);
    let made = renditions(&picture, &[400]).unwrap();
    let truth = imaging::resize(&picture, 400, 300).unwrap();
    for rendition in &made {
        let off = difference(&truth, &seen(rendition));
        assert!(off < 2.5, "{}: {off}", rendition.name);
    }
}

#[test]
fn what_is_transparent_stays_so_where_the_format_can() {
    let pixels = (0..400_u32 * 300).flat_map(|i| {
        if i % 400 < 200 {
            [200, 30, 40, 255]
        } else {
            [0, 0, 0, 0]
        }
    });
    let matte = Picture::from_rgba(400, 300, pixels.collect()).unwrap();
    let transparent = transparent_renditions(&matte, &[160]).unwrap();
    let names = transparent.iter().map(|made| made.name.as_str());
    assert_eq!(names.collect::<Vec<_>>(), ["160.avif", "160.webp"]);
    for rendition in renditions(&matte, &[160]).unwrap() {
        let seen = seen(&rendition);
        let jpeg = rendition.format == RenditionFormat::Jpeg;
        assert_eq!(seen.has_alpha(), !jpeg, "{}", rendition.name);
        let last = seen.pixels().chunks_exact(if jpeg { 3 } else { 4 }).last();
        if jpeg {
            assert!(last.unwrap().iter().all(|&value| value > 250));
        } else {
            assert_eq!(last.unwrap()[3], 0, "{}", rendition.name);
        }
    }
}

#[test]
fn a_picture_marked_as_generated_has_no_rendition_that_hides_it() {
    let made = renditions(&gradient(200, 200).marked_ai_generated(), &[160]).unwrap();
    assert_eq!(made.len(), 2);
    for rendition in made {
        assert_ne!(rendition.format, RenditionFormat::Avif);
        assert!(imaging::xmp::is_ai_generated(&rendition.bytes));
    }
}

#[test]
fn a_huge_picture_has_renditions_like_any_other() {
    let huge = gradient(5_000, 4_900);
    let made = renditions(&huge, &[160, 400]).unwrap();
    let smallest = decode(&made[2].bytes).unwrap();
    assert_eq!((smallest.width_px(), smallest.height_px()), (160, 157));
    assert!((smallest.pixels()[159 * 3]).abs_diff(255) < 8);
}

#[test]
fn a_picture_through_png_is_the_same() {
    let picture = gradient(123, 77);
    assert_eq!(decode(&encode_png(&picture).unwrap()).unwrap(), picture);
}
