//! Runs networks of known shapes: with tract, or with an onnxruntime that an operator names.
//!
//! Whichever it is, a network gets the shapes that its manifest says and answers in them, with numbers that are all finite; whatever
//! else happens is an error that says what.

mod library;
mod onnxruntime;
mod runtime;
mod self_contained;
mod tract;

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::error::{LoadError, TryOnError};

pub use self::runtime::Runtime;

/// Pictures, channels, rows, columns.
pub(crate) type Shape = [usize; 4];

/// How many threads an engine's work is spread over: those of its own, and those of an onnxruntime.
pub(crate) fn threads() -> usize {
    std::thread::available_parallelism().map_or(2, |n| n.get().min(4))
}

/// A network, ready to run. Its inputs and outputs have the shapes that its manifest says.
pub(crate) struct Runner(Network);

enum Network {
    Tract(tract::Network),
    Onnxruntime(onnxruntime::Network),
}

impl Runner {
    /// What runs the network of these bytes; `file` is what they are called if they cannot be run.
    pub(crate) fn prepare(
        runtime: &Runtime,
        file: &str,
        bytes: &[u8],
        inputs: &[Shape],
        outputs: &[Shape],
    ) -> Result<Self, LoadError> {
        let prepare = || match runtime.library() {
            None => tract::Network::prepare(bytes, inputs, outputs).map(Network::Tract),
            Some(library) => onnxruntime::Network::prepare(library, bytes, inputs, outputs)
                .map(Network::Onnxruntime),
        };
        // Both assert here and there that a network is a sound one. Nothing of it is kept.
        let prepared = catch_unwind(AssertUnwindSafe(prepare))
            .unwrap_or_else(|_| Err("its nodes do not fit together".to_owned()));
        prepared.map(Self).map_err(|reason| LoadError::Network {
            file: file.to_owned(),
            reason,
        })
    }

    /// The network's outputs for its inputs, each row by row in its shape. All numbers are finite.
    pub(crate) fn run(&self, inputs: &[Vec<f32>]) -> Result<Vec<Vec<f32>>, TryOnError> {
        let answer = match &self.0 {
            Network::Tract(network) => network.run(inputs),
            Network::Onnxruntime(network) => network.run(inputs),
        };
        answer.map_err(TryOnError::Fault)
    }
}

/// An output's numbers, if it is one of this shape and they are all finite.
fn whole(values: &[f32], shape: Shape) -> Result<Vec<f32>, String> {
    let is_whole = values.len() == shape.iter().product::<usize>();
    if is_whole && values.iter().all(|value| value.is_finite()) {
        Ok(values.to_vec())
    } else {
        Err("the network answered with other numbers than its manifest says".to_owned())
    }
}

/// Why a network does not fit its manifest.
const OTHER_NUMBER: &str = "it has another number of inputs or outputs than its manifest says";
const OTHER_OUTPUTS: &str = "its outputs have other shapes than its manifest says";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_its_shape_and_is_finite() {
        let shape = [1, 1, 1, 2];
        assert!(whole(&[0.5, -2.0], shape).is_ok());
        for other in [&[0.5][..], &[0.5, 1.0, 2.0], &[0.5, f32::NAN]] {
            assert!(whole(other, shape).is_err(), "{other:?}");
        }
    }
}
