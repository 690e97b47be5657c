//! A network in tract, with operators of our own.

use std::sync::Arc;

use tract_onnx::prelude::*;

use super::super::operators;
use super::{OTHER_NUMBER, OTHER_OUTPUTS, Shape, whole};

/// A network that tract has optimised.
pub(super) struct Network {
    runnable: Arc<TypedRunnableModel>,
    inputs: Vec<Shape>,
    outputs: Vec<Shape>,
}

impl Network {
    /// The network of these bytes; an error says what is wrong with it.
    pub(super) fn prepare(
        bytes: &[u8],
        inputs: &[Shape],
        outputs: &[Shape],
    ) -> Result<Self, String> {
        Ok(Self {
            runnable: optimise(bytes, inputs, outputs).map_err(|error| told(&error))?,
            inputs: inputs.to_vec(),
            outputs: outputs.to_vec(),
        })
    }

    /// Its outputs for these inputs.
    pub(super) fn run(&self, inputs: &[Vec<f32>]) -> Result<Vec<Vec<f32>>, String> {
        let values = self.inputs.iter().zip(inputs);
        let tensors = values
            .map(|(shape, values)| Ok(Tensor::from_shape(shape, values)?.into_tvalue()))
            .collect::<TractResult<TVec<TValue>>>()
            .map_err(|error| told(&error))?;
        let answer = self.runnable.run(tensors).map_err(|error| told(&error))?;
        let read = |(value, shape): (&TValue, &Shape)| {
            let value = value.try_as_plain_ram().map_err(|error| told(&error))?;
            whole(
                value.as_slice::<f32>().map_err(|error| told(&error))?,
                *shape,
            )
        };
        answer.iter().zip(&self.outputs).map(read).collect()
    }
}

fn told(error: &TractError) -> String {
    format!("{error:#}")
}

fn optimise(
    bytes: &[u8],
    inputs: &[Shape],
    outputs: &[Shape],
) -> TractResult<Arc<TypedRunnableModel>> {
    let mut model = tract_onnx::onnx().model_for_read(&mut &*bytes)?;
    if model.inputs.len() != inputs.len() || model.outputs.len() < outputs.len() {
        return Err(TractError::msg(OTHER_NUMBER));
    }
    for (index, shape) in inputs.iter().enumerate() {
        model = model.with_input_fact(index, f32::fact(*shape).into())?;
    }
    let model = operators::replace(model.into_typed()?)?.into_optimized()?;
    for (index, wanted) in outputs.iter().enumerate() {
        if model.output_fact(index)?.shape.as_concrete() != Some(&wanted[..]) {
            return Err(TractError::msg(OTHER_OUTPUTS));
        }
    }
    model.into_runnable()
}
