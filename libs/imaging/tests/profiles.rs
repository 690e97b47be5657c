//! Whatever colours a file is in, what comes out is sRGB.

#![expect(
    clippy::cast_possible_truncation,
    clippy::unwrap_used,
    reason = "test pixels are small numbers, and a test may panic"
)]

use std::io::Write;

use flate2::{Compression, write::ZlibEncoder};
use imaging::{Picture, decode, encode_jpeg, encode_png, encode_webp, normalise};
use moxcms::ColorProfile;
use turbojpeg::{Colorspace, Compressor, Image, PixelFormat, Subsamp};

/// sRGB's purest red, as Display P3 counts it.
const RED_IN_P3: [u8; 3] = [234, 51, 35];

fn flat(colour: [u8; 3]) -> Picture {
    Picture::from_rgb(80, 80, colour.repeat(80 * 80)).unwrap()
}

fn jpeg_with(profile: &[u8], file: &[u8]) -> Vec<u8> {
    let mut with = file[..2].to_vec();
    // In two parts, the second one first.
    let (first, second) = profile.split_at(profile.len() / 2);
    for (number, part) in [(2_u8, second), (1, first)] {
        let body = [&b"ICC_PROFILE\0"[..], &[number, 2], part].concat();
        with.extend_from_slice(&[0xff, 0xe2]);
        with.extend_from_slice(&(body.len() as u16 + 2).to_be_bytes());
        with.extend_from_slice(&body);
    }
    with.extend_from_slice(&file[2..]);
    with
}

fn png_with(profile: &[u8], file: &[u8]) -> Vec<u8> {
    let mut zipped = ZlibEncoder::new(Vec::new(), Compression::default());
    zipped.write_all(profile).unwrap();
    let payload = [&b"a name\0\0"[..], &zipped.finish().unwrap()].concat();
    let mut crc = flate2::Crc::new();
    crc.update(b"iCCP");
    crc.update(&payload);
    [
        &file[..33],
        &(payload.len() as u32).to_be_bytes(),
        b"iCCP",
        &payload,
        &crc.sum().to_be_bytes(),
        &file[33..],
    ]
    .concat()
}

fn webp_with(profile: &[u8], file: &[u8]) -> Vec<u8> {
    let mut profile = profile.to_vec();
    profile.resize(profile.len().next_multiple_of(2), 0);
    let body = [
        &b"WEBPVP8X\x0a\0\0\0\x20\0\0\0\x4f\0\0\x4f\0\0ICCP"[..],
        &(profile.len() as u32).to_le_bytes(),
        &profile,
        &file[12..],
    ]
    .concat();
    [&b"RIFF"[..], &(body.len() as u32).to_le_bytes(), &body].concat()
}

fn middle(picture: &Picture) -> [u8; 3] {
    let at = (40 * 80 + 40) * 3;
    picture.pixels()[at..at + 3].try_into().unwrap()
}

fn near(found: [u8; 3], wanted: [u8; 3], tolerance: u8) -> bool {
    found
        .iter()
        .zip(wanted)
        .all(|(found, wanted)| found.abs_diff(wanted) <= tolerance)
}

#[test]
fn display_p3_becomes_srgb_in_every_format() {
    let profile = ColorProfile::new_display_p3().encode().unwrap();
    let red = flat(RED_IN_P3);
    for (name, file) in [
        ("JPEG", jpeg_with(&profile, &encode_jpeg(&red, 95).unwrap())),
        ("PNG", png_with(&profile, &encode_png(&red).unwrap())),
        ("WebP", webp_with(&profile, &encode_webp(&red, 95).unwrap())),
    ] {
        let found = middle(&decode(&file).unwrap());
        assert!(near(found, [255, 0, 0], 12), "{name}: {found:?}");
        // What is kept says the same in sRGB, without the profile.
        let kept = normalise(&file).unwrap().bytes;
        assert!(!kept.windows(3).any(|window| window == b"ICC"));
        assert!(near(middle(&decode(&kept).unwrap()), [255, 0, 0], 14));
    }
}

#[test]
fn srgb_and_what_is_no_profile_change_nothing() {
    let srgb = ColorProfile::new_srgb().encode().unwrap();
    let damaged = &srgb[..srgb.len() / 2];
    let inks = include_bytes!("profiles.rs");
    for profile in [&srgb[..], damaged, &inks[..], b"x"] {
        let file = png_with(profile, &encode_png(&flat(RED_IN_P3)).unwrap());
        assert_eq!(decode(&file).unwrap(), flat(RED_IN_P3));
    }
}

#[test]
fn a_part_that_is_missing_makes_no_profile() {
    let profile = ColorProfile::new_display_p3().encode().unwrap();
    let file = jpeg_with(&profile, &encode_jpeg(&flat(RED_IN_P3), 95).unwrap());
    let first_part = 2 + 2 + 2 + 14 + profile.len().div_ceil(2);
    let cut = [&file[..2], &file[first_part..]].concat();
    assert!(near(middle(&decode(&cut).unwrap()), RED_IN_P3, 3));
}

#[test]
fn grey_is_converted_by_its_own_profile() {
    let linear = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
    let pixels = image::GrayImage::from_pixel(80, 80, image::Luma([55]));
    let mut file = std::io::Cursor::new(Vec::new());
    pixels.write_to(&mut file, image::ImageFormat::Png).unwrap();
    let found = middle(&decode(&png_with(&linear, file.get_ref())).unwrap());
    // A fifth of the light is about half of the way in sRGB.
    assert!(near(found, [127, 127, 127], 3), "{found:?}");
}

#[test]
fn inks_become_colours_whichever_way_they_are_coded() {
    // As Photoshop writes them: 255 is no ink.
    let inverted: [u8; 4] = [200, 40, 60, 240];
    let wanted = [188, 38, 56];
    for colours in [Colorspace::CMYK, Colorspace::YCCK] {
        let mut encoder = Compressor::new().unwrap();
        encoder.set_quality(97).unwrap();
        encoder.set_subsamp(Subsamp::None).unwrap();
        encoder.set_colorspace(colours).unwrap();
        let pixels = inverted.repeat(80 * 80);
        let file = encoder
            .compress_to_vec(Image {
                pixels: pixels.as_slice(),
                width: 80,
                pitch: 80 * 4,
                height: 80,
                format: PixelFormat::CMYK,
            })
            .unwrap();
        let found = middle(&decode(&file).unwrap());
        assert!(near(found, wanted, 5), "{colours:?}: {found:?}");
    }
}
