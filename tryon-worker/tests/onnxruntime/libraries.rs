//! Libraries that are no onnxruntime, or not one that fits: the worker says so, and what would.

use std::path::Path;
use std::process::{Command, Output};

use tryon_worker::engine::{LoadError, Runtime};

use crate::{library, root, runtime};

/// What the worker says when it is to list the shipped packs with this library. What it keeps of its own goes to `home`.
fn list(library: &Path, silence: Option<&str>, home: &Path) -> Output {
    let mut worker = Command::new(env!("CARGO_BIN_EXE_drape-tryon-worker"));
    // It would keep silent in a pipeline, and keep what it has to tell in a cache.
    for name in ["CI", "GITHUB_ACTIONS", "GITLAB_CI", "XDG_CACHE_HOME"] {
        worker.env_remove(name);
    }
    worker.env("HOME", home);
    match silence {
        Some(value) => worker.env(Runtime::SILENCE, value),
        None => worker.env_remove(Runtime::SILENCE),
    };
    worker.args(["models", "list", "--folder"]);
    worker.arg(root().join("models"));
    worker.arg("--onnxruntime").arg(library);
    worker.output().unwrap()
}

/// Whether it ends with an error that says why, and what would do.
fn refuses(library: &Path, why: &str) {
    let home = tempfile::tempdir().unwrap();
    let said = list(library, None, home.path());
    let text = String::from_utf8(said.stderr).unwrap();
    // A panic ends with 101, a signal with none.
    assert_eq!(said.status.code(), Some(1), "{text}");
    assert!(said.stdout.is_empty());
    assert!(text.contains(why), "{text}");
    assert!(text.contains("version from 1.17 on"), "{text}");
}

/// Compiles a library; Rust links with the same compiler.
fn compiled(folder: &Path, name: &str, source: &str) -> std::path::PathBuf {
    let [code, library] = ["c", "so"].map(|end| folder.join(format!("{name}.{end}")));
    std::fs::write(&code, source).unwrap();
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-o"]);
    let done = compiler.arg(&library).arg(&code).status().unwrap();
    assert!(done.success());
    library
}

/// A library that says that it is an onnxruntime of this version, and has nothing of it.
fn claims(version: &str) -> String {
    format!(
        "struct base {{ const void *(*api)(unsigned); const char *(*version)(void); }};
         static const void *api(unsigned wanted) {{ (void)wanted; return 0; }}
         static const char *version(void) {{ return \"{version}\"; }}
         static const struct base base = {{ api, version }};
         const struct base *OrtGetApiBase(void) {{ return &base; }}"
    )
}

#[test]
fn what_is_no_onnxruntime_that_fits_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.so");
    std::fs::write(&text, "no library").unwrap();
    refuses(&folder.path().join("none.so"), "No such file");
    refuses(&text, "text.so");
    refuses(folder.path(), "cannot run networks");
    let other = compiled(folder.path(), "other", "int answer(void) { return 42; }");
    refuses(&other, "another library");
    let old = compiled(folder.path(), "old", &claims("1.16.3"));
    refuses(&old, "it is version 1.16.3");
    let empty = compiled(folder.path(), "empty", &claims("1.99.0"));
    refuses(&empty, "does not do what an onnxruntime does");
    let none = "void *OrtGetApiBase(void) { return 0; }";
    let none = compiled(folder.path(), "null", none);
    refuses(&none, "does not do what an onnxruntime does");
}

#[test]
fn a_missing_library_is_a_typed_error() {
    let error = Runtime::onnxruntime(&root().join("none.so")).err().unwrap();
    assert!(matches!(error, LoadError::Runtime { .. }), "{error}");
}

#[test]
fn a_process_has_one_onnxruntime() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("link.so");
    std::os::unix::fs::symlink(library(), &link).unwrap();
    let first = runtime();
    // The same file by another name is the same.
    let again = Runtime::onnxruntime(&link).unwrap();
    assert_eq!(again.to_string(), first.to_string());
    let copy = folder.path().join("copy.so");
    std::fs::write(&copy, "never loaded").unwrap();
    let error = Runtime::onnxruntime(&copy).err().unwrap();
    assert!(error.to_string().contains("loaded already"), "{error}");
}

#[test]
fn it_is_kept_silent_or_not_loaded() {
    let home = tempfile::tempdir().unwrap();
    // Absent, the worker begins anew with it; otherwise it has to be what keeps it silent.
    for silence in [None, Some("1")] {
        let said = list(&library(), silence, home.path());
        let text = String::from_utf8(said.stdout).unwrap();
        let errors = String::from_utf8(said.stderr).unwrap();
        assert!(said.status.success(), "{errors}");
        assert!(text.contains("drape-2026.2 2026."), "{text}");
    }
    let said = list(&library(), Some("0"), home.path());
    let text = String::from_utf8(said.stderr).unwrap();
    assert_eq!(said.status.code(), Some(1), "{text}");
    assert!(text.contains(Runtime::SILENCE), "{text}");
    // One that is not silent keeps a name for the machine and what it will tell in a folder below this one.
    let kept = std::fs::read_dir(home.path()).unwrap().count();
    assert_eq!(kept, 0, "it kept something");
}
