//! What is almost right: a sound input with some edits.
//!
//! Random bytes are turned away at the first glance. What breaks a parser is a sound beginning, so each input is one of a few seeds
//! with bytes flipped, set, cut, repeated, put in, and pieces of other seeds spliced in. `bolero` draws the edits, and makes them fewer
//! when one breaks something.

use std::{env, path::Path, time::Duration};

use bolero::TypeGenerator;

/// How long each target runs when nothing is said, in a test run.
const SHORT: Duration = Duration::from_secs(1);

/// Inputs longer than this are cut: a parser that is slow on long input is found by its own tests.
const LONGEST: usize = 64 << 10;

/// Numbers that lengths and counts break at.
const BRINK: [u32; 8] = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, u32::MAX];

/// One change of an input. Places are taken modulo its length.
#[derive(Debug, Clone, TypeGenerator)]
pub enum Edit {
    /// Turns one bit over.
    Flip(u16, u8),
    /// Sets one byte.
    Set(u16, u8),
    /// Takes bytes away.
    Cut(u16, u8),
    /// Puts bytes in once more.
    Repeat(u16, u8),
    /// Puts other bytes in.
    Insert(u16, Vec<u8>),
    /// Writes a number that lengths break at, big or little end first.
    Brink(u16, u8, bool),
    /// Goes on with another seed from there.
    Splice(u16, u8),
    /// Ends there.
    End(u16),
}

/// A seed and what is done to it.
#[derive(Debug, Clone, TypeGenerator)]
pub struct Almost {
    seed: u8,
    edits: Vec<Edit>,
}

impl Almost {
    /// The input.
    pub fn of(&self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut input = pick(seeds, self.seed);
        for edit in &self.edits {
            apply(edit, &mut input, seeds);
            input.truncate(LONGEST);
        }
        input
    }

    /// Whether it is the seed as it was.
    pub fn is_untouched(&self) -> bool {
        self.edits.is_empty()
    }
}

fn pick(seeds: &[Vec<u8>], number: u8) -> Vec<u8> {
    let index = usize::from(number) % seeds.len().max(1);
    seeds.get(index).cloned().unwrap_or_default()
}

fn apply(edit: &Edit, input: &mut Vec<u8>, seeds: &[Vec<u8>]) {
    let length = input.len();
    let place = |at: u16| usize::from(at) % length.max(1);
    let piece = |at: u16, of: u8| place(at)..(place(at) + usize::from(of)).min(length);
    match edit {
        Edit::Flip(at, bit) => {
            if let Some(byte) = input.get_mut(place(*at)) {
                *byte ^= 1 << (bit % 8);
            }
        }
        Edit::Set(at, to) => {
            if let Some(byte) = input.get_mut(place(*at)) {
                *byte = *to;
            }
        }
        Edit::Cut(at, of) => {
            input.drain(piece(*at, *of));
        }
        Edit::Repeat(at, of) => {
            let again = input[piece(*at, *of)].to_vec();
            let at = place(*at);
            input.splice(at..at, again);
        }
        Edit::Insert(at, bytes) => {
            let at = place(*at);
            input.splice(at..at, bytes.iter().copied());
        }
        Edit::Brink(at, which, big) => {
            let number = BRINK[usize::from(*which) % BRINK.len()];
            let bytes = if *big {
                number.to_be_bytes()
            } else {
                number.to_le_bytes()
            };
            for (byte, to) in input[piece(*at, 4)].iter_mut().zip(bytes) {
                *byte = to;
            }
        }
        Edit::Splice(at, other) => {
            let other = pick(seeds, *other);
            let at = place(*at);
            input.truncate(at);
            input.extend(other.into_iter().skip(at));
        }
        Edit::End(at) => input.truncate(place(*at)),
    }
}

/// How long a target runs: `FUZZ_SECONDS`, else a second.
#[expect(
    clippy::disallowed_methods,
    reason = "whoever runs the targets says how long"
)]
pub fn time() -> Duration {
    let seconds = env::var("FUZZ_SECONDS").ok();
    let seconds = seconds.and_then(|seconds| seconds.parse().ok());
    seconds.map_or(SHORT, Duration::from_secs)
}

/// The files of a folder of the repository, in the order of their names.
///
/// # Errors
/// When there is no such folder, or nothing in it.
pub fn seeds(folder: &str) -> std::io::Result<Vec<Vec<u8>>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../..")
        .join(folder);
    let entries = std::fs::read_dir(&folder)?;
    let mut files = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<Vec<_>>>()?;
    files.retain(|file| file.is_file());
    files.sort();
    if files.is_empty() {
        return Err(std::io::Error::other(format!(
            "{} is empty",
            folder.display()
        )));
    }
    files.into_iter().map(std::fs::read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_stay_within_whatever_is_left() {
        let seeds = vec![b"abcdef".to_vec(), b"123".to_vec()];
        let edits = vec![
            Edit::Flip(9, 250),
            Edit::Repeat(5, 200),
            Edit::Brink(60_000, 7, true),
            Edit::Splice(2, 1),
            Edit::Cut(0, 255),
            Edit::Flip(1, 1),
            Edit::Repeat(3, 3),
            Edit::Insert(9, b"x".to_vec()),
            Edit::End(7),
        ];
        let almost = Almost { seed: 4, edits };
        assert_eq!(almost.of(&seeds), b"");
        assert_eq!(almost.of(&[]), b"");
    }
}
