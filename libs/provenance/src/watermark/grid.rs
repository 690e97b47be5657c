//! Where the chips of a picture are, and which part of the message each of them carries.

use std::sync::LazyLock;

/// Chips side by side in every picture, whatever its width.
pub(crate) const CHIPS_ACROSS: usize = 192;

/// Symbols of a message, each a byte.
pub(crate) const SYMBOLS: usize = 8;
/// Chips that one symbol is spread over before they repeat: one for each place in a Walsh function.
pub(crate) const PLACES: usize = 256;
/// One tile of chips carries each place of each symbol once.
const TILE_ACROSS: usize = 64;
const TILE_DOWN: usize = SYMBOLS * PLACES / TILE_ACROSS;

/// The chips of a picture.
pub(crate) struct Grid {
    /// The chip of each column of pixels.
    pub(crate) columns: Vec<usize>,
    /// The chip of each row of pixels.
    pub(crate) rows: Vec<usize>,
    /// How many rows of chips there are.
    pub(crate) down: usize,
}

impl Grid {
    /// The chips of a picture of this size; none where one would be less than a pixel.
    pub(crate) fn of(width: usize, height: usize) -> Option<Self> {
        if width < CHIPS_ACROSS || height == 0 {
            return None;
        }
        // The middle of a pixel decides: (x + ½) · chips / width.
        let chip = |at: usize| (2 * at + 1) * CHIPS_ACROSS / (2 * width);
        let columns = (0..width).map(chip).collect();
        let rows: Vec<usize> = (0..height).map(chip).collect();
        let down = rows.last().map_or(0, |last| last + 1);
        Some(Self {
            columns,
            rows,
            down,
        })
    }
}

/// What a chip carries.
#[derive(Clone, Copy)]
pub(crate) struct Slot {
    /// Of which symbol it is a part.
    pub(crate) symbol: usize,
    /// Which place of the symbol's Walsh function.
    pub(crate) place: usize,
    /// What that is multiplied by, so that no message looks regular: 1 or -1.
    pub(crate) sign: f32,
}

/// What the chip in this column and row carries.
pub(crate) fn slot(column: usize, row: usize) -> Slot {
    let in_tile = (row % TILE_DOWN) * TILE_ACROSS + column % TILE_ACROSS;
    let slot = usize::from(SHUFFLED[in_tile]);
    let noise = mix(SEED ^ ((row as u64) << 32) ^ column as u64);
    Slot {
        symbol: slot / PLACES,
        place: slot % PLACES,
        sign: if noise & 1 == 0 { 1.0 } else { -1.0 },
    }
}

/// "drape, 1": another seed is another watermark.
const SEED: u64 = 0x6472_6170_6500_0001;

/// The slots of one tile, shuffled: neighbours carry parts of different symbols.
static SHUFFLED: LazyLock<Vec<u16>> = LazyLock::new(|| {
    let mut slots: Vec<u16> = (0..2048).collect();
    for last in (1..slots.len()).rev() {
        let noise = mix(SEED.rotate_left(32) ^ last as u64);
        slots.swap(last, (noise % (last as u64 + 1)) as usize);
    }
    slots
});

/// `SplitMix64`'s output function: 64 bits that look random, from 64 that do not (Steele, Lea and Flood 2014).
pub(crate) const fn mix(seed: u64) -> u64 {
    let z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_carries_every_place_of_every_symbol_once() {
        let mut seen = vec![0; SYMBOLS * PLACES];
        for row in 0..TILE_DOWN {
            for column in 0..TILE_ACROSS {
                let slot = slot(column, row);
                seen[slot.symbol * PLACES + slot.place] += 1;
            }
        }
        assert!(seen.iter().all(|&count| count == 1));
    }

    #[test]
    fn a_scaled_picture_has_the_same_chips() {
        let (whole, half) = (Grid::of(768, 1024).unwrap(), Grid::of(384, 512).unwrap());
        assert_eq!(whole.down, half.down);
        for x in 0..384 {
            assert!(half.columns[x].abs_diff(whole.columns[2 * x]) <= 1);
        }
        assert!(Grid::of(100, 100).is_none());
    }
}
