//! `drape-tryon-worker sketch`: what the settling network is trained with.

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use serde::Serialize;
use tryon_worker::engine::{Engine, Sketch};

use crate::evaluate::{each, unless_refused};

/// A line of the answer.
#[derive(Serialize)]
struct Sketched {
    name: String,
    /// The refusal's code; none when there is a sketch.
    refused: Option<&'static str>,
    /// Left, top, width and height of what it shows, and the distance of the shoulders, in pixels of the photo.
    window: Option<[f32; 5]>,
}

/// Sketches every try-on of `list` (JSON lines) as geometry alone would lay it, writes `NAME.npy` to `out` and a JSON line each to
/// `figures`.
pub(crate) fn run(
    engine: &Engine,
    list: &Path,
    out: &Path,
    figures: &mut impl Write,
) -> anyhow::Result<()> {
    each(list, out, figures, |case| {
        let (refused, window) = match unless_refused(engine.sketch(&case.input()))? {
            Ok(sketch) => {
                let path = out.join(format!("{}.npy", case.name));
                std::fs::write(&path, as_npy(&sketch))
                    .with_context(|| format!("cannot write {}", path.display()))?;
                (None, Some(sketch.window()))
            }
            Err(code) => (Some(code), None),
        };
        Ok(Sketched {
            name: case.name,
            refused,
            window,
        })
    })
}

/// Its planes as a file `.npy`, version 1.0.
fn as_npy(sketch: &Sketch) -> Vec<u8> {
    let [planes, rows, columns] = sketch.shape();
    let told = format!(
        "{{'descr': '<f4', 'fortran_order': False, 'shape': ({planes}, {rows}, {columns}), }}"
    );
    // Magic, version, two bytes of length; all of it a multiple of 64 bytes, with a line's end.
    let length = (10 + told.len() + 1).next_multiple_of(64) - 10;
    let mut out = b"\x93NUMPY\x01\x00".to_vec();
    out.extend(&length.to_le_bytes()[..2]);
    out.extend(format!("{told:<width$}\n", width = length - 1).bytes());
    out.extend(sketch.planes().iter().flat_map(|v| v.to_le_bytes()));
    out
}
