//! What the watermark promises, on the demo's pictures and on drawn ones.
#![expect(
    clippy::cast_possible_truncation,
    clippy::unwrap_used,
    reason = "a test of pixels"
)]

use std::path::{Path, PathBuf};

use imaging::Picture;
use provenance::watermark::{FALSE_ALARM, Pixels, detect, embed};

fn demo(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../gateway/demo")
        .join(folder);
    let files = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

fn read(file: &Path) -> Picture {
    imaging::decode(&std::fs::read(file).unwrap()).unwrap()
}

fn pixels(picture: &Picture) -> Vec<[u8; 3]> {
    picture.to_opaque().as_chunks().0.to_vec()
}

fn found(picture: &Picture) -> Option<(u32, f32)> {
    let pixels = pixels(picture);
    let width = picture.width_px() as usize;
    detect(Pixels {
        pixels: &pixels,
        width,
    })
    .map(|found| (found.payload, found.confidence))
}

/// Numbers that look random and are the same each time.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

/// The photo of a person with the mark on the middle of it, where clothes are.
fn marked(file: &Path, payload: u32) -> (Picture, Vec<bool>, Picture) {
    let photo = read(file);
    let (width, height) = (photo.width_px() as usize, photo.height_px() as usize);
    let inside = |at: usize| {
        let (x, y) = (at % width, at / width);
        (width / 4..3 * width / 4).contains(&x) && (height / 4..3 * height / 4).contains(&y)
    };
    let mask: Vec<bool> = (0..width * height).map(inside).collect();
    let mut changed = pixels(&photo);
    embed(&mut changed, width, &mask, payload);
    let changed = changed.into_flattened();
    let marked = Picture::from_rgb(photo.width_px(), photo.height_px(), changed).unwrap();
    (photo, mask, marked)
}

#[test]
fn no_pixel_outside_of_the_mask_changes_and_none_inside_by_much() {
    for file in demo("people") {
        let (photo, mask, marked) = marked(&file, 0x1234_5678);
        let mut changed = 0;
        for ((before, after), is_ours) in pixels(&photo).iter().zip(pixels(&marked)).zip(mask) {
            assert!(is_ours || *before == after);
            let most = (0..3).map(|at| before[at].abs_diff(after[at])).max();
            assert!(most <= Some(4), "{most:?}");
            changed += usize::from(*before != after);
        }
        assert!(changed > 0);
    }
}

#[test]
fn the_mark_is_read_from_the_picture_and_after_what_shops_do_to_it() {
    for (number, file) in demo("people").iter().enumerate() {
        let payload = 0x00c0_ffee ^ (number as u32) << 24;
        let (_, _, marked) = marked(file, payload);
        assert_eq!(found(&marked), Some((payload, 1.0)), "{}", file.display());
        let read = |file: Vec<u8>| found(&imaging::decode(&file).unwrap()).map(|found| found.0);
        let half = imaging::resize(&marked, marked.width_px() / 2, marked.height_px() / 2).unwrap();
        for (what, file) in [
            ("JPEG 85", imaging::encode_jpeg(&marked, 85)),
            ("JPEG 75", imaging::encode_jpeg(&marked, 75)),
            ("WebP 80", imaging::encode_webp(&marked, 80)),
            ("half the size", imaging::encode_png(&half)),
        ] {
            assert_eq!(
                read(file.unwrap()),
                Some(payload),
                "{what}, {}",
                file_name(number)
            );
        }
    }
}

fn file_name(number: usize) -> String {
    format!("person {}", number + 1)
}

#[test]
fn another_payload_gives_another_mark_and_the_same_one_the_same() {
    let file = &demo("people")[0];
    let (_, _, one) = marked(file, 1);
    assert!(one == marked(file, 1).2);
    assert!(one != marked(file, 2).2);
}

#[test]
fn a_mask_of_another_size_and_a_picture_that_is_too_small_change_nothing() {
    let mut small = vec![[100; 3]; 64 * 64];
    embed(&mut small, 64, &[true; 64 * 64], 1);
    assert!(small.iter().all(|pixel| *pixel == [100; 3]));
    let mut large = vec![[100; 3]; 256 * 256];
    embed(&mut large, 256, &[true; 256], 1);
    assert!(large.iter().all(|pixel| *pixel == [100; 3]));
    for (pixels, width) in [(&small[..], 64), (&[], 0), (&[], 500), (&large[..7], 500)] {
        assert_eq!(detect(Pixels { pixels, width }), None);
    }
}

#[test]
fn a_picture_without_the_mark_has_none() {
    const { assert!(FALSE_ALARM < 1e-6) };
    let mut draw = Draw(20);
    let mut looked_at = 0;
    // Crops of real pictures, each of which has other chips.
    for file in demo("people").iter().chain(&demo("garments")) {
        let picture = read(file);
        let (width, all) = (picture.width_px() as usize, pixels(&picture));
        let height = all.len() / width;
        assert_eq!(found(&picture), None, "{}", file.display());
        for _ in 0..45 {
            let across = 140 + draw.below(width / 2 - 140);
            let down = 140 + draw.below(height / 2 - 140);
            let (left, top) = (draw.below(width - across), draw.below(height - down));
            let lines = (top..top + down).map(|y| &all[y * width + left..][..across]);
            let crop: Vec<[u8; 3]> = lines.flatten().copied().collect();
            let found = detect(Pixels {
                pixels: &crop,
                width: across,
            });
            assert_eq!(
                found,
                None,
                "{} {left},{top} {across}×{down}",
                file.display()
            );
            looked_at += 1;
        }
    }
    // Noise of every strength on slopes and stripes.
    for number in 0..1_500 {
        let (width, height) = (130 + draw.below(100), 100 + draw.below(100));
        let (strength, stripe) = (1 + draw.below(100), 1 + draw.below(40));
        let pixels: Vec<[u8; 3]> = (0..width * height)
            .map(|at| {
                let (x, y) = (at % width, at / width);
                let ground = 60 + x * 60 / width + usize::from(y / stripe % 2 == 0) * 30;
                [(ground + draw.below(strength)).min(255) as u8; 3]
            })
            .collect();
        let found = detect(Pixels {
            pixels: &pixels,
            width,
        });
        assert_eq!(found, None, "noise {number}");
        looked_at += 1;
    }
    assert!(looked_at > 3_000, "{looked_at}");
}
