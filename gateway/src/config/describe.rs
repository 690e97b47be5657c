//! The table of all keys as a file.

use std::fmt::Write as _;

use super::keys::KEYS;

/// Every key with its default and meaning, as a TOML file that sets nothing.
pub(crate) fn describe() -> String {
    let mut text = String::from(
        "# drape's configuration: every key with its default. The environment overrides a file.\n",
    );
    let mut section = "";
    for key in &KEYS {
        let (in_section, name) = key.path.split_once('.').unwrap_or(("", key.path));
        if in_section != section {
            section = in_section;
            // Writing to a String cannot fail.
            let _ = write!(text, "\n[{section}]\n");
        }
        let _ = write!(
            text,
            "# {}\n# Environment: {}\n# {name} = {:?}\n",
            key.doc, key.env, key.default
        );
    }
    text
}
