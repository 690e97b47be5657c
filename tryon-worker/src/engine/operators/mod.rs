//! Operators of our own in tract's models, where they are much faster than its.

mod convolution;
mod grid_sample;
mod kernel;
mod planes;

use std::sync::Arc;

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

/// Operators between a constant and its use that are looked through: tract converts a bias, and drops its sides of one.
const LOOKED_THROUGH: usize = 4;

/// The numbers of an outlet that are the same for every input.
fn constant(model: &TypedModel, outlet: OutletId) -> TractResult<Option<Vec<f32>>> {
    let Some(tensor) = known(model, outlet, LOOKED_THROUGH)? else {
        return Ok(None);
    };
    if tensor.datum_type() != f32::datum_type() {
        return Ok(None);
    }
    Ok(Some(tensor.try_as_plain_ram()?.as_slice::<f32>()?.to_vec()))
}

/// The tensor that an outlet always is: tract folds small ones at once, the others only when it optimises.
fn known(model: &TypedModel, outlet: OutletId, depth: usize) -> TractResult<Option<Arc<Tensor>>> {
    if let Some(tensor) = &model.outlet_fact(outlet)?.konst {
        return Ok(Some(Arc::clone(tensor)));
    }
    let node = model.node(outlet.node);
    if let Some(op) = node.op_as::<Const>() {
        return Ok(Some(Arc::clone(op.val())));
    }
    let ([input], true) = (node.inputs.as_slice(), depth > 0) else {
        return Ok(None);
    };
    let Some(input) = known(model, *input, depth - 1)? else {
        return Ok(None);
    };
    let outputs = node.op.eval_out_of_plan(tvec!(input.into_tvalue()))?;
    let output = outputs.and_then(|mut outputs| {
        let is_there = outlet.slot < outputs.len();
        is_there.then(|| outputs.swap_remove(outlet.slot))
    });
    Ok(output.map(TValue::into_arc_tensor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_convolution_of_the_shipped_networks_is_ours() {
        let pack = concat!(env!("CARGO_MANIFEST_DIR"), "/models/drape-2026.2");
        let picture = [1, 3, 256, 192];
        for (network, input) in [
            ("drape-person.onnx", picture),
            ("drape-garment.onnx", picture),
            ("drape-settling.onnx", [1, 25, 160, 96]),
            ("drape-harmoniser.onnx", [1, 15, 96, 64]),
        ] {
            let model = tract_onnx::onnx()
                .model_for_path(format!("{pack}/{network}"))
                .unwrap()
                .with_input_fact(0, f32::fact(input).into())
                .unwrap();
            let model = replace(model.into_typed().unwrap()).unwrap();
            let model = model.into_optimized().unwrap();
            let count = |name: &str| {
                let nodes = model.nodes.iter();
                nodes.filter(|node| node.op.name() == name).count()
            };
            assert!(
                count("Convolution") > 30,
                "{network}: {}",
                count("Convolution")
            );
            // What tract makes of those that are left to it.
            assert_eq!(count("LazyIm2Col") + count("Im2col"), 0, "{network}");
        }
    }
}
