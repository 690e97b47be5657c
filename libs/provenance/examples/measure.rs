//! What is left of the watermark after what is done to pictures.
//!
//! - `measure RESULTS`: of results of try-ons, which have it (`drape-tryon-worker evaluate`).
//! - `measure PHOTOS SHARE…`: of photos that have none, each marked on a square of that share in its middle.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "prints what it measures, and stops where it cannot"
)]

use imaging::Picture;
use provenance::watermark::{Pixels, detect, embed};
use turbojpeg::{Compressor, Image, PixelFormat, Subsamp};

type Change = fn(&Picture) -> Picture;

const CHANGES: [(&str, Change); 15] = [
    ("as it is", Clone::clone),
    ("JPEG 95, 4:2:0", |p| jpeg(p, 95)),
    ("JPEG 85, 4:2:0", |p| jpeg(p, 85)),
    ("JPEG 75, 4:2:0", |p| jpeg(p, 75)),
    ("JPEG 60, 4:2:0", |p| jpeg(p, 60)),
    ("JPEG 40, 4:2:0", |p| jpeg(p, 40)),
    ("WebP 80", |p| webp(p, 80)),
    ("WebP 50", |p| webp(p, 50)),
    ("half the size", |p| scaled(p, 0.5)),
    ("half the size, JPEG 75", |p| jpeg(&scaled(p, 0.5), 75)),
    ("400 px, WebP 80", |p| {
        let height = p.height_px() * 400 / p.width_px();
        webp(&imaging::resize(p, 400, height).unwrap(), 80)
    }),
    ("a third of the size", |p| scaled(p, 1.0 / 3.0)),
    ("1.5 times the size", |p| enlarged(p, 1.5)),
    ("bottom fifth cut off", |p| cut(p, 0.0, 0.2)),
    ("5 % cut off all around", |p| cut(p, 0.05, 0.05)),
];

fn jpeg(picture: &Picture, quality: i32) -> Picture {
    let mut encoder = Compressor::new().unwrap();
    encoder.set_quality(quality).unwrap();
    encoder.set_subsamp(Subsamp::Sub2x2).unwrap();
    let (width, height) = (picture.width_px() as usize, picture.height_px() as usize);
    let file = encoder.compress_to_vec(Image {
        pixels: picture.pixels(),
        width,
        pitch: width * 3,
        height,
        format: PixelFormat::RGB,
    });
    imaging::decode(&file.unwrap()).unwrap()
}

fn webp(picture: &Picture, quality: u8) -> Picture {
    imaging::decode(&imaging::encode_webp(picture, quality).unwrap()).unwrap()
}

fn scaled(picture: &Picture, factor: f64) -> Picture {
    let side = |side: u32| (f64::from(side) * factor).round() as u32;
    imaging::resize(picture, side(picture.width_px()), side(picture.height_px())).unwrap()
}

/// Bilinear: `imaging` enlarges nothing.
fn enlarged(picture: &Picture, factor: f32) -> Picture {
    let (width, height) = (picture.width_px(), picture.height_px());
    let (wide, high) = (
        (width as f32 * factor) as u32,
        (height as f32 * factor) as u32,
    );
    let old = picture.pixels();
    let mut new = Vec::with_capacity((wide * high * 3) as usize);
    for y in 0..high {
        for x in 0..wide {
            let place = |at: u32, limit: u32| {
                let at = ((at as f32 + 0.5) / factor - 0.5).clamp(0.0, limit as f32 - 1.0);
                (at as u32, (at as u32 + 1).min(limit - 1), at.fract())
            };
            let ((x0, x1, fx), (y0, y1, fy)) = (place(x, width), place(y, height));
            for channel in 0..3 {
                let at = |x, y| f32::from(old[((y * width + x) * 3 + channel) as usize]);
                let top = at(x0, y0) * (1.0 - fx) + at(x1, y0) * fx;
                let bottom = at(x0, y1) * (1.0 - fx) + at(x1, y1) * fx;
                new.push((top * (1.0 - fy) + bottom * fy).round() as u8);
            }
        }
    }
    Picture::from_rgb(wide, high, new).unwrap()
}

