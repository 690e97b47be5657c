//! Files made to hurt: each gets a typed refusal, fast, in little memory, and never a panic.

#![expect(
    clippy::cast_possible_truncation,
    clippy::unwrap_used,
    reason = "test pixels are small numbers, and a test may panic"
)]

use std::time::{Duration, Instant};

use imaging::{
    Picture, PictureError, decode, encode_jpeg, encode_png, encode_webp, inspect, normalise, xmp,
};
use proptest::prelude::*;

/// What a refusal may take, here without optimisation for the tests' own part.
const PATIENCE: Duration = Duration::from_secs(2);

fn picture(width: u32, height: u32) -> Picture {
    let pixels = (0..width * height * 3).map(|i| ((i * 7 + i / 97) % 256) as u8);
    Picture::from_rgb(width, height, pixels.collect()).unwrap()
}

fn crc(bytes: &[u8]) -> [u8; 4] {
    let mut crc = u32::MAX;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            };
        }
    }
    (!crc).to_be_bytes()
}

fn chunk(kind: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let body = [&kind, payload].concat();
    [
        &u32::try_from(payload.len()).unwrap().to_be_bytes()[..],
        &body,
        &crc(&body),
    ]
    .concat()
}

fn png(width: u32, height: u32, depth: u8, colour: u8, chunks: &[Vec<u8>]) -> Vec<u8> {
    let header = [
        &width.to_be_bytes()[..],
        &height.to_be_bytes(),
        &[depth, colour, 0, 0, 0],
    ]
    .concat();
    [
        &b"\x89PNG\r\n\x1a\n"[..],
        &chunk(*b"IHDR", &header),
        &chunks.concat(),
        &chunk(*b"IEND", b""),
    ]
    .concat()
}

/// A zlib stream of zeros without an end: a fixed Huffman block of one zero and `bytes / 13 * 8` repeats of 258 zeros.
fn endless_zeros(bytes: usize) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let (mut bits, mut count) = (0_u64, 0);
    let mut push = |value: u64, length: u32| {
        bits |= value << count;
        count += length;
        while count >= 8 {
            stream.push(bits as u8);
            bits >>= 8;
            count -= 8;
        }
    };
    // Last block, fixed codes; literal 0 is 00110000.
    push(0b011, 3);
    push(0b0000_1100, 8);
    for _ in 0..bytes / 13 * 8 {
        // Length 258 is 11000101 (sent from its first bit), distance 1 is 00000.
        push(0b1010_0011, 8);
        push(0, 5);
    }
    stream
}

#[expect(clippy::too_many_lines, reason = "a list")]
fn corpus() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let jpeg = encode_jpeg(&picture(640, 480), 90).unwrap();
    let whole_png = encode_png(&picture(640, 480)).unwrap();
    let webp = encode_webp(&picture(640, 480), 90).unwrap();
    let mut wide = webp.clone();
    wide[26] = 0xff;
    wide[27] = 0x3f;
    let mut giant_jpeg = jpeg.clone();
    let frame = giant_jpeg
        .windows(2)
        .position(|two| two == [0xff, 0xc0])
        .unwrap();
    giant_jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    let mut scans = jpeg[..jpeg.len() - 2].to_vec();
    let scan = jpeg.windows(2).position(|two| two == [0xff, 0xda]).unwrap();
    let scan_header = jpeg[scan..scan + 14].to_vec();
    for _ in 0..500 {
        scans.extend_from_slice(&scan_header);
        scans.push(0);
    }
    scans.extend_from_slice(&[0xff, 0xd9]);
    vec![
        ("zero bytes", vec![], "picture-empty"),
        (
            "60,000 × 60,000 PNG header",
            png(60_000, 60_000, 8, 2, &[]),
            "picture-too-many-pixels",
        ),
        (
            "the same, cut off in its header's checksum",
            png(60_000, 60_000, 8, 2, &[])[..30].to_vec(),
            "picture-too-many-pixels",
        ),
        (
            "PNG bomb over the pixel limit",
            png(
                8_000,
                8_000,
                8,
                2,
                &[chunk(*b"IDAT", &endless_zeros(1_000_000))],
            ),
            "picture-too-many-pixels",
        ),
        (
            "PNG bomb under it",
            png(64, 64, 8, 2, &[chunk(*b"IDAT", &endless_zeros(12_000_000))]),
            "picture-too-complex",
        ),
        (
            "PNG bomb behind the last row of a large picture",
            png(
                4_000,
                4_000,
                8,
                2,
                &[chunk(*b"IDAT", &endless_zeros(18_000_000))],
            ),
            "picture-too-complex",
        ),
        ("65,535² JPEG", giant_jpeg, "picture-too-many-pixels"),
        ("WebP of 16,383 pixels", wide, "picture-too-many-pixels"),
        ("JPEG of 500 scans", scans, "picture-too-complex"),
        (
            "half a JPEG",
            jpeg[..jpeg.len() / 2].to_vec(),
            "picture-truncated",
        ),
        (
            "half a PNG",
            whole_png[..whole_png.len() / 2].to_vec(),
            "picture-truncated",
        ),
        (
            "half a WebP",
            webp[..webp.len() / 2].to_vec(),
            "picture-truncated",
        ),
        (
            "a GIF named .jpg",
            b"GIF89a\x40\0\x40\0\0\0\0;".to_vec(),
            "picture-format-unsupported",
        ),
        (
            "an SVG named .png",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
            "picture-format-unsupported",
        ),
        (
            "an HTML page named .jpg",
            b"<!doctype html><script>".to_vec(),
            "picture-format-unsupported",
        ),
        (
            "an executable named .png",
            [&b"\x7fELF"[..], &[0; 64]].concat(),
            "picture-format-unsupported",
        ),
        (
            "text",
            b"not a picture".to_vec(),
            "picture-format-unsupported",
        ),
        (
            "30 MB of JPEG",
            [&jpeg[..], &vec![0; 30_000_000]].concat(),
            "picture-too-large",
        ),
        (
            "one pixel",
            encode_png(&picture(1, 1)).unwrap(),
            "picture-too-small",
        ),
        (
            "a PNG without pixels",
            png(640, 480, 8, 2, &[]),
            "picture-damaged",
        ),
        (
            "a PNG of an unknown colour type",
            png(640, 480, 8, 5, &[]),
            "picture-damaged",
        ),
        (
            "a PNG of noise",
            png(640, 480, 8, 2, &[chunk(*b"IDAT", &[0x5a; 4_000])]),
            "picture-damaged",
        ),
    ]
}

