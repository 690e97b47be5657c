//! No committed file names a path that exists on one machine only.

use std::path::{Path, PathBuf};

/// Larger files are data, not text that people write.
const LIMIT_BYTES: u64 = 1 << 20;

/// Spelled in two halves, so that this file passes its own rule.
const BEGINNINGS: [(&str, &str); 4] = [
    ("/wo", "rk/"),
    ("/ro", "ot/"),
    ("/ho", "me/"),
    ("../sha", "red/"),
];

/// Files (relative to `root`) that name such a path, with the line.
pub(crate) fn findings(root: &Path, files: &[PathBuf]) -> Vec<String> {
    let mut findings = vec![];
    for file in files {
        let path = root.join(file);
        let small = path
            .metadata()
            .is_ok_and(|data| data.is_file() && data.len() <= LIMIT_BYTES);
        let Some(text) = small.then(|| std::fs::read_to_string(&path).ok()).flatten() else {
            continue; // Deleted, a link, large, or a picture.
        };
        for (number, line) in text.lines().enumerate() {
            if let Some(beginning) = machine_path(line) {
                findings.push(format!(
                    "{}:{}: {beginning}… is a path of one machine",
                    file.display(),
                    number + 1
                ));
            }
        }
    }
    findings
}

fn machine_path(line: &str) -> Option<String> {
    BEGINNINGS
        .iter()
        .map(|(first, second)| format!("{first}{second}"))
        .find(|beginning| {
            line.match_indices(beginning.as_str()).any(|(at, _)| {
                // `framework/…` and `a/work/b` are relative: only a path's beginning counts.
                let before = line[..at].chars().next_back();
                !before.is_some_and(|letter| {
                    letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.' | '}' | ')' | '/')
                })
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_path_is_found_at_its_beginning_only() {
        let named = ["/wo", "rk/main/x"].concat();
        assert!(machine_path(&format!("open('{named}')")).is_some());
        assert!(machine_path(&format!("src{named}")).is_none());
        assert!(machine_path("/var/lib/postgresql").is_none());
    }
}
