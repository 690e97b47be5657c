//! The choice of what runs networks.

use std::fmt;
use std::path::Path;

use super::super::error::LoadError;
use super::library::Library;

/// What runs an engine's networks. tract is there always; an onnxruntime is a library of the machine's, loaded once a process.
#[derive(Clone, Default)]
pub struct Runtime {
    library: Option<Library>,
}

impl Runtime {
    /// What has to be `1` in the environment before an onnxruntime is loaded: from 1.29 on it tells its makers how it is used, beginning while it
    /// starts, and only this keeps it from doing so.
    pub const SILENCE: &str = "ORT_DISABLE_TELEMETRY";

    /// The onnxruntime in this file. A process has one: naming it again is the same one, and naming another is an error.
    pub fn onnxruntime(path: &Path) -> Result<Self, LoadError> {
        let library = Library::load(path).map_err(|reason| LoadError::Runtime {
            path: path.display().to_string(),
            reason,
        })?;
        Ok(Self {
            library: Some(library),
        })
    }

    /// An onnxruntime's name and version; none where it is tract.
    pub fn onnxruntime_version(&self) -> Option<String> {
        self.library.as_ref().map(Library::to_string)
    }

    pub(super) fn library(&self) -> Option<&Library> {
        self.library.as_ref()
    }
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.library {
            None => f.write_str("tract"),
            Some(library) => library.fmt(f),
        }
    }
}