#[test]
fn every_hostile_file_gets_its_typed_refusal_in_time() {
    for (name, bytes, code) in corpus() {
        let start = Instant::now();
        let error = normalise(&bytes).expect_err(name);
        let took = start.elapsed();
        assert_eq!(error.code(), code, "{name}: {error}");
        assert!(took < PATIENCE, "{name} took {took:?}");
    }
}

#[test]
fn headers_alone_tell_what_is_too_much() {
    for (name, bytes, code) in corpus() {
        let early = [
            "picture-too-many-pixels",
            "picture-too-large",
            "picture-empty",
            "picture-truncated",
            "picture-too-small",
        ];
        if early.contains(&code) {
            let start = Instant::now();
            assert_eq!(
                inspect(&bytes).map_err(|error| error.code()).unwrap_err(),
                code,
                "{name}"
            );
            assert!(start.elapsed() < Duration::from_millis(200), "{name}");
        }
    }
}

#[test]
fn metadata_that_would_unpack_to_gigabytes_is_never_unpacked() {
    let bomb = endless_zeros(10_000_000);
    let good = encode_png(&picture(80, 80)).unwrap();
    let (header, rest) = good.split_at(33);
    let zipped_text = chunk(*b"zTXt", &[&b"Comment\0\0"[..], &bomb].concat());
    let profile = chunk(*b"iCCP", &[&b"sRGB\0\0"[..], &bomb].concat());
    let start = Instant::now();
    let decoded = decode(&[header, &zipped_text, &profile, rest].concat()).unwrap();
    assert_eq!(decoded, picture(80, 80));
    assert!(start.elapsed() < PATIENCE);
}

#[test]
fn a_full_size_black_picture_is_no_bomb() {
    let start = Instant::now();
    let black = png_of_black();
    assert!(inspect(&black).is_ok());
    let made = start.elapsed();
    assert!(normalise(&black).is_ok(), "made in {made:?}");
}

fn png_of_black() -> Vec<u8> {
    encode_png(&Picture::from_rgb(5_000, 5_000, vec![0; 75_000_000]).unwrap()).unwrap()
}

#[test]
fn refusals_tell_what_to_do() {
    for (name, bytes, _) in corpus() {
        let message = normalise(&bytes).expect_err(name).to_string();
        assert!(
            message.contains("send") || message.contains("save it again"),
            "{name}: {message}"
        );
    }
    assert_eq!(PictureError::Animated.code(), "picture-animated");
}

fn seeds() -> Vec<Vec<u8>> {
    let (opaque, marked) = (picture(70, 66), picture(66, 70).marked_ai_generated());
    let clear = Picture::from_rgba(
        66,
        64,
        (0..66 * 64 * 4_u32).map(|i| (i % 253) as u8).collect(),
    )
    .unwrap();
    let pillow = [
        "progressive.jpg",
        "restarts.jpg",
        "cmyk.jpg",
        "turned.jpg",
        "palette.png",
        "interlaced.png",
        "animated.png",
        "lossless.webp",
        "extended.webp",
    ];
    let read = |name: &str| {
        std::fs::read(format!(
            "{}/tests/pictures/{name}",
            env!("CARGO_MANIFEST_DIR")
        ))
        .unwrap()
    };
    let mut seeds = vec![
        encode_jpeg(&opaque, 80).unwrap(),
        encode_png(&clear).unwrap(),
        encode_webp(&clear, 80).unwrap(),
        encode_webp(&marked, 80).unwrap(),
        encode_png(&marked).unwrap(),
        encode_jpeg(&marked, 80).unwrap(),
    ];
    seeds.extend(pillow.map(read));
    seeds
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn no_bytes_make_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), magic in 0..4_usize) {
        let start: &[u8] = [&b""[..], b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x90\x01\0\0WEBP"][magic];
        let bytes = [start, &bytes].concat();
        let _ = inspect(&bytes);
        let _ = decode(&bytes);
        let _ = xmp::mark_ai_generated(&bytes);
    }

    #[test]
    fn no_damage_to_a_good_file_makes_a_panic(
        seed in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut seeds = seeds();
        let mut bytes = seeds.swap_remove(seed.index(seeds.len()));
        for (index, value) in changes {
            let at = index.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(header) = inspect(&bytes)
            && let Ok(decoded) = decode(&bytes)
        {
            prop_assert_eq!((header.width_px, header.height_px), (decoded.width_px(), decoded.height_px()));
        }
        let _ = xmp::mark_ai_generated(&bytes);
    }
}
