//! Compiles the `.proto` files without protoc and generates messages, clients and servers into `OUT_DIR`.

use std::error::Error;

const FILES: [&str; 3] = [
    "proto/drape/events/v1/event_log.proto",
    "proto/drape/media/v1/media.proto",
    "proto/drape/tryon/v1/tryon_engine.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let descriptors = protox::compile(FILES, ["proto"])?;
    tonic_prost_build::configure()
        .bytes(".")
        .compile_fds(descriptors)?;
    Ok(())
}
