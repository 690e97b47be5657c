//! Whether all of a network lies in its own file, whose digest its manifest names. onnxruntime would read weights from any file that the
//! network points to; tract does not.

use tract_onnx::pb::{
    AttributeProto, GraphProto, NodeProto, SparseTensorProto, TensorProto,
    tensor_proto::DataLocation,
};
use tract_onnx::prelude::Framework;

/// An error where these bytes are no network, or parts of it lie elsewhere.
pub(super) fn check(bytes: &[u8]) -> Result<(), String> {
    let model = tract_onnx::onnx()
        .proto_model_for_read(&mut &*bytes)
        .map_err(|error| format!("{error:#}"))?;
    let functions = model.functions.iter().flat_map(|function| &function.node);
    let training = (model.training_info.iter())
        .flat_map(|training| [&training.initialization, &training.algorithm]);
    let graphs = training.flatten().chain(&model.graph);
    if graphs.into_iter().any(of_graph) || functions.into_iter().any(of_node) {
        return Err("parts of it lie in other files".to_owned());
    }
    Ok(())
}

// Each says whether there is something of it elsewhere. Graphs within graphs are as deep as the parser of the bytes lets them be.

fn of_graph(graph: &GraphProto) -> bool {
    graph.initializer.iter().any(of_tensor)
        || graph.sparse_initializer.iter().any(of_sparse)
        || graph.node.iter().any(of_node)
}

fn of_node(node: &NodeProto) -> bool {
    node.attribute.iter().any(of_attribute)
}

fn of_attribute(attribute: &AttributeProto) -> bool {
    let AttributeProto {
        t,
        tensors,
        g,
        graphs,
        sparse_tensor,
        sparse_tensors,
        ..
    } = attribute;
    t.iter().chain(tensors).any(of_tensor)
        || g.iter().chain(graphs).any(of_graph)
        || sparse_tensor.iter().chain(sparse_tensors).any(of_sparse)
}

fn of_sparse(tensor: &SparseTensorProto) -> bool {
    tensor.values.iter().chain(&tensor.indices).any(of_tensor)
}

fn of_tensor(tensor: &TensorProto) -> bool {
    tensor.data_location == Some(DataLocation::External as i32) || !tensor.external_data.is_empty()
}
