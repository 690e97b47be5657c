//! Writes the mark into a part of a picture.

use super::{
    Pixels,
    code::{message, walsh},
    detect::{Chips, around},
    grid::{CHIPS_ACROSS, Grid, mix, slot},
    luminance,
};

/// Levels by which flat cloth is made lighter or darker.
const FLAT: f32 = 1.5;
/// How many more for each level by which pixels differ from their chip's mean.
const TEXTURE: f32 = 0.2;
/// Never more than this.
const MOST: f32 = 4.0;

/// Writes the mark with this payload. Only pixels change that the mask names, each by a few levels, all three channels alike.
///
/// A mask of another length than the picture, or a picture that is too small for a chip to have a pixel, changes nothing.
pub fn embed(pixels: &mut [[u8; 3]], width: usize, mask: &[bool], payload: u32) {
    let picture = Pixels { pixels, width };
    let height = picture.height();
    if mask.len() != pixels.len() {
        return;
    }
    let (Some(grid), Some(chips)) = (Grid::of(width, height), Chips::of(picture)) else {
        return;
    };
    let amplitudes = amplitudes(picture, &grid, &chips);
    let message = message(payload);
    let lines = pixels
        .chunks_exact_mut(width)
        .zip(mask.chunks_exact(width))
        .zip(&grid.rows);
    for (y, ((line, mask), &row)) in lines.enumerate() {
        let columns = line.iter_mut().zip(mask).zip(&grid.columns);
        for (x, ((pixel, is_ours), &column)) in columns.enumerate() {
            if *is_ours {
                let slot = slot(column, row);
                let value = slot.sign * walsh(message[slot.symbol], slot.place);
                let levels = value * amplitudes[row * CHIPS_ACROSS + column] + dither(x, y);
                *pixel = pixel.map(|channel| shifted(channel, levels.floor()));
            }
        }
    }
}

/// 0 to 1: half of the pixels of an amplitude of 1.5 change by 1, half by 2.
fn dither(x: usize, y: usize) -> f32 {
    (mix(((y as u64) << 32) ^ x as u64) >> 40) as f32 / (1_u64 << 24) as f32
}

fn shifted(channel: u8, levels: f32) -> u8 {
    (f32::from(channel) + levels).clamp(0.0, 255.0) as u8
}

/// How far each chip is made lighter or darker: more where the cloth has structure that hides it.
fn amplitudes(picture: Pixels<'_>, grid: &Grid, chips: &Chips) -> Vec<f32> {
    let mut sums = vec![(0.0_f32, 0.0_f32); chips.means.len()];
    for (line, row) in picture.pixels.chunks_exact(picture.width).zip(&grid.rows) {
        for (&pixel, &column) in line.iter().zip(&grid.columns) {
            let at = row * CHIPS_ACROSS + column;
            let (sum, count) = &mut sums[at];
            *sum += (luminance(pixel) - chips.means[at]).abs();
            *count += 1.0;
        }
    }
    let activity: Vec<f32> = sums
        .iter()
        .map(|(sum, count)| sum / count.max(1.0))
        .collect();
    // The quieter of a chip and its surroundings: an edge beside flat cloth hides nothing on the cloth.
    let amplitude = |(at, own): (usize, &f32)| {
        let others = around(&activity, grid.down, at, 1);
        (FLAT + TEXTURE * own.min(others)).min(MOST)
    };
    activity.iter().enumerate().map(amplitude).collect()
}
