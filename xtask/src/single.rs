//! Packages of which there may be one version only.

use serde_json::Value;

/// Those of `[workspace.metadata] single` that `Cargo.lock` has in several versions, or not at all: two of them in one
/// build would speak two dialects of the log or of the database.
pub(crate) fn findings(metadata: &Value, lock: &str) -> Vec<String> {
    let single = metadata["metadata"]["single"].as_array();
    let names = single.into_iter().flatten().filter_map(Value::as_str);
    let versions = |name: &str| {
        let line = format!("name = \"{name}\"");
        lock.lines().filter(|found| **found == line).count()
    };
    names
        .filter(|name| versions(name) != 1)
        .map(|name| {
            let count = versions(name);
            format!("Cargo.lock: {count} versions of {name}, where there must be one")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_second_version_is_found_and_so_is_a_name_that_nothing_has() {
        let lock = "[[package]]\nname = \"sqlx\"\nversion = \"0.8.0\"\n\n[[package]]\nname = \"sqlx\"\nversion = \"0.9.0\"\n\n\
                    [[package]]\nname = \"async-nats\"\nversion = \"0.51.0\"\n";
        let metadata = json!({ "metadata": { "single": ["sqlx", "async-nats", "cqrs"] } });
        assert_eq!(
            findings(&metadata, lock),
            [
                "Cargo.lock: 2 versions of sqlx, where there must be one",
                "Cargo.lock: 0 versions of cqrs, where there must be one"
            ]
        );
        assert_eq!(findings(&json!({}), lock), Vec::<String>::new());
    }
}
