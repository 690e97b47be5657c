//! Reads the mark from a picture, without the original.

use super::{
    Pixels,
    code::{correlate, payload},
    grid::{CHIPS_ACROSS, Grid, PLACES, SYMBOLS, slot},
    luminance,
};

/// Guesses that are made per byte of the message.
const GUESSES: usize = 2;
/// Ways in which a picture is read.
const READINGS: usize = 2;

/// How likely at most a picture without the mark is taken for one with it: as many messages as are tried for each of its readings,
/// each of which passes the check of 32 bits by chance.
pub const FALSE_ALARM: f64 =
    (READINGS * GUESSES.pow(SYMBOLS as u32)) as f64 / (u32::MAX as f64 + 1.0);

/// What a chip's difference is divided by in addition to what is usual around it, in levels: noise below it counts for little.
const FLOOR: f32 = 0.7;
/// No chip counts for more than this.
const MOST: f32 = 2.0;

/// A mark that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// What it carries.
    pub payload: u32,
    /// How clearly it was read, from 0 to 1: the share of its bytes that were right at the first guess.
    pub confidence: f32,
}

/// Reads the mark from the whole picture; none if there is none, or too little of it is left.
pub fn detect(picture: Pixels<'_>) -> Option<Found> {
    let chips = Chips::of(picture)?;
    let differences = chips.differences();
    let down = chips.down;
    // People stand in the middle of their pictures: what is beside them is noise to the mark on their clothes.
    let (left, right) = (CHIPS_ACROSS / 6, CHIPS_ACROSS - CHIPS_ACROSS / 6);
    let (top, bottom) = (down / 8, down - down / 8);
    let middle = |column, row| (left..right).contains(&column) && (top..bottom).contains(&row);
    read(&differences, |_, _| true).or_else(|| read(&differences, middle))
}

/// Mean luminance per chip.
pub(super) struct Chips {
    pub(super) means: Vec<f32>,
    pub(super) down: usize,
}

impl Chips {
    pub(super) fn of(picture: Pixels<'_>) -> Option<Self> {
        let Grid {
            columns,
            rows,
            down,
        } = Grid::of(picture.width, picture.height())?;
        let mut sums = vec![(0.0_f32, 0.0_f32); CHIPS_ACROSS * down];
        for (line, row) in picture.pixels.chunks_exact(picture.width).zip(&rows) {
            let sums = &mut sums[row * CHIPS_ACROSS..][..CHIPS_ACROSS];
            for (&pixel, &column) in line.iter().zip(&columns) {
                let (sum, count) = &mut sums[column];
                *sum += luminance(pixel);
                *count += 1.0;
            }
        }
        // A grid has no chip without pixels.
        let means = sums.into_iter().map(|(sum, count)| sum / count.max(1.0));
        Some(Self {
            means: means.collect(),
            down,
        })
    }

    /// What each chip differs by from what its neighbours let expect, in units of what is usual around it.
    ///
    /// Cloth with stripes is foreseen along them only: of all neighbours, those beside and those above and below, the ones count that
    /// foresee best where the chip is.
    fn differences(&self) -> Vec<f32> {
        let (across, last) = (CHIPS_ACROSS, self.down.saturating_sub(1));
        let beside = |at: usize| {
            let column = at % across;
            let left = at - usize::from(column > 0);
            let right = at + usize::from(column + 1 < across);
            f32::midpoint(self.means[left], self.means[right])
        };
        let above_and_below = |at: usize| {
            let row = at / across;
            let above = at - across * usize::from(row > 0);
            let below = at + across * usize::from(row < last);
            f32::midpoint(self.means[above], self.means[below])
        };
        let all = |at: usize| around(&self.means, self.down, at, 1);
        let mut best = self.scaled(all);
        for other in [self.scaled(beside), self.scaled(above_and_below)] {
            for (best, other) in best.iter_mut().zip(other) {
                if other.usual < best.usual {
                    *best = other;
                }
            }
        }
        let scaled = best
            .iter()
            .map(|Scaled { difference, usual }| (difference / (FLOOR + usual)).clamp(-MOST, MOST));
        scaled.collect()
    }

    /// What each chip differs by from what is expected, and what is usual around it.
    fn scaled(&self, expected: impl Fn(usize) -> f32) -> Vec<Scaled> {
        let places = 0..self.means.len();
        let differences: Vec<f32> = places.map(|at| self.means[at] - expected(at)).collect();
        let sizes: Vec<f32> = differences.iter().map(|one| one.abs()).collect();
        let scaled = differences.into_iter().enumerate();
        scaled
            .map(|(at, difference)| Scaled {
                difference,
                usual: around(&sizes, self.down, at, 2),
            })
            .collect()
    }
}

/// A difference, and how large those around it are.
struct Scaled {
    difference: f32,
    usual: f32,
}

/// Mean of the chips around one, without itself, up to this far away.
pub(super) fn around(chips: &[f32], down: usize, at: usize, reach: usize) -> f32 {
    let (column, row) = (at % CHIPS_ACROSS, at / CHIPS_ACROSS);
    let columns = column.saturating_sub(reach)..(column + reach + 1).min(CHIPS_ACROSS);
    let rows = row.saturating_sub(reach)..(row + reach + 1).min(down);
    let (mut sum, mut count) = (-chips[at], -1.0);
    for row in rows {
        for value in &chips[row * CHIPS_ACROSS..][columns.clone()] {
            sum += value;
            count += 1.0;
        }
    }
    sum / f32::max(count, 1.0)
}

/// A symbol's best guesses, the best one first.
type Guesses = [u8; GUESSES];

fn read(differences: &[f32], counts: impl Fn(usize, usize) -> bool) -> Option<Found> {
    let mut received = [[0.0_f32; PLACES]; SYMBOLS];
    for (at, difference) in differences.iter().enumerate() {
        let (column, row) = (at % CHIPS_ACROSS, at / CHIPS_ACROSS);
        if counts(column, row) {
            let slot = slot(column, row);
            received[slot.symbol][slot.place] += slot.sign * difference;
        }
    }
    let guesses = received.map(|mut received| {
        correlate(&mut received);
        best(&received)
    });
    // Bit n of the choice says which guess is taken of symbol n: all best ones first, then those with few second ones.
    let mut choices: Vec<usize> = (0..GUESSES.pow(SYMBOLS as u32)).collect();
    choices.sort_by_key(|choice| choice.count_ones());
    choices.into_iter().find_map(|choice| {
        let message = std::array::from_fn(|symbol| guesses[symbol][choice >> symbol & 1]);
        let right = SYMBOLS as u32 - choice.count_ones();
        payload(message).map(|payload| Found {
            payload,
            confidence: right as f32 / SYMBOLS as f32,
        })
    })
}

fn best(agreements: &[f32; PLACES]) -> Guesses {
    let (mut first, mut second) = (0, 1);
    if agreements[second] > agreements[first] {
        (first, second) = (second, first);
    }
    for (symbol, agreement) in agreements.iter().enumerate().skip(2) {
        if *agreement > agreements[first] {
            (first, second) = (symbol, first);
        } else if *agreement > agreements[second] {
            second = symbol;
        }
    }
    [first as u8, second as u8]
}
