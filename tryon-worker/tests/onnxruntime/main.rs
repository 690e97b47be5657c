//! Networks run by a real onnxruntime, which `ops/install --test` fetches, beside the same by tract.
#![expect(clippy::unwrap_used, clippy::panic, reason = "test")]

mod libraries;
mod networks;
mod try_ons;

use std::path::PathBuf;

use tryon_worker::engine::{Engine, Runtime};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The library.
fn library() -> PathBuf {
    let library = root().join("../.drape/onnxruntime/libonnxruntime.so");
    assert!(library.exists(), "run `ops/install --test` first");
    library
}

fn runtime() -> Runtime {
    Runtime::onnxruntime(&library()).unwrap()
}

/// The shipped pack.
fn pack() -> PathBuf {
    root().join("models/drape-2026.2")
}

fn engine() -> Engine {
    Engine::load_with(&pack(), runtime()).unwrap()
}

fn demo(name: &str) -> Vec<u8> {
    std::fs::read(root().join("../gateway/demo").join(name)).unwrap()
}
