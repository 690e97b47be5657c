//! The multiplications of a convolution, without gathering its input first.
//!
//! A plane is a picture's rows one after the other, with room between them for the padding. In a plane each place of the kernel
//! is one constant distance away, over the ends of rows too, so a run of neighbouring results needs runs of neighbouring inputs:
//! a direct convolution is vector loads and nothing else. Results in the room between rows mean nothing and are dropped.

#![expect(
    clippy::inline_always,
    reason = "only what is inlined into the dispatch is compiled for its instructions"
)]

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

/// Output channels that are summed up at once: with two vectors each they fill the registers of AVX2.
pub(super) const CHANNELS: usize = 6;
/// Vectors of neighbouring results that are summed up at once.
const VECTORS: usize = 2;
/// Numbers of a plane that may be read behind its last result: two of the widest vectors.
pub(super) const OVERHANG: usize = 32;

/// Weights in the order in which they are used: blocks of up to [`CHANNELS`] output channels; in a block for each input (channel
/// and place of the kernel) the weight of each output channel.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Weights {
    packed: Vec<f32>,
    bias: Vec<f32>,
    inputs: usize,
}

impl Weights {
    /// From `weights[output][input]`.
    pub(super) fn pack(weights: &[f32], bias: &[f32]) -> Self {
        let outputs = bias.len();
        let inputs = weights.len() / outputs.max(1);
        let mut packed = Vec::with_capacity(weights.len());
        for first in (0..outputs).step_by(CHANNELS) {
            let block = first..outputs.min(first + CHANNELS);
            for input in 0..inputs {
                packed.extend(block.clone().map(|output| weights[output * inputs + input]));
            }
        }
        Self {
            packed,
            bias: bias.to_vec(),
            inputs,
        }
    }

    /// Channels of the result.
    pub(super) fn outputs(&self) -> usize {
        self.bias.len()
    }

    /// The output channels of a block and its weights.
    fn blocks(&self) -> impl Iterator<Item = (Range<usize>, &[f32])> {
        let outputs = self.bias.len();
        (0..outputs).step_by(CHANNELS).map(move |first| {
            let block = first..outputs.min(first + CHANNELS);
            let weights = &self.packed[first * self.inputs..block.end * self.inputs];
            (block, weights)
        })
    }
}

/// One convolution of planes.
pub(super) struct Multiply<'a> {
    pub(super) weights: &'a Weights,
    /// Where the first result's input lies, per input.
    pub(super) starts: &'a [usize],
    /// All planes, and [`OVERHANG`] numbers behind what the last result needs.
    pub(super) planes: &'a [f32],
    /// Results per output channel.
    pub(super) length: usize,
    /// From one output channel's first result to the next one's; at least `length` and [`OVERHANG`].
    pub(super) stride: usize,
    /// Whether results below zero become zero.
    pub(super) is_rectified: bool,
    pub(super) results: &'a mut [f32],
}

impl Multiply<'_> {
    /// Does it with the widest vectors of this processor.
    pub(super) fn run(self) {
        Arch::new().dispatch(self);
    }
}

impl WithSimd for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let step = VECTORS * size_of::<S::f32s>() / size_of::<f32>();
        let floor = if self.is_rectified {
            0.0
        } else {
            f32::NEG_INFINITY
        };
        for at in (0..self.length).step_by(step) {
            let near = &self.planes[at..];
            for (block, weights) in self.weights.blocks() {
                let bias = &self.weights.bias[block.clone()];
                let results = &mut self.results[block.start * self.stride + at..];
                let sums = Sums {
                    weights,
                    starts: self.starts,
                    near,
                    bias,
                    floor,
                    stride: self.stride,
                };
                match bias.len() {
                    1 => sums.write::<S, 1>(simd, results),
                    2 => sums.write::<S, 2>(simd, results),
                    3 => sums.write::<S, 3>(simd, results),
                    4 => sums.write::<S, 4>(simd, results),
                    5 => sums.write::<S, 5>(simd, results),
                    _ => sums.write::<S, CHANNELS>(simd, results),
                }
            }
        }
    }
}

/// A few neighbouring results of one block of output channels.
struct Sums<'a> {
    weights: &'a [f32],
    starts: &'a [usize],
    near: &'a [f32],
    bias: &'a [f32],
    floor: f32,
    stride: usize,
}

impl Sums<'_> {
    #[inline(always)]
    fn write<S: Simd, const N: usize>(self, simd: S, results: &mut [f32]) {
        let step = VECTORS * size_of::<S::f32s>() / size_of::<f32>();
        let mut sums = [[simd.splat_f32s(0.0); VECTORS]; N];
        for (channel, bias) in sums.iter_mut().zip(self.bias) {
            *channel = [simd.splat_f32s(*bias); VECTORS];
        }
        for (weights, &start) in self.weights.chunks_exact(N).zip(self.starts) {
            let (inputs, _) = S::as_simd_f32s(&self.near[start..start + step]);
            let inputs = [inputs[0], inputs[1]];
            for channel in 0..N {
                let weight = simd.splat_f32s(weights[channel]);
                for vector in 0..VECTORS {
                    sums[channel][vector] =
                        simd.mul_add_e_f32s(weight, inputs[vector], sums[channel][vector]);
                }
            }
        }
        let floor = simd.splat_f32s(self.floor);
        for (channel, sums) in sums.iter().enumerate() {
            let at = channel * self.stride;
            let (out, _) = S::as_mut_simd_f32s(&mut results[at..at + step]);
            for (out, sum) in out.iter_mut().zip(sums) {
                *out = simd.max_f32s(*sum, floor);
            }
        }
    }
}
