//! Operators of our own in tract's models, where they are much faster than its.

mod convolution;
mod grid_sample;
mod kernel;
mod planes;

use tract_onnx::prelude::*;
use tract_onnx::tract_core::ops::konst::Const;

/// Puts our operators where a model has ones that they can do; the others stay with tract.
pub(super) fn replace(mut model: TypedModel) -> TractResult<TypedModel> {
    for node in 0..model.nodes.len() {
        let node = model.node(node);
        let patch = match convolution::replacement(&model, node)? {
            Some(patch) => Some(patch),
            None => grid_sample::replacement(&model, node)?,
        };
        if let Some(patch) = patch {
            patch.apply(&mut model)?;
        }
    }
    Ok(model)
}

/// The numbers of an outlet that is the same for every input.
fn constant(model: &TypedModel, outlet: OutletId) -> TractResult<Option<Vec<f32>>> {
    let known = model.outlet_fact(outlet)?.konst.clone();
    let known = known.or_else(|| {
        let op = model.node(outlet.node).op_as::<Const>()?;
        Some(op.val().clone())
    });
    let Some(tensor) = known.filter(|tensor| tensor.datum_type() == f32::datum_type()) else {
        return Ok(None);
    };
    Ok(Some(tensor.try_as_plain_ram()?.as_slice::<f32>()?.to_vec()))
}
