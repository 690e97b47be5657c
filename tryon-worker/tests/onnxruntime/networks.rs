//! Networks of others in it: what they make, and what is wrong with those that cannot be used.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use prost::Message;
use sha2::{Digest, Sha256};
use tract_onnx::pb::{
    ModelProto, StringStringEntryProto, ValueInfoProto, tensor_proto::DataLocation,
    tensor_shape_proto::dimension::Value, type_proto,
};
use tryon_worker::engine::{Category, Engine, LoadError, TryOnInput};

use crate::{demo, engine, pack, root};

fn generator(name: &str) -> PathBuf {
    root().join("tests/packs").join(name)
}

fn tee(engine: &Engine) -> Vec<u8> {
    let input = TryOnInput {
        person: &demo("people/person-03.jpg"),
        garment: &demo("garments/high-trails-tee.jpg"),
        category: Category::Tops,
    };
    let made = engine.try_on(&input, |_, _| ControlFlow::Continue(()));
    made.unwrap().png
}

/// A copy of the flow's pack with another network and, in its manifest, other words.
fn rewritten(network: impl Fn(&mut ModelProto), words: [&str; 2]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(generator("flow").join("generator.onnx")).unwrap();
    let mut model = ModelProto::decode(bytes.as_slice()).unwrap();
    network(&mut model);
    let other = model.encode_to_vec();
    let text = std::fs::read_to_string(generator("flow").join("pack.toml")).unwrap();
    let digest = |bytes: &[u8]| hex::encode(Sha256::digest(bytes));
    let [from, to] = words;
    assert!(text.contains(from) && text.contains(&digest(&bytes)));
    let text = text
        .replace(&digest(&bytes), &digest(&other))
        .replace(from, to);
    std::fs::write(folder.path().join("pack.toml"), text).unwrap();
    std::fs::write(folder.path().join("generator.onnx"), other).unwrap();
    folder
}

fn refused(folder: &Path, why: &str) {
    let error = engine().with_generator(folder).err().unwrap();
    assert!(matches!(error, LoadError::Network { .. }), "{error}");
    let said = error.to_string();
    assert!(said.contains(why), "{said}");
}

/// Leaves the first size of an input or output open.
fn open(value: &mut ValueInfoProto) {
    let Some(type_proto::Value::TensorType(tensor)) =
        value.r#type.as_mut().and_then(|kind| kind.value.as_mut())
    else {
        panic!("no tensor");
    };
    let shape = tensor.shape.as_mut().unwrap();
    shape.dim[0].value = Some(Value::DimParam("pictures".to_owned()));
}

const SAME: [&str; 2] = ["", ""];

#[test]
fn networks_of_others_make_what_they_make_with_tract() {
    let photo = image::load_from_memory(&demo("people/person-03.jpg")).unwrap();
    let geometric = tee(&engine());
    for name in ["flow", "picture"] {
        let own = Engine::load(&pack()).unwrap();
        let own = tee(&own.with_generator(&generator(name)).unwrap());
        let theirs = tee(&engine().with_generator(&generator(name)).unwrap());
        assert!(theirs != geometric, "{name} made nothing");
        let [own, theirs] =
            [own, theirs].map(|png| image::load_from_memory(&png).unwrap().to_rgb8());
        let values = own.iter().zip(theirs.iter());
        let sum: f64 = values.map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
        let mean = sum / f64::from(photo.width() * photo.height() * 3);
        assert!(mean < 0.1, "{name}: {mean}");
    }
}

#[test]
fn a_network_may_leave_sizes_open() {
    let opened = |model: &mut ModelProto| {
        let graph = model.graph.as_mut().unwrap();
        graph.input.iter_mut().for_each(open);
        graph.output.iter_mut().for_each(open);
        graph.value_info.clear();
    };
    let folder = rewritten(opened, SAME);
    let with = engine().with_generator(folder.path()).unwrap();
    let without = engine().with_generator(&generator("flow")).unwrap();
    assert!(tee(&with) == tee(&without));
    // What its answer shows is found out when it is loaded, not when somebody waits.
    let words = ["shape = [1, 2, 128, 96]", "shape = [1, 2, 64, 48]"];
    refused(rewritten(opened, words).path(), "outputs have other shapes");
}

#[test]
fn what_does_not_fit_its_manifest_is_refused() {
    let words = ["shape = [1, 2, 128, 96]", "shape = [1, 2, 64, 48]"];
    refused(rewritten(|_| (), words).path(), "outputs have other shapes");
    let region = [
        "\"region\"\nshape = [1, 1, 128",
        "\"region\"\nshape = [1, 1, 64",
    ];
    refused(rewritten(|_| (), region).path(), "inputs have other shapes");
    let fewer = |model: &mut ModelProto| {
        model.graph.as_mut().unwrap().output.pop();
    };
    refused(rewritten(fewer, SAME).path(), "another number of inputs");
    let unknown = |model: &mut ModelProto| {
        model.graph.as_mut().unwrap().node[0].op_type = "Dream".to_owned();
    };
    refused(rewritten(unknown, SAME).path(), "Dream");
    let missing = |model: &mut ModelProto| model.graph = None;
    refused(rewritten(missing, SAME).path(), "cannot prepare");
}

#[test]
fn a_network_whose_weights_lie_elsewhere_is_refused() {
    let folder = rewritten(
        |model| {
            let weights = &mut model.graph.as_mut().unwrap().initializer[0];
            weights.data_location = Some(DataLocation::External as i32);
            weights.external_data = vec![StringStringEntryProto {
                key: "location".to_owned(),
                value: "pack.toml".to_owned(),
            }];
        },
        SAME,
    );
    refused(folder.path(), "other files");
}
