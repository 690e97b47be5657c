//! Each dependency in the root manifest says why it is there.

/// Lines of `[workspace.dependencies]` without a trailing `# reason`. Crates of the workspace itself need none.
pub(crate) fn findings(manifest: &str) -> Vec<String> {
    let mut inside = false;
    let mut findings = vec![];
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line == "[workspace.dependencies]";
            continue;
        }
        if !inside || line.is_empty() || line.starts_with('#') || line.contains("path = ") {
            continue;
        }
        let reason = line.rsplit_once(" # ").map_or("", |(_, reason)| reason);
        if reason.trim().is_empty() {
            let name = line.split([' ', '=']).next().unwrap_or(line);
            findings.push(format!(
                "Cargo.toml: say after the dependency {name} why it is there"
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_says_why_it_is_there() {
        let manifest = "[package]\nname = \"x\"\n[workspace.dependencies]\n# Ours.\nours = { path = \"ours\" }\n\n\
                        bytes = \"1\" # shared buffers\nserde = \"1\"\n[profile.dev]\ndebug = 1\n";
        assert_eq!(
            findings(manifest),
            ["Cargo.toml: say after the dependency serde why it is there"]
        );
    }
}
