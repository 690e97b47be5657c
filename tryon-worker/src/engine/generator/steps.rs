//! Networks that make a picture step by step, out of noise.

use std::collections::HashMap;
use std::path::Path;

use chacha20::ChaCha8Rng;
use chacha20::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};

use super::super::error::{LoadError, TryOnError};
use super::super::runner::{Runtime, Shape};
use super::super::self_test::SelfTestReport;
use super::Effort;
use super::asked::Asked;
use super::levels::{Levels, Predicted, denoise};
use super::manifest::{Diffusion, Input, Network, Output, Told};

/// Encoders, a denoiser and a decoder, ready to be asked.
pub(super) struct Steps {
    levels: Levels,
    predicted: Predicted,
    /// How often the denoiser is asked, at ease and in a hurry.
    asked: [usize; 2],
    guidance: f32,
    sample: Shape,
    encoders: Vec<Asked>,
    denoiser: Asked,
    decoder: Asked,
}

/// What encoders made, by name.
type Encoded = HashMap<String, Vec<f32>>;

impl Steps {
    /// The networks of the pack in `dir`, of a checked manifest.
    pub(super) fn load(runtime: &Runtime, dir: &Path, told: Diffusion) -> Result<Self, LoadError> {
        let sample = told.sample()?;
        let load = |network: Network| {
            let (file, sha256) = (network.file, network.sha256);
            let shapes = (network.inputs, network.outputs);
            Asked::load(runtime, dir, [&file, &sha256], shapes, network.self_test)
        };
        let encoders: Result<_, _> = told.encoders.into_iter().map(load).collect();
        Ok(Self {
            levels: told.levels,
            predicted: told.predicts,
            asked: [told.steps, told.fast_steps.unwrap_or(told.steps)],
            guidance: told.guidance,
            sample,
            encoders: encoders?,
            denoiser: load(told.denoiser)?,
            decoder: load(told.decoder)?,
        })
    }

    /// What is made, and its numbers: `shown` are the values of inputs that are shown pictures. `going_on` hears the share of the way
    /// that is gone.
    pub(super) fn make(
        &self,
        shown: impl Fn(&Input) -> Vec<f32>,
        effort: &Effort,
        mut going_on: impl FnMut(f32) -> Result<(), TryOnError>,
    ) -> Result<(&Output, Vec<f32>), TryOnError> {
        let mut encoded = Encoded::new();
        for encoder in &self.encoders {
            going_on(0.0)?;
            let made =
                encoder.ask(|input| known(&encoded, input).unwrap_or_else(|| shown(input)))?;
            let names = encoder.outputs.iter().map(|output| output.name.clone());
            encoded.extend(names.zip(made));
        }
        // What the denoiser is told of pictures stays the same from step to step.
        let still: Vec<Vec<f32>> = self
            .denoiser
            .inputs
            .iter()
            .map(|input| {
                if matches!(input.role, Told::Sample | Told::Time) {
                    return Vec::new();
                }
                known(&encoded, input).unwrap_or_else(|| shown(input))
            })
            .collect();
        let levels = self.levels.visited(self.asked[usize::from(effort.is_fast)]);
        let noise = self.noise(effort.seed);
        let clean = denoise(&levels, self.predicted, noise, |sample, time, way| {
            going_on(way)?;
            self.predict(&still, sample, time)
        })?;
        going_on(1.0)?;
        let mut made = self.decoder.ask(|input| {
            if input.role == Told::Sample {
                return clean.clone();
            }
            known(&encoded, input).unwrap_or_else(|| shown(input))
        })?;
        Ok((&self.decoder.outputs[0], made.swap_remove(0)))
    }

    /// What the denoiser says of a sample, further away from what it says without its dropped inputs if it is guided.
    fn predict(
        &self,
        still: &[Vec<f32>],
        sample: &[f32],
        time: f32,
    ) -> Result<Vec<f32>, TryOnError> {
        let ask = |drops: bool| -> Result<Vec<f32>, TryOnError> {
            let mut still = still.iter();
            let mut said = self
                .denoiser
                .ask(|input| match (input.role, still.next()) {
                    (Told::Sample, _) => sample.to_vec(),
                    (Told::Time, _) => vec![time],
                    (_, Some(values)) if drops && input.dropped => vec![0.0; values.len()],
                    (_, values) => values.cloned().unwrap_or_default(),
                })?;
            Ok(said.swap_remove(0))
        };
        let mut with = ask(false)?;
        let is_guided = (self.guidance - 1.0).abs() > f32::EPSILON;
        if is_guided && self.denoiser.inputs.iter().any(|input| input.dropped) {
            for (with, without) in with.iter_mut().zip(ask(true)?) {
                *with = without + self.guidance * (*with - without);
            }
        }
        Ok(with)
    }

    /// Normally distributed numbers, the same for the same seed on every machine.
    fn noise(&self, seed: [u8; 32]) -> Vec<f32> {
        let random = ChaCha8Rng::from_seed(seed);
        let normal = <StandardNormal as Distribution<f32>>::sample_iter(StandardNormal, random);
        normal.take(self.sample.iter().product()).collect()
    }

    /// The self-tests of the networks that have one.
    pub(super) fn self_tests(&self) -> Result<Vec<SelfTestReport>, LoadError> {
        let encoders = self.encoders.iter().map(|encoder| ("encoder", encoder));
        let others = [("denoiser", &self.denoiser), ("decoder", &self.decoder)];
        let reports = encoders
            .chain(others)
            .filter_map(|(name, network)| network.self_test(name).transpose());
        reports.collect()
    }
}

/// What an encoder made for an input that is told it.
fn known(encoded: &Encoded, input: &Input) -> Option<Vec<f32>> {
    let is_told = input.role == Told::Encoded;
    is_told.then(|| encoded.get(&input.name).cloned()).flatten()
}
