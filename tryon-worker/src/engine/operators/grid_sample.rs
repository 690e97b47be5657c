//! Resampling of pictures at places that a network has found (ONNX `GridSample`): bilinear, in two dimensions.
//!
//! tract looks every channel's neighbours up anew; here the four neighbours of a place and their shares are found once.

use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::{
    EvalContext, EvalOp, StaticName, as_op, bail, op_as_typed_op, op_out_of_plan,
};
use tract_onnx::tract_core::ops::nn::grid_sample::{
    GridSample as Known, InterpolationMode, PaddingMode,
};

/// What takes the place of a node, if it resamples in a way that is done here.
pub(super) fn replacement(
    model: &TypedModel,
    node: &TypedNode,
) -> TractResult<Option<TypedModelPatch>> {
    let Some(known) = node.op_as::<Known>() else {
        return Ok(None);
    };
    let [picture, grid] = [0, 1].map(|input| {
        let fact = model.outlet_fact(node.inputs[input])?;
        let shape = fact.shape.as_concrete().map(<[usize]>::to_vec);
        let is_plain = fact.datum_type == f32::datum_type();
        TractResult::Ok(shape.filter(|shape| is_plain && shape.len() == 4))
    });
    let (Some(picture), Some(grid)) = (picture?, grid?) else {
        return Ok(None);
    };
    let is_known = known.mode == InterpolationMode::Bilinear
        && known.padding_mode != PaddingMode::Reflection
        && picture[0] == grid[0]
        && grid[3] == 2
        && picture[2..].iter().all(|side| *side > 0);
    if !is_known {
        return Ok(None);
    }
    let op = GridSample {
        picture: [picture[0], picture[1], picture[2], picture[3]],
        output: [grid[1], grid[2]],
        goes_on: known.padding_mode == PaddingMode::Border,
        corners_are_centres: known.align_corners,
    };
    TypedModelPatch::replace_single_op(model, node, &node.inputs, op).map(Some)
}

/// Resamples pictures whose shapes are known beforehand.
#[derive(Debug, Clone, PartialEq, Eq)]
struct GridSample {
    /// Pictures, channels, rows, columns.
    picture: [usize; 4],
    /// Rows, columns.
    output: [usize; 2],
    /// Outside of the picture its border goes on; otherwise there are zeros.
    goes_on: bool,
    /// -1 and 1 are the centres of the outermost pixels; otherwise their outer edges.
    corners_are_centres: bool,
}

/// The four pixels around a place, and the share of each.
type Neighbours = [(u32, f32); 4];

impl GridSample {
    /// Where a coordinate from -1 to 1 lies among `count` pixels; the first one's centre is at 0.
    fn place(&self, at: f32, count: usize) -> f32 {
        let count = count as f32;
        let place = if self.corners_are_centres {
            f32::midpoint(at, 1.0) * (count - 1.0)
        } else {
            ((at + 1.0) * count - 1.0) / 2.0
        };
        let place = if place.is_finite() { place } else { -2.0 };
        if self.goes_on {
            place.clamp(0.0, count - 1.0)
        } else {
            // What lies further out is as far away as one pixel before the first.
            place.clamp(-2.0, count + 1.0)
        }
    }

    fn neighbours(&self, at: [f32; 2]) -> Neighbours {
        let [.., rows, columns] = self.picture;
        let (x, y) = (self.place(at[0], columns), self.place(at[1], rows));
        let (left, top) = (x.floor(), y.floor());
        let (right_share, bottom_share) = (x - left, y - top);
        [
            (0.0, 0.0, (1.0 - right_share) * (1.0 - bottom_share)),
            (1.0, 0.0, right_share * (1.0 - bottom_share)),
            (0.0, 1.0, (1.0 - right_share) * bottom_share),
            (1.0, 1.0, right_share * bottom_share),
        ]
        .map(|(across, down, share)| {
            let (x, y) = (left + across, top + down);
            let is_inside = x >= 0.0 && y >= 0.0 && x < columns as f32 && y < rows as f32;
            if is_inside {
                ((y as usize * columns + x as usize) as u32, share)
            } else {
                (0, 0.0)
            }
        })
    }