/// Without this share of the width and of the height on either side; with no share of the width, only the bottom goes.
fn cut(picture: &Picture, across: f64, down: f64) -> Picture {
    let (width, height) = (picture.width_px() as usize, picture.height_px() as usize);
    let left = (width as f64 * across) as usize;
    let bottom = (height as f64 * down) as usize;
    let top = if left == 0 { 0 } else { bottom };
    let lines = (top..height - bottom)
        .flat_map(|y| &picture.pixels()[(y * width + left) * 3..(y * width + width - left) * 3]);
    let (wide, high) = (width - 2 * left, height - bottom - top);
    Picture::from_rgb(wide as u32, high as u32, lines.copied().collect()).unwrap()
}

fn read(picture: &Picture) -> Option<(u32, f32)> {
    let found = detect(Pixels {
        pixels: picture.pixels().as_chunks().0,
        width: picture.width_px() as usize,
    });
    found.map(|found| (found.payload, found.confidence))
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| ".".to_owned());
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| {
            let name = path.display().to_string();
            let is_picture = [".png", ".jpg"].iter().any(|end| name.ends_with(end));
            is_picture && !name.ends_with(".edited.png")
        })
        .collect();
    files.sort();
    let pictures: Vec<Picture> = files
        .iter()
        .map(|file| imaging::decode(&std::fs::read(file).unwrap()).unwrap())
        .collect();
    let shares: Vec<f64> = arguments.map(|share| share.parse().unwrap()).collect();
    for share in &shares {
        by_share(&pictures, *share);
    }
    if !shares.is_empty() {
        return;
    }
    for (file, picture) in files.iter().zip(&pictures) {
        let edited = std::fs::read(file.with_extension("edited.png"));
        let share = edited.ok().map(|edited| {
            let edited = imaging::decode(&edited).unwrap();
            let white = edited.pixels().iter().filter(|value| **value > 127).count();
            white as f64 / edited.pixels().len() as f64
        });
        let name = file.file_name().unwrap().display();
        println!(
            "{name}: edited {:.3}, {:?}",
            share.unwrap_or(1.0),
            read(picture)
        );
    }
    for (what, change) in CHANGES {
        let found: Vec<_> = pictures
            .iter()
            .filter_map(|picture| read(&change(picture)))
            .collect();
        let clear: f32 = found.iter().map(|(_, confidence)| confidence).sum();
        println!(
            "{what:24} read in {:2} of {}, mean confidence {:.2}",
            found.len(),
            pictures.len(),
            clear / found.len().max(1) as f32
        );
    }
}

/// Marks a square of this share of each picture, in its middle, and reads it.
fn by_share(pictures: &[Picture], share: f64) {
    let (mut whole, mut squeezed) = (0, 0);
    for picture in pictures {
        let (width, height) = (picture.width_px() as usize, picture.height_px() as usize);
        let side = ((width * height) as f64 * share).sqrt() as usize;
        let inside = |at: usize, limit: usize| at.abs_diff(limit / 2) <= side / 2;
        let mask: Vec<bool> = (0..width * height)
            .map(|at| inside(at % width, width) && inside(at / width, height))
            .collect();
        let mut pixels = picture.pixels().as_chunks().0.to_vec();
        embed(&mut pixels, width, &mask, 0x0bad_cafe);
        let marked = Picture::from_rgb(width as u32, height as u32, pixels.into_flattened());
        let marked = marked.unwrap();
        let is_read =
            |picture: &Picture| read(picture).is_some_and(|(payload, _)| payload == 0x0bad_cafe);
        whole += usize::from(is_read(&marked));
        squeezed += usize::from(is_read(&jpeg(&marked, 85)));
    }
    println!(
        "marked share {share:.3}: read in {whole} of {}, after JPEG 85 in {squeezed}",
        pictures.len()
    );
}
