//! `drape-tryon-worker evaluate`: many try-ons with one loaded pack, their pictures and a line of figures each.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use tryon_worker::engine::{Category, Engine, TryOnError, TryOnInput, TryOnOutput};

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
struct Outcome {
    name: String,
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
    each(list, out, figures, |case| {
        let since = Instant::now();
        let answer = engine.try_on(&case.input(), |_, _| ControlFlow::Continue(()));
        let total_ms = since.elapsed().as_secs_f64() * 1e3;
        let (refused, stages) = match unless_refused(answer)? {
            Ok(output) => {
                keep(&output, out, &case.name)?;
                let named = output.stages.iter().map(|(s, ms)| (s.name(), *ms));
                (None, named.collect())
            }
            Err(code) => (Some(code), Vec::new()),
        };
        Ok(Outcome {
            name: case.name,
            refused,
            stages,
            total_ms,
        })
    })
}

/// Makes the folder `out`, and writes a JSON line of `told` for each case of `list` to `figures`.
pub(crate) fn each<L: Serialize>(
    list: &Path,
    out: &Path,
    figures: &mut impl Write,
    told: impl Fn(Case) -> anyhow::Result<L>,
) -> anyhow::Result<()> {
    std::fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    for case in Case::read_all(list)? {
        let case = case?;
        let name = case.name.clone();
        let line = told(case).context(name)?;
        writeln!(figures, "{}", serde_json::to_string(&line)?)?;
    }
    Ok(())
}

/// What was made, or the code of the refusal.
pub(crate) fn unless_refused<T>(
    answer: Result<T, TryOnError>,
) -> Result<Result<T, &'static str>, TryOnError> {
    match answer {
        Ok(made) => Ok(Ok(made)),
        Err(TryOnError::Refused(refusal)) => Ok(Err(refusal.code())),
        Err(other) => Err(other),
    }
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
