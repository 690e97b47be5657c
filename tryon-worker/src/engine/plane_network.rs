//! Networks from planes to planes, which the engine makes of what it knows: how cloth hangs, how light it is.

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::error::{LoadError, TryOnError};
use super::pack;
use super::raster::Plane;
use super::runner::{Runner, Runtime, Shape};

/// What a pack says of such a network.
#[derive(Deserialize)]
pub(crate) struct Role {
    file: String,
    sha256: String,
    input: Tensor,
    output: Tensor,
}

#[derive(Deserialize)]
struct Tensor {
    shape: Shape,
}

/// Planes, rows and columns of what a network is told.
pub(crate) type Told = [usize; 3];

/// A network from planes of one size to planes of another.
pub(crate) struct PlaneNetwork {
    runner: Runner,
    told: Told,
    rows: usize,
    columns: usize,
}

impl PlaneNetwork {
    /// Loads the network that the pack in `dir` has for a role that is told `told` and answers with so many planes.
    pub(crate) fn load(
        dir: &Path,
        role: &Role,
        told: Told,
        answers: usize,
        runtime: &Runtime,
    ) -> Result<Self, LoadError> {
        let bytes = pack::verified(dir, &role.file, &role.sha256)?;
        let [one, planes, rows, columns] = role.output.shape;
        let input = [1, told[0], told[1], told[2]];
        let sides = 1..=told[1].max(told[2]);
        if role.input.shape != input
            || [one, planes] != [1, answers]
            || !(sides.contains(&rows) && sides.contains(&columns))
        {
            return Err(LoadError::Manifest(format!(
                "the shapes of {} are not {input:?} and [1, {answers}, rows, columns]",
                role.file
            )));
        }
        let runner = Runner::prepare(runtime, &role.file, &bytes, &[input], &[role.output.shape])?;
        Ok(Self {
            runner,
            told,
            rows,
            columns,
        })
    }

    /// Its answer to planes, row by row.
    pub(crate) fn answer(&self, told: Vec<f32>) -> Result<Vec<Plane>, TryOnError> {
        let answer = self.runner.run(&[told])?;
        let planes = answer[0].chunks_exact(self.rows * self.columns);
        let plane = |values: &[f32]| Plane {
            width: self.columns,
            height: self.rows,
            data: values.to_vec(),
        };
        Ok(planes.map(plane).collect())
    }

    /// Its answers to planes and to what a mirror shows of them, both at once.
    pub(crate) fn answer_both(
        &self,
        straight: Vec<f32>,
        mirrored: Vec<f32>,
    ) -> Result<[Vec<Plane>; 2], TryOnError> {
        let (one, other) = rayon::join(|| self.answer(straight), || self.answer(mirrored));
        Ok([one?, other?])
    }

    /// The means of its answer's planes, to numbers that `training/pack.py` also makes: channel, row and column give each.
    pub(crate) fn means(&self) -> Result<Vec<f32>, TryOnError> {
        let mean = |plane: &Plane| plane.data.iter().sum::<f32>() / plane.data.len() as f32;
        Ok(self.answer(self.numbers())?.iter().map(mean).collect())
    }

    /// How long one look takes.
    pub(crate) fn time(&self) -> Result<Duration, TryOnError> {
        let told = self.numbers();
        let since = Instant::now();
        self.answer(told)?;
        Ok(since.elapsed())
    }

    /// Planes that nothing real has, of whole numbers from 0 to 10.
    fn numbers(&self) -> Vec<f32> {
        let [planes, rows, columns] = self.told;
        let cell = |i: usize| {
            let (plane, row, column) = (i / (rows * columns), i / columns % rows, i % columns);
            ((7 * plane + 3 * row + column) % 11) as f32
        };
        (0..planes * rows * columns).map(cell).collect()
    }
}
