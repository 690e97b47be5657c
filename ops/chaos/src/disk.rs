//! File systems of our own for what is to run full or to lose its power. Needs root.

use std::{
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, ensure};

/// A mounted file system; gone when dropped.
#[derive(Debug)]
pub struct Mount {
    at: PathBuf,
}

impl Mount {
    /// The ext4 of an image, on a loop device.
    pub fn image(image: &Path, at: PathBuf) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&at)?;
        shell("mount", &["-o", "loop", text(image)?, text(&at)?])
            .context("mounting an image needs root")?;
        Ok(Self { at })
    }

    /// A small one in memory, which is full soon.
    pub fn small(mebibytes: u32, at: PathBuf) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&at)?;
        let size = format!("size={mebibytes}m");
        shell("mount", &["-t", "tmpfs", "-o", &size, "tmpfs", text(&at)?])
            .context("mounting a file system needs root")?;
        Ok(Self { at })
    }

    /// Where it is.
    pub fn at(&self) -> &Path {
        &self.at
    }

    /// Takes all room that is left; answers the file that has it.
    pub fn fill(&self) -> anyhow::Result<PathBuf> {
        let path = self.at.join("filler");
        let mut file = File::create(&path)?;
        // The one error that is wanted.
        while file.write_all(&[0; 4_096]).is_ok() {}
        Ok(path)
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Lazily: the directory goes away with the run.
        let _ = Command::new("umount").arg("--lazy").arg(&self.at).status();
    }
}

/// The path as an argument.
pub(crate) fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("a path is no text")
}

/// Runs a program to its end.
pub(crate) fn shell(program: &str, arguments: &[&str]) -> anyhow::Result<()> {
    let status = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("cannot run {program}"))?;
    ensure!(status.success(), "{program} {arguments:?}: {status}");
    Ok(())
}
