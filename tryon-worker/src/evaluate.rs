//! `drape-tryon-worker evaluate`: many try-ons with one loaded pack, their pictures and a line of figures each.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use tryon_worker::engine::{Category, Engine, Sketch, TryOnError, TryOnInput, TryOnOutput};

/// A line of the list: a try-on to make. Paths are relative to the list's folder.
#[derive(Deserialize)]
struct Line {
    name: String,
    person: PathBuf,
    garment: PathBuf,
    category: String,
}

/// A try-on to make.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) person: Vec<u8>,
    pub(crate) garment: Vec<u8>,
    pub(crate) category: Category,
}

impl Case {
    /// The cases of a list, their pictures read one after the other as they are asked for.
    pub(crate) fn read_all(
        list: &Path,
    ) -> anyhow::Result<impl Iterator<Item = anyhow::Result<Self>>> {
        let text = std::fs::read_to_string(list)
            .with_context(|| format!("cannot read {}", list.display()))?;
        let folder = list.parent().unwrap_or(Path::new(".")).to_owned();
        let lines: Vec<String> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(str::to_owned)
            .collect();
        Ok(lines
            .into_iter()
            .map(move |line| Self::read(&line, &folder)))
    }

    fn read(line: &str, folder: &Path) -> anyhow::Result<Self> {
        let line: Line =
            serde_json::from_str(line).with_context(|| format!("not a case: {line}"))?;
        let read = |path: &Path| {
            let path = folder.join(path);
            std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
        };
        let category = line.category.parse();
        Ok(Self {
            person: read(&line.person)?,
            garment: read(&line.garment)?,
            category: category.map_err(|e| anyhow::anyhow!("{}: {e}", line.name))?,
            name: line.name,
        })
    }

    pub(crate) fn input(&self) -> TryOnInput<'_> {
        TryOnInput {
            person: &self.person,
            garment: &self.garment,
            category: self.category,
        }
    }
}

/// A line of the answer.
#[derive(Serialize)]
struct Outcome<'a> {
    name: &'a str,
    /// The refusal's code; none when there is a picture.
    refused: Option<&'static str>,
    /// Milliseconds per stage.
    stages: Vec<(&'static str, f64)>,
    total_ms: f64,
}

/// Makes every try-on of `list` (JSON lines), writes `NAME.png`, `NAME.edited.png` (white: may differ from the photo) and
/// `NAME.garment.png` (how much of a pixel is the new garment) to `out` and a JSON line each to `figures`.
pub(crate) fn run(
    engine: &Engine,
    list: &Path,
    out: &Path,
    figures: &mut impl Write,
) -> anyhow::Result<()> {
    std::fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    for case in Case::read_all(list)? {
        let case = case?;
        let since = Instant::now();
        let answer = engine.try_on(&case.input(), |_, _| ControlFlow::Continue(()));
        let total_ms = since.elapsed().as_secs_f64() * 1e3;
        let (refused, stages) = match answer {
            Ok(output) => {
                keep(&output, out, &case.name)?;
                let named = output.stages.iter().map(|(s, ms)| (s.name(), *ms));
                (None, named.collect())
            }
            Err(TryOnError::Refused(refusal)) => (Some(refusal.code()), Vec::new()),
            Err(other) => return Err(other).context(case.name),
        };
        let outcome = Outcome {
            name: &case.name,
            refused,
            stages,
            total_ms,
        };
        writeln!(figures, "{}", serde_json::to_string(&outcome)?)?;
    }
    Ok(())
}

/// A line of the answer about a sketch.
#[derive(Serialize)]
struct Sketched<'a> {
    name: &'a str,
    /// The refusal's code; none when there is a sketch.
    refused: Option<&'static str>,
    /// Left, top, width and height of what it shows, and the distance of the shoulders, in pixels of the photo.
    window: Option<[f32; 5]>,
}

/// Sketches every try-on of `list` (JSON lines) as geometry alone would lay it, writes `NAME.npy` to `out` and a JSON line each to
/// `figures`.
pub(crate) fn sketch(
    engine: &Engine,
    list: &Path,
    out: &Path,
    figures: &mut impl Write,
) -> anyhow::Result<()> {
    std::fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    for case in Case::read_all(list)? {
        let case = case?;
        let (refused, window) = match engine.sketch(&case.input()) {
            Ok(sketch) => {
                let path = out.join(format!("{}.npy", case.name));
                std::fs::write(&path, as_npy(&sketch))
                    .with_context(|| format!("cannot write {}", path.display()))?;
                (None, Some(sketch.window()))
            }
            Err(TryOnError::Refused(refusal)) => (Some(refusal.code()), None),
            Err(other) => return Err(other).context(case.name),
        };
        let name = &case.name;
        let line = Sketched {
            name,
            refused,
            window,
        };
        writeln!(figures, "{}", serde_json::to_string(&line)?)?;
    }
    Ok(())
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

fn keep(output: &TryOnOutput, out: &Path, name: &str) -> anyhow::Result<()> {
    let path = out.join(format!("{name}.png"));
    std::fs::write(&path, &output.png)
        .with_context(|| format!("cannot write {}", path.display()))?;
    let edited = output.edited.iter().map(|e| if *e { 255 } else { 0 });
    let size = (output.width, output.height);
    save(
        edited.collect(),
        size,
        &out.join(format!("{name}.edited.png")),
    )?;
    save(
        output.garment.clone(),
        size,
        &out.join(format!("{name}.garment.png")),
    )
}

fn save(mask: Vec<u8>, (width, height): (u32, u32), path: &Path) -> anyhow::Result<()> {
    image::GrayImage::from_raw(width, height, mask)
        .context("a mask is not of the result's size")?
        .save(path)
        .with_context(|| format!("cannot write {}", path.display()))
}
