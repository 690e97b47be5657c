//! How near a file is to the picture that it shows.
//!
//! SSIM (Wang and others, 2004) of the luma, in windows of 8 × 8 pixels, 4 apart; the mean of all windows. The truth at a width is the
//! photo before it became a JPEG, resampled in linear light from every pixel.

use anyhow::Context;
use imaging::{Limits, Picture};

use super::candidates::File;

const WINDOW: usize = 8;
const STEP: usize = 4;
const C1: f64 = 6.5025;
const C2: f64 = 58.5225;

/// SSIM of a file and the truth at its width, at most 1.
pub(crate) fn to_truth(truth: &Picture, file: &File) -> anyhow::Result<f64> {
    let (width, height, seen) = if file.name.ends_with("avif") {
        let pixels = libavif::decode_rgb(&file.bytes)
            .with_context(|| format!("{} is no AVIF", file.name))?;
        (pixels.width(), pixels.height(), luma(pixels.as_slice(), 4))
    } else {
        let picture = imaging::decode_within(&file.bytes, &Limits::STORED)
            .with_context(|| format!("{} is unreadable", file.name))?;
        (
            picture.width_px(),
            picture.height_px(),
            luma(picture.pixels(), 3),
        )
    };
    let truth = imaging::resize(truth, width, height)?;
    Ok(ssim(&luma(truth.pixels(), 3), &seen, width as usize))
}

fn luma(pixels: &[u8], channels: usize) -> Vec<f64> {
    pixels
        .chunks_exact(channels)
        .map(|p| 0.299 * f64::from(p[0]) + 0.587 * f64::from(p[1]) + 0.114 * f64::from(p[2]))
        .collect()
}

fn ssim(a: &[f64], b: &[f64], width: usize) -> f64 {
    let height = a.len() / width;
    let (mut sum, mut count) = (0.0, 0.0);
    for top in (0..=height - WINDOW).step_by(STEP) {
        for left in (0..=width - WINDOW).step_by(STEP) {
            sum += window(a, b, width, top, left);
            count += 1.0;
        }
    }
    sum / count
}

fn window(a: &[f64], b: &[f64], width: usize, top: usize, left: usize) -> f64 {
    let n = (WINDOW * WINDOW) as f64;
    let [mut sa, mut sb, mut saa, mut sbb, mut sab] = [0.0; 5];
    for row in top..top + WINDOW {
        let at = row * width + left;
        for (x, y) in a[at..at + WINDOW].iter().zip(&b[at..at + WINDOW]) {
            sa += x;
            sb += y;
            saa += x * x;
            sbb += y * y;
            sab += x * y;
        }
    }
    let (ma, mb) = (sa / n, sb / n);
    let (va, vb, cov) = (saa / n - ma * ma, sbb / n - mb * mb, sab / n - ma * mb);
    ((2.0 * ma * mb + C1) * (2.0 * cov + C2)) / ((ma * ma + mb * mb + C1) * (va + vb + C2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_most_like_itself() {
        let a: Vec<f64> = (0..64 * 64_u32).map(|i| f64::from(i * 7 % 251)).collect();
        let b: Vec<f64> = a.iter().map(|value| value / 2.0 + 40.0).collect();
        assert!((ssim(&a, &a, 64) - 1.0).abs() < 1e-9);
        let other = ssim(&a, &b, 64);
        assert!((0.2..0.95).contains(&other), "{other}");
    }
}
