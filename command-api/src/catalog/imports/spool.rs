//! The folder that files lie in until they are imported: bounded, tidied up, and read again after a restart.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use uuid::Uuid;

use super::status::{ImportState, ImportStatus};

/// The bounds of imports over HTTP.
#[derive(Debug, Clone)]
pub struct SpoolOptions {
    /// Where files lie until they are imported. Without a folder nothing is taken.
    pub folder: Option<PathBuf>,
    /// Bytes of one file.
    pub max_file_bytes: u64,
    /// How many may wait or run at once.
    pub max_waiting: usize,
    /// For how long it is remembered what came of an import.
    pub retention: Duration,
}

impl Default for SpoolOptions {
    fn default() -> Self {
        Self {
            folder: None,
            max_file_bytes: 40 << 20,
            max_waiting: 8,
            retention: Duration::from_hours(7 * 24),
        }
    }
}

/// The file of an import.
pub(super) fn kept_at(folder: &Path, id: Uuid) -> PathBuf {
    folder.join(format!("{id}.feed"))
}

/// Where a file lies while it arrives.
pub(super) fn arriving(folder: &Path, id: Uuid) -> PathBuf {
    folder.join(format!("{id}.arriving"))
}

/// Keeps a state for the next process, also over a power cut: whoever was told that a file will be read relies on it.
pub(super) fn write_status(folder: &Path, status: &ImportStatus) -> io::Result<()> {
    let text = serde_json::to_vec_pretty(status)?;
    let path = folder.join(format!("{}.json", status.id));
    let scratch = folder.join(format!("{}.json.new", status.id));
    let mut file = fs::File::create(&scratch)?;
    file.write_all(&text)?;
    file.sync_all()?;
    fs::rename(scratch, path)?;
    fs::File::open(folder)?.sync_all()
}

/// What a former process left: what was settled as it is, what was under way to be read once more, from its beginning. What
/// is there already is skipped.
pub(super) fn recover(folder: &Path) -> io::Result<BTreeMap<Uuid, ImportStatus>> {
    fs::create_dir_all(folder)?;
    let mut known = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let ending = path.extension();
        if ending.is_some_and(|ending| ending == "arriving") {
            // Half a file of ours: its process is gone, and so is its client.
            let _ = fs::remove_file(&path);
            continue;
        }
        if ending.is_none_or(|ending| ending != "json") {
            continue;
        }
        let status = fs::read(&path).ok();
        let status = status.and_then(|text| serde_json::from_slice::<ImportStatus>(&text).ok());
        let Some(mut status) = status else { continue };
        if !status.is_settled() {
            if kept_at(folder, status.id).exists() {
                status.state = ImportState::Queued;
            } else {
                status.state = ImportState::Failed;
                status.reason = Some("its file is gone; send it again".to_owned());
            }
            write_status(folder, &status)?;
        }
        known.insert(status.id, status);
    }
    forget_strays(folder, &known)?;
    Ok(known)
}

/// Files of which no state is known were never promised to be imported.
fn forget_strays(folder: &Path, known: &BTreeMap<Uuid, ImportStatus>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let id = path.file_stem().and_then(|stem| stem.to_str());
        let id = id.and_then(|id| Uuid::try_parse(id).ok());
        let is_feed = path.extension().is_some_and(|it| it == "feed");
        let is_wanted = id
            .and_then(|id| known.get(&id))
            .is_some_and(|status| !status.is_settled());
        if is_feed && !is_wanted {
            let _ = fs::remove_file(&path);
        }
    }
    Ok(())
}
