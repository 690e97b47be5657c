//! Cargo, called by a program that cargo runs.

use std::{path::Path, process::Command};

/// A call of cargo at the root.
///
/// Cargo tells a program that it runs about the program's package, in variables that the build script of ring watches:
/// with them, an inner cargo would compile ring and everything above it anew, and so would the next outer one.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root);
    for (name, _) in std::env::vars_os() {
        let about_us = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        });
        if about_us {
            cargo.env_remove(name);
        }
    }
    cargo
}
