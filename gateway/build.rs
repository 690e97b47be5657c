//! Puts the demo catalogue's pictures into the binary, so that `drape seed` needs no files beside it.

use std::{fmt::Write as _, fs, path::Path};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo sets it")?;
    let out = std::env::var_os("OUT_DIR").ok_or("cargo sets it")?;
    let demo = Path::new(&here).join("demo");
    println!("cargo:rerun-if-changed=demo/catalogue.toml");
    println!("cargo:rerun-if-changed=demo/garments");
    let mut files: Vec<_> = fs::read_dir(demo.join("garments"))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "jpg"));
    files.sort();
    let mut code = String::from("pub(super) static PICTURES: &[(&str, &[u8])] = &[\n");
    for file in files {
        let name = file.strip_prefix(&demo)?.display().to_string();
        writeln!(
            code,
            "    ({name:?}, include_bytes!({:?})),",
            file.display().to_string()
        )?;
    }
    code.push_str("];\n");
    fs::write(Path::new(&out).join("demo_pictures.rs"), code)?;
    Ok(())
}