    fn sample(&self, pictures: &[f32], grids: &[f32]) -> Vec<f32> {
        let [_, channels, rows, columns] = self.picture;
        let places = self.output[0] * self.output[1];
        let mut output = Vec::with_capacity(self.picture[0] * channels * places);
        for (picture, grid) in pictures
            .chunks_exact(channels * rows * columns)
            .zip(grids.chunks_exact(places * 2))
        {
            let (grid, _) = grid.as_chunks::<2>();
            let neighbours: Vec<Neighbours> = grid.iter().map(|at| self.neighbours(*at)).collect();
            for channel in picture.chunks_exact(rows * columns) {
                output.extend(neighbours.iter().map(|neighbours| {
                    let shares = neighbours.iter();
                    shares
                        .map(|(at, share)| channel[*at as usize] * share)
                        .sum::<f32>()
                }));
            }
        }
        output
    }
}

impl Op for GridSample {
    fn name(&self) -> StaticName {
        "GridSample".into()
    }

    op_as_typed_op!();
}

impl EvalOp for GridSample {
    op_out_of_plan!();

    fn eval(&self, _: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let pictures = inputs[0].try_as_plain_ram()?.as_slice::<f32>()?;
        let grids = inputs[1].try_as_plain_ram()?.as_slice::<f32>()?;
        let [count, channels, ..] = self.picture;
        let [rows, columns] = self.output;
        let wanted = [self.picture.iter().product(), count * rows * columns * 2];
        if [pictures.len(), grids.len()] != wanted {
            bail!(
                "a resampling of {wanted:?} numbers was given {} and {}",
                pictures.len(),
                grids.len()
            );
        }
        let shape = [count, channels, rows, columns];
        let output = Tensor::from_shape(&shape, &self.sample(pictures, grids))?;
        Ok(tvec!(output.into_tvalue()))
    }
}

impl TypedOp for GridSample {
    fn output_facts(&self, _: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let [count, channels, ..] = self.picture;
        let [rows, columns] = self.output;
        Ok(tvec!(f32::fact([count, channels, rows, columns])))
    }

    as_op!();
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "test")]

    use super::*;

    /// The same by tract's own operator.
    fn known(ours: &GridSample, picture: &[f32], grid: &[f32]) -> Vec<f32> {
        let op = Known {
            mode: InterpolationMode::Bilinear,
            padding_mode: if ours.goes_on {
                PaddingMode::Border
            } else {
                PaddingMode::Zeros
            },
            align_corners: ours.corners_are_centres,
        };
        let [rows, columns] = ours.output;
        let picture = Tensor::from_shape(&ours.picture, picture).unwrap();
        let grid = Tensor::from_shape(&[ours.picture[0], rows, columns, 2], grid).unwrap();
        let inputs = tvec!(picture.into_tvalue(), grid.into_tvalue());
        let found = op.eval_out_of_plan(inputs).unwrap().unwrap();
        let plain = found[0].try_as_plain_ram().unwrap();
        plain.as_slice::<f32>().unwrap().to_vec()
    }

    #[test]
    fn it_samples_as_tract_does() {
        let picture: Vec<f32> = (0..2 * 3 * 5 * 7)
            .map(|i| ((i * 37) % 101) as f32)
            .collect();
        // Inside, on the border, just and far outside.
        let grid: Vec<f32> = (0..2 * 4 * 6 * 2)
            .map(|i| ((i * 53) % 97) as f32 / 97.0 * 3.4 - 1.7)
            .collect();
        for goes_on in [false, true] {
            for corners_are_centres in [false, true] {
                let ours = GridSample {
                    picture: [2, 3, 5, 7],
                    output: [4, 6],
                    goes_on,
                    corners_are_centres,
                };
                let (found, expected) =
                    (ours.sample(&picture, &grid), known(&ours, &picture, &grid));
                assert_eq!(found.len(), expected.len());
                for (found, expected) in found.iter().zip(&expected) {
                    assert!(
                        (found - expected).abs() < 1e-3,
                        "{found} is not {expected}: {ours:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn places_that_are_no_numbers_read_nothing_outside() {
        let ours = GridSample {
            picture: [1, 1, 2, 2],
            output: [1, 3],
            goes_on: false,
            corners_are_centres: false,
        };
        let grid = [f32::NAN, 0.0, f32::INFINITY, 0.0, -1e30, f32::NAN];
        assert_eq!(ours.sample(&[1.0; 4], &grid), [0.0; 3]);
    }
}
