//! Convolutions that multiply as fast as this processor can.
//!
//! tract gathers the pixels of a 3 by 3 convolution for its matrix kernels while it multiplies, which takes more than half of the time.
//! Here the input is copied into padded planes once, and [`super::kernel`] convolves those directly: the method of J. Zhang and
//! others, "High Performance Zero-Memory Overhead Direct Convolutions" (ICML 2018), with rows and channels as tract has them.

use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::{
    EvalContext, EvalOp, StaticName, as_op, bail, op_as_typed_op, op_out_of_plan,
};
use tract_onnx::tract_core::ops::binary::TypedBinOp;
use tract_onnx::tract_core::ops::cnn::{Conv, KernelFormat};
use tract_onnx::tract_core::ops::math::Max;
use tract_onnx::tract_core::ops::nn::DataFormat;

use super::constant;
use super::kernel::{Multiply, OVERHANG, Weights};
use super::planes::Geometry;

/// What takes the place of a node and of the rectifier behind it, if it is a convolution of ours.
pub(super) fn replacement(
    model: &TypedModel,
    node: &TypedNode,
) -> TractResult<Option<TypedModelPatch>> {
    let Some(conv) = node.op_as::<Conv>() else {
        return Ok(None);
    };
    let Some(mut convolution) = Convolution::of(model, node, conv)? else {
        return Ok(None);
    };
    let mut replaced = node;
    if let Some(rectifier) = rectifier(model, node)? {
        convolution.is_rectified = true;
        replaced = rectifier;
    }
    let mut patch = TypedModelPatch::default();
    let input = patch.tap_model(model, node.inputs[0])?;
    let output = patch.wire_node(format!("{}.direct", node.name), convolution, &[input])?[0];
    patch.shunt_outside(model, OutletId::new(replaced.id, 0), output)?;
    Ok(Some(patch))
}

/// The only reader of a node, where it is one that takes the larger of the node and zero.
fn rectifier<'a>(model: &'a TypedModel, node: &TypedNode) -> TractResult<Option<&'a TypedNode>> {
    let [reader] = node.outputs[0].successors.as_slice() else {
        return Ok(None);
    };
    let is_output = model.outputs.contains(&OutletId::new(node.id, 0));
    let reader = model.node(reader.node);
    let is_max = reader
        .op_as::<TypedBinOp>()
        .is_some_and(|op| op.0.is::<Max>());
    if is_output || !is_max {
        return Ok(None);
    }
    for input in reader.inputs.iter().filter(|input| input.node != node.id) {
        if let Some(other) = constant(model, *input)?
            && other.iter().all(|value| *value == 0.0)
        {
            return Ok(Some(reader));
        }
    }
    Ok(None)
}

/// A convolution of one picture: shapes, padding, strides and weights are known beforehand.
#[derive(Debug, Clone, PartialEq)]
struct Convolution {
    geometry: Geometry,
    /// Where the first result's input lies in the planes, for each channel and place of the kernel.
    starts: Vec<usize>,
    weights: Weights,
    /// Whether results below zero become zero.
    is_rectified: bool,
}

impl Eq for Convolution {}

impl Convolution {
    /// With `weights[output][channel][row][column]`.
    fn new(geometry: Geometry, weights: &[f32], bias: &[f32]) -> Self {
        Self {
            starts: geometry.starts(),
            geometry,
            weights: Weights::pack(weights, bias),
            is_rectified: false,
        }
    }

    /// The same as one of tract's; none where that is of a kind that this one does not do.
    fn of(model: &TypedModel, node: &TypedNode, conv: &Conv) -> TractResult<Option<Self>> {
        let pool = &conv.pool_spec;
        let fact = model.outlet_fact(node.inputs[0])?;
        let is_plain = conv.group == 1
            && conv.q_params.is_none()
            && conv.kernel_fmt == KernelFormat::OIHW
            && pool.data_format == DataFormat::NCHW
            && pool.rank() == 2
            && fact.datum_type == f32::datum_type();
        let shape = fact.shape.as_concrete().map(<[usize]>::to_vec);
        let (true, Some([1, channels, rows, columns])) = (is_plain, shape.as_deref()) else {
            return Ok(None);
        };
        let (Some(weights), Some(bias)) = (
            constant(model, node.inputs[1])?,
            constant(model, node.inputs[2])?,
        ) else {
            return Ok(None);
        };
        let outputs = pool.output_channels;
        let bias = if bias.len() == 1 {
            vec![bias[0]; outputs]
        } else {
            bias
        };
        let padded = pool.computed_padding(&[*rows, *columns]);
        let kernel = [pool.kernel_shape[0], pool.kernel_shape[1]];
        if bias.len() != outputs || weights.len() != outputs * channels * kernel[0] * kernel[1] {
            return Ok(None);
        }
        let geometry = Geometry {
            input: [*channels, *rows, *columns],
            output: [padded[0].convoluted, padded[1].convoluted],
            kernel,
            padding: [padded[0].pad_before, padded[1].pad_before],
            strides: [pool.stride(0), pool.stride(1)],
            dilations: [pool.dilation(0), pool.dilation(1)],
        };
        Ok(Some(Self::new(geometry, &weights, &bias)))
    }

