//! Who may import whom: `[workspace.metadata.tiers]` and `[workspace.metadata.only]` of the root manifest.

use std::collections::BTreeMap;

use anyhow::Context;
use serde_json::Value;

/// What breaks the rules in `cargo metadata`'s answer.
pub(crate) fn findings(metadata: &Value) -> anyhow::Result<Vec<String>> {
    let tiers = metadata["metadata"]["tiers"]
        .as_object()
        .context("no tiers in the root manifest")?;
    let tiers: BTreeMap<&str, u64> = tiers
        .iter()
        .filter_map(|(name, tier)| Some((name.as_str(), tier.as_u64()?)))
        .collect();
    let only: BTreeMap<&str, Vec<&str>> = metadata["metadata"]["only"]
        .as_object()
        .context("no list of who alone may use a package in the root manifest")?
        .iter()
        .map(|(package, users)| (package.as_str(), texts(users)))
        .collect();
    let mut findings = vec![];
    let mut seen = vec![];
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        seen.push(name);
        let Some(tier) = tiers.get(name) else {
            findings.push(format!("{name} has no tier in the root manifest"));
            continue;
        };
        for dependency in dependencies(package) {
            if let Some(other) = tiers.get(dependency)
                && other >= tier
            {
                findings.push(format!(
                    "{name} (tier {tier}) must not import {dependency} (tier {other})"
                ));
            }
            if let Some(users) = only.get(dependency)
                && !users.contains(&name)
            {
                findings.push(format!(
                    "{name} must not use {dependency}: only {} may",
                    users.join(", ")
                ));
            }
        }
    }
    for name in tiers.keys().filter(|name| !seen.contains(*name)) {
        findings.push(format!(
            "{name} has a tier but is no crate of the workspace"
        ));
    }
    Ok(findings)
}

/// The normal and build dependencies of a package; tests may use what they like.
fn dependencies(package: &Value) -> impl Iterator<Item = &str> {
    let all = package["dependencies"].as_array().into_iter().flatten();
    all.filter(|dependency| dependency["kind"].as_str() != Some("dev"))
        .filter_map(|dependency| dependency["name"].as_str())
}

fn texts(list: &Value) -> Vec<&str> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(packages: &Value) -> Vec<String> {
        findings(&json!({
            "metadata": {"tiers": {"domain": 1, "api": 3, "other-api": 3}, "only": {"sqlx": ["api"]}},
            "packages": packages,
        }))
        .unwrap()
    }

    fn package(name: &str, dependencies: &Value) -> Value {
        json!({"name": name, "dependencies": dependencies})
    }

    #[test]
    fn arrows_go_down_and_never_sideways() {
        let downward = package("api", &json!([{"name": "domain", "kind": null}]));
        let sideways = package("other-api", &json!([{"name": "api", "kind": null}]));
        let domain = package("domain", &json!([]));
        assert_eq!(
            found(&json!([downward, sideways, domain])),
            ["other-api (tier 3) must not import api (tier 3)"]
        );
    }

    #[test]
    fn a_package_is_used_by_its_users_alone_except_in_tests() {
        let user = package("api", &json!([{"name": "sqlx", "kind": null}]));
        let other = package("other-api", &json!([{"name": "sqlx", "kind": null}]));
        let test = package("domain", &json!([{"name": "sqlx", "kind": "dev"}]));
        assert_eq!(
            found(&json!([user, other, test])),
            ["other-api must not use sqlx: only api may"]
        );
    }

    #[test]
    fn every_crate_has_a_tier() {
        let all = json!([
            package("api", &json!([])),
            package("other-api", &json!([])),
            package("domain", &json!([])),
            package("new", &json!([])),
        ]);
        assert_eq!(found(&all), ["new has no tier in the root manifest"]);
    }
}
