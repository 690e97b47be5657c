//! One network of somebody else, and what it is told.

use std::path::Path;

use super::super::error::{LoadError, TryOnError};
use super::super::pack;
use super::super::runner::{Runner, Runtime, Shape};
use super::super::self_test::{Means, SelfTestReport};
use super::manifest::{Input, Output, Told};

/// A network, ready to be asked.
pub(super) struct Asked {
    runner: Runner,
    pub(super) inputs: Vec<Input>,
    pub(super) outputs: Vec<Output>,
    self_test: Option<Means>,
}

impl Asked {
    /// The network in a file of the pack in `dir`, whose digest is `sha256`.
    pub(super) fn load(
        runtime: &Runtime,
        dir: &Path,
        [file, sha256]: [&str; 2],
        (inputs, outputs): (Vec<Input>, Vec<Output>),
        self_test: Option<Means>,
    ) -> Result<Self, LoadError> {
        let bytes = pack::verified(dir, file, sha256)?;
        let [told, made]: [Vec<Shape>; 2] = [
            inputs.iter().map(|input| input.shape).collect(),
            outputs.iter().map(|output| output.shape).collect(),
        ];
        Ok(Self {
            runner: Runner::prepare(runtime, file, &bytes, &told, &made)?,
            inputs,
            outputs,
            self_test,
        })
    }

    /// Its outputs, each row by row in its shape, for what `told` says of its inputs.
    pub(super) fn ask(
        &self,
        told: impl FnMut(&Input) -> Vec<f32>,
    ) -> Result<Vec<Vec<f32>>, TryOnError> {
        let values: Vec<Vec<f32>> = self.inputs.iter().map(told).collect();
        self.runner.run(&values)
    }

    /// Its outputs for ramps: of pictures bytes from 0 to 255, of times 500, of all else from -1 to 1.
    pub(super) fn ask_by_rule(&self) -> Result<Vec<Vec<f32>>, TryOnError> {
        self.ask(|input| {
            let ramps = ramps(input.shape);
            match input.role {
                Told::Time => vec![500.0],
                Told::Encoded | Told::Sample => ramps.map(|v| v * 2.0 - 1.0).collect(),
                Told::Person
                | Told::Agnostic
                | Told::Garment
                | Told::GarmentMask
                | Told::Region => ramps
                    .map(|v| v * 255.0 * input.scale + input.offset)
                    .collect(),
            }
        })
    }

    /// How far it is from what it said where it was made, if its pack knows.
    pub(super) fn self_test(
        &self,
        name: &'static str,
    ) -> Result<Option<SelfTestReport>, LoadError> {
        let Some(test) = &self.self_test else {
            return Ok(None);
        };
        let failed = |error: TryOnError| LoadError::Network {
            file: name.to_owned(),
            reason: error.to_string(),
        };
        let answers = self.ask_by_rule().map_err(failed)?;
        let planes = answers.iter().zip(&self.outputs);
        let means = planes.flat_map(|(values, output)| {
            let [_, _, rows, columns] = output.shape;
            let planes = values.chunks_exact(rows * columns);
            planes.map(move |plane| mean_of_quarter(plane, rows, columns))
        });
        test.compare(
            name,
            "means of quarters of planes",
            &means.collect::<Vec<f32>>(),
        )
        .map(Some)
    }
}

/// Planes of 0 to 1 that rise across and down, each faster across than the one before it, and begin at 0 again.
fn ramps([_, planes, rows, columns]: Shape) -> impl Iterator<Item = f32> {
    let part = |at: usize, of: usize| (at as f64 + 0.5) / of as f64;
    (0..planes * rows * columns).map(move |i| {
        let (plane, row, column) = (i / (rows * columns), i / columns % rows, i % columns);
        let across = part(column, columns) * (plane + 1) as f64 / 2.0;
        (part(row, rows) + across).fract() as f32
    })
}

/// The mean of a plane's upper left quarter; of all of it, if it has but one row or column.
fn mean_of_quarter(plane: &[f32], rows: usize, columns: usize) -> f32 {
    let [rows, taken] = [rows, columns].map(|side| (side / 2).max(1));
    let quarter = plane
        .chunks_exact(columns)
        .take(rows)
        .flat_map(|row| &row[..taken]);
    quarter.sum::<f32>() / (rows * taken) as f32
}