    /// Convolves `channels * rows * columns` numbers.
    fn convolve(&self, input: &[f32]) -> Vec<f32> {
        let [rows, columns] = self.geometry.output;
        let across = self.geometry.plane()[1];
        // Behind the last row's last result nothing is wanted.
        let length = (rows - 1) * across + columns;
        let stride = length + OVERHANG;
        let outputs = self.weights.outputs();
        let mut results = vec![0.0; outputs * stride];
        Multiply {
            weights: &self.weights,
            starts: &self.starts,
            planes: &self.geometry.planes(input),
            length,
            stride,
            is_rectified: self.is_rectified,
            results: &mut results,
        }
        .run();
        let mut output = Vec::with_capacity(outputs * rows * columns);
        for channel in results.chunks_exact(stride) {
            for row in channel.chunks(across).take(rows) {
                output.extend_from_slice(&row[..columns]);
            }
        }
        output
    }
}

impl Op for Convolution {
    fn name(&self) -> StaticName {
        "Convolution".into()
    }

    op_as_typed_op!();
}

impl EvalOp for Convolution {
    op_out_of_plan!();

    fn eval(&self, _: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let input = inputs[0].try_as_plain_ram()?.as_slice::<f32>()?;
        let wanted = self.geometry.input;
        if input.len() != wanted.iter().product::<usize>() {
            bail!(
                "a convolution of {wanted:?} was given {} numbers",
                input.len()
            );
        }
        let [rows, columns] = self.geometry.output;
        let shape = [1, self.weights.outputs(), rows, columns];
        let output = Tensor::from_shape(&shape, &self.convolve(input))?;
        Ok(tvec!(output.into_tvalue()))
    }
}

impl TypedOp for Convolution {
    fn output_facts(&self, _: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let [rows, columns] = self.geometry.output;
        let shape = [1, self.weights.outputs(), rows, columns];
        Ok(tvec!(f32::fact(shape)))
    }

    as_op!();
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look like chance, from -1 to 1.
    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        let mut state = seed.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
        (0..count)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / (1 << 23) as f32 - 1.0
            })
            .collect()
    }

    /// The definition of a convolution.
    fn defined(geometry: &Geometry, weights: &[f32], bias: &[f32], input: &[f32]) -> Vec<f32> {
        let [channels, height, width] = geometry.input;
        let [kernel_rows, kernel_columns] = geometry.kernel;
        let mut output = Vec::new();
        for (filter, bias) in weights
            .chunks_exact(channels * kernel_rows * kernel_columns)
            .zip(bias)
        {
            for row in 0..geometry.output[0] {
                for column in 0..geometry.output[1] {
                    let mut sum = f64::from(*bias);
                    for (at, weight) in filter.iter().enumerate() {
                        let (channel, place) = (
                            at / (kernel_rows * kernel_columns),
                            at % (kernel_rows * kernel_columns),
                        );
                        let y = row * geometry.strides[0]
                            + place / kernel_columns * geometry.dilations[0];
                        let x = column * geometry.strides[1]
                            + place % kernel_columns * geometry.dilations[1];
                        let inside = (geometry.padding[0]..geometry.padding[0] + height)
                            .contains(&y)
                            && (geometry.padding[1]..geometry.padding[1] + width).contains(&x);
                        if inside {
                            let (y, x) = (y - geometry.padding[0], x - geometry.padding[1]);
                            sum += f64::from(*weight)
                                * f64::from(input[(channel * height + y) * width + x]);
                        }
                    }
                    output.push(sum as f32);
                }
            }
        }
        output
    }

    /// Padded on all sides by the same.
    fn geometry(
        input: [usize; 3],
        kernel: usize,
        pad: usize,
        stride: usize,
        dilation: usize,
    ) -> Geometry {
        let output = [input[1], input[2]]
            .map(|side| (side + 2 * pad - dilation * (kernel - 1) - 1) / stride + 1);
        Geometry {
            input,
            output,
            kernel: [kernel; 2],
            padding: [pad; 2],
            strides: [stride; 2],
            dilations: [dilation; 2],
        }
    }

    #[test]
    fn it_is_what_a_convolution_is_defined_as() {
        let mut seed = 0;
        for [height, width] in [[1, 1], [5, 7], [8, 6], [16, 33], [31, 64]] {
            for [channels, outputs] in [[1, 1], [3, 16], [7, 6], [10, 13], [4, 11], [5, 20]] {
                for [kernel, pad, stride, dilation] in [
                    [1, 0, 1, 1],
                    [3, 1, 1, 1],
                    [3, 1, 2, 1],
                    [3, 2, 1, 2],
                    [3, 3, 2, 3],
                    [5, 2, 3, 1],
                    [1, 0, 2, 1],
                ] {
                    seed += 1;
                    let geometry =
                        geometry([channels, height, width], kernel, pad, stride, dilation);
                    let input = numbers(channels * height * width, seed);
                    let weights = numbers(outputs * channels * kernel * kernel, seed + 1);
                    let bias = numbers(outputs, seed + 2);
                    let mut convolution = Convolution::new(geometry, &weights, &bias);
                    let expected = defined(&convolution.geometry, &weights, &bias, &input);
                    for is_rectified in [false, true] {
                        convolution.is_rectified = is_rectified;
                        let found = convolution.convolve(&input);
                        assert_eq!(found.len(), expected.len());
                        for (found, expected) in found.iter().zip(&expected) {
                            let expected = if is_rectified {
                                expected.max(0.0)
                            } else {
                                *expected
                            };
                            assert!(
                                (found - expected).abs() < 1e-4,
                                "{found} is not {expected}: {:?}",
                                convolution.geometry
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_not_a_number_does_not_get_lost() {
        let mut convolution = Convolution::new(geometry([1, 3, 3], 3, 1, 1, 1), &[1.0; 9], &[0.0]);
        convolution.is_rectified = false;
        let found = convolution.convolve(&[f32::NAN; 9]);
        assert!(found.iter().all(|value| !value.is_finite()));
    }
}
