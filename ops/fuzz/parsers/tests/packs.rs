//! Packs of networks for try-ons, which operators get from others: they load, or a typed error says why not.
#![expect(clippy::unwrap_used, reason = "test")]

use std::{fs, path::Path};

use bolero::check;
use fuzz_parsers::{Almost, time};
use sha2::{Digest, Sha256};
use tryon_worker::engine::{Engine, Runtime, inspect};

const PACK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/pack");
const FILES: [&str; 3] = ["pack.toml", "person.onnx", "garment.onnx"];

fn file(name: &str) -> Vec<u8> {
    fs::read(Path::new(PACK).join(name)).unwrap()
}

/// Loads the pack with these files in place of its own.
fn loads(other: &[(&str, &[u8])]) -> bool {
    let folder = tempfile::tempdir().unwrap();
    for name in FILES {
        let other = other.iter().find(|(known, _)| *known == name);
        let bytes = other.map_or_else(|| file(name), |(_, bytes)| bytes.to_vec());
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    Engine::load(folder.path()).is_ok()
}

#[test]
fn manifests() {
    let seeds = [file("pack.toml")];
    check!()
        .with_type::<Almost>()
        .with_test_time(time())
        .for_each(|almost: &Almost| {
            let loaded = loads(&[("pack.toml", &almost.of(&seeds))]);
            assert!(loaded || !almost.is_untouched());
        });
}

/// Under a manifest that names them as they are: a digest says who made a network, and not that it is sound.
#[test]
fn networks() {
    let seeds = [file("person.onnx")];
    let digest = |bytes: &[u8]| hex::encode(Sha256::digest(bytes));
    let manifest = String::from_utf8(file("pack.toml")).unwrap();
    check!()
        .with_type::<Almost>()
        .with_test_time(time())
        .for_each(|almost: &Almost| {
            let network = almost.of(&seeds);
            let manifest = manifest.replace(&digest(&seeds[0]), &digest(&network));
            let loaded = loads(&[
                ("pack.toml", manifest.as_bytes()),
                ("person.onnx", &network),
            ]);
            assert!(loaded || !almost.is_untouched());
        });
}

/// Those whose network makes the picture.
#[test]
fn generators() {
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tryon-worker/tests/packs/flow");
    let [text, network] =
        ["pack.toml", "generator.onnx"].map(|name| fs::read(pack.join(name)).unwrap());
    let seeds = [text, network];
    let digest = |bytes: &[u8]| hex::encode(Sha256::digest(bytes));
    let known = digest(&seeds[1]);
    check!()
        .with_type::<Almost>()
        .with_test_time(time())
        .for_each(|almost: &Almost| {
            // Of either file: the other is as it was, and the manifest names the network as it is.
            let other = almost.of(&seeds);
            let is_network = !other.starts_with(b"#");
            let (text, network) = if is_network {
                let text = String::from_utf8(seeds[0].clone()).unwrap();
                (text.replace(&known, &digest(&other)).into_bytes(), &other)
            } else {
                (other.clone(), &seeds[1])
            };
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("pack.toml"), text).unwrap();
            fs::write(folder.path().join("generator.onnx"), network).unwrap();
            let loaded = inspect(folder.path(), &Runtime::default()).is_ok();
            assert!(loaded || !almost.is_untouched());
        });
}
