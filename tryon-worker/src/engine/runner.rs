//! Runs a network of known shapes with tract.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tract_onnx::prelude::*;

use super::error::{LoadError, TryOnError};
use super::operators;

/// Pictures, channels, rows, columns.
pub(crate) type Shape = [usize; 4];

/// A network, ready to run. Its inputs and outputs have the shapes that its manifest says.
pub(crate) struct Runner {
    runnable: Arc<TypedRunnableModel>,
    inputs: Vec<Shape>,
    outputs: Vec<Shape>,
}

impl Runner {
    /// What runs the network of these bytes; `file` is what they are called if they cannot be run.
    pub(crate) fn prepare(
        file: &str,
        bytes: &[u8],
        inputs: &[Shape],
        outputs: &[Shape],
    ) -> Result<Self, LoadError> {
        let unsound = |reason: String| LoadError::Network {
            file: file.to_owned(),
            reason,
        };
        // tract asserts here and there that a network is a sound one. Nothing of it is kept.
        match catch_unwind(AssertUnwindSafe(|| optimise(bytes, inputs, outputs))) {
            Ok(Ok(runnable)) => Ok(Self {
                runnable,
                inputs: inputs.to_vec(),
                outputs: outputs.to_vec(),
            }),
            Ok(Err(error)) => Err(unsound(format!("{error:#}"))),
            Err(_) => Err(unsound("its nodes do not fit together".to_owned())),
        }
    }

    /// The network's outputs for its inputs, each row by row in its shape. All numbers are finite.
    pub(crate) fn run(&self, inputs: &[Vec<f32>]) -> Result<Vec<Vec<f32>>, TryOnError> {
        let run = || -> TractResult<Vec<Vec<f32>>> {
            let values = self.inputs.iter().zip(inputs);
            let tensors = values
                .map(|(shape, values)| Ok(Tensor::from_shape(shape, values)?.into_tvalue()))
                .collect::<TractResult<TVec<TValue>>>()?;
            let answer = self.runnable.run(tensors)?;
            let read = |(value, shape): (&TValue, &Shape)| -> TractResult<Vec<f32>> {
                let values = value.try_as_plain_ram()?.as_slice::<f32>()?;
                let is_whole = values.len() == shape.iter().product::<usize>();
                if !is_whole || values.iter().any(|v| !v.is_finite()) {
                    return Err(TractError::msg(
                        "the network answered with other numbers than its manifest says",
                    ));
                }
                Ok(values.to_vec())
            };
            answer.iter().zip(&self.outputs).map(read).collect()
        };
        run().map_err(|e| TryOnError::Fault(format!("{e:#}")))
    }
}

fn optimise(
    bytes: &[u8],
    inputs: &[Shape],
    outputs: &[Shape],
) -> TractResult<Arc<TypedRunnableModel>> {
    let mut model = tract_onnx::onnx().model_for_read(&mut &*bytes)?;
    if model.inputs.len() != inputs.len() || model.outputs.len() < outputs.len() {
        return Err(TractError::msg(
            "it has another number of inputs or outputs than its manifest says",
        ));
    }
    for (index, shape) in inputs.iter().enumerate() {
        model = model.with_input_fact(index, f32::fact(*shape).into())?;
    }
    let model = operators::replace(model.into_typed()?)?.into_optimized()?;
    for (index, wanted) in outputs.iter().enumerate() {
        if model.output_fact(index)?.shape.as_concrete() != Some(&wanted[..]) {
            return Err(TractError::msg(
                "its outputs have other shapes than its manifest says",
            ));
        }
    }
    model.into_runnable()
}
