//! Files that are made from the code, committed, and never edited.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, bail};

/// Write the files, or only say whether they are as they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Renew,
    Compare,
}

/// File name → contents.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// The files of a folder (no deeper) whose names end in `ending`. A folder that does not exist is empty.
pub(crate) fn read(folder: &Path, ending: &str) -> anyhow::Result<Files> {
    let mut files = Files::new();
    if !folder.exists() {
        return Ok(files);
    }
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(ending) {
            files.insert(name, std::fs::read(entry.path())?);
        }
    }
    Ok(files)
}

/// Makes the files in `folder` that end in `ending` exactly `wanted`, or fails naming what differs and `renew`.
pub(crate) fn settle(
    folder: &Path,
    ending: &str,
    wanted: &Files,
    mode: Mode,
    renew: &str,
) -> anyhow::Result<()> {
    let present = read(folder, ending)?;
    match mode {
        Mode::Compare => {
            let differ = differences(&present, wanted);
            if !differ.is_empty() {
                bail!(
                    "generated files are not up to date: {}; run `{renew}` and commit the result",
                    differ.join(", ")
                );
            }
        }
        Mode::Renew => {
            std::fs::create_dir_all(folder)?;
            for name in present.keys().filter(|name| !wanted.contains_key(*name)) {
                std::fs::remove_file(folder.join(name))?;
            }
            for (name, contents) in wanted {
                std::fs::write(folder.join(name), contents)
                    .with_context(|| format!("cannot write {name}"))?;
            }
        }
    }
    Ok(())
}

fn differences(present: &Files, wanted: &Files) -> Vec<String> {
    let missing = wanted
        .iter()
        .filter(|(name, contents)| present.get(*name) != Some(contents))
        .map(|(name, _)| format!("{name} is missing or differs"));
    let left = present.keys().filter(|name| !wanted.contains_key(*name));
    missing
        .chain(left.map(|name| format!("{name} belongs to nothing")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(entries: &[(&str, &str)]) -> Files {
        let entries = entries.iter();
        entries
            .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
            .collect()
    }

    #[test]
    fn a_folder_is_made_what_it_should_be() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("old.json"), "1").unwrap();
        std::fs::write(folder.path().join("note.txt"), "kept").unwrap();
        let wanted = files(&[("new.json", "2")]);
        let compared = settle(folder.path(), ".json", &wanted, Mode::Compare, "renew").unwrap_err();
        assert!(compared.to_string().contains("old.json belongs to nothing"));
        settle(folder.path(), ".json", &wanted, Mode::Renew, "renew").unwrap();
        settle(folder.path(), ".json", &wanted, Mode::Compare, "renew").unwrap();
        assert!(folder.path().join("note.txt").exists());
    }
}
