//! The onnxruntime of a process: a shared library that is loaded when somebody names it, and never unloaded.
//!
//! All engines of a process share its threads, so that packs can be loaded anew beside those that are at work.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ort::LoadDynamicError;
use ort::environment::{Environment, GlobalThreadPoolOptions};
use ort::logging::LogLevel;

use super::{Runtime, threads};

/// An onnxruntime, ready to be given networks.
#[derive(Clone)]
pub(super) struct Library {
    pub(super) environment: Environment,
    path: PathBuf,
    /// `1.32.0`, if the library tells.
    version: Option<String>,
}

/// The one that this process has loaded.
static LOADED: Mutex<Option<Library>> = Mutex::new(None);

impl Library {
    /// The one in this file; an error says why it cannot be used.
    pub(super) fn load(path: &Path) -> Result<Self, String> {
        let path = path.canonicalize().map_err(|error| error.to_string())?;
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(library) = loaded.as_ref() {
            let other = library.path.display();
            return if library.path == path {
                Ok(library.clone())
            } else {
                Err(format!("{other} is loaded already, and a process has one"))
            };
        }
        if std::env::var_os(Runtime::SILENCE).is_none_or(|value| value != "1") {
            let variable = Runtime::SILENCE;
            return Err(format!(
                "it may tell its makers how it is used unless {variable}=1 is in the environment"
            ));
        }
        // `ort` asserts that a library which calls itself an onnxruntime is one.
        let environment = catch_unwind(|| environment(&path))
            .unwrap_or_else(|_| Err("it does not do what an onnxruntime does".to_owned()))?;
        let library = Self {
            environment,
            version: version(&path),
            path,
        };
        *loaded = Some(library.clone());
        Ok(library)
    }
}

impl fmt::Display for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Some(version) => write!(f, "onnxruntime {version}"),
            None => f.write_str("onnxruntime"),
        }
    }
}

/// Loads the library and starts its threads.
fn environment(path: &Path) -> Result<Environment, String> {
    let builder = ort::init_from(path).map_err(|error| match error {
        LoadDynamicError::Dlopen { error, .. } => error.to_string(),
        LoadDynamicError::MissingApi { .. } => "it is another library".to_owned(),
        LoadDynamicError::InvalidVersionString => "it does not say its version".to_owned(),
        LoadDynamicError::BadVersion { version_str, .. } => {
            format!("it is version {version_str}")
        }
    })?;
    let start = || -> ort::Result<Environment> {
        // Try-ons come now and then: threads that wait for the next one do not turn round meanwhile.
        let pool = GlobalThreadPoolOptions::default()
            .with_intra_threads(threads())?
            .with_inter_threads(1)?
            .with_spin_control(false)?;
        let environment = builder
            .with_name("drape")
            .with_telemetry(false)
            .with_global_thread_pool(pool)
            // What goes wrong comes back as an error, too.
            .with_logger(Arc::new(|_, _, _, _, message| {
                tracing::debug!("onnxruntime: {message}");
            }))
            .build()?;
        environment.set_log_level(LogLevel::Warning);
        Ok(environment)
    };
    start().map_err(|error| error.to_string())
}

/// The version that the library's symbols are marked with (`VERS_1.32.0`): its own function for that cannot be called without unsafe code.
fn version(path: &Path) -> Option<String> {
    /// Bytes of a library that are looked at at most.
    const LONGEST: u64 = 1 << 30;
    let mut bytes = Vec::new();
    let file = File::open(path).ok()?;
    file.take(LONGEST).read_to_end(&mut bytes).ok()?;
    let mut words = bytes.split(|byte| *byte == 0);
    words.find_map(|word| {
        let version = str::from_utf8(word.strip_prefix(b"VERS_")?).ok()?;
        let numbers: Vec<&str> = version.split('.').collect();
        let is_number = |part: &&str| part.parse::<u16>().is_ok();
        (numbers.len() == 3 && numbers.iter().all(is_number)).then(|| version.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_among_the_symbols() {
        let folder = tempfile::tempdir().unwrap();
        let of = |bytes: &[u8]| {
            let path = folder.path().join("library");
            std::fs::write(&path, bytes).unwrap();
            version(&path)
        };
        assert_eq!(
            of(b"\x7fELF\0VERS_\0OrtGetApiBase\0VERS_1.32.0\0more"),
            Some("1.32.0".to_owned())
        );
        for other in [
            &b"\0VERS_1.32\0"[..],
            b"\0VERS_a.b.c\0",
            b"\0LIBVERS_1.2.3\0",
            b"",
        ] {
            assert_eq!(of(other), None, "{}", other.escape_ascii());
        }
        assert_eq!(version(&folder.path().join("none")), None);
    }
}
