//! What differs between two documents.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A place of a document that holds another value than before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Where: a JSON pointer such as `/price/minor`.
    #[schema(example = "/price/minor")]
    pub pointer: String,
    /// What stood there; null when nothing did.
    #[schema(required, value_type = Value, nullable)]
    pub before: Value,
    /// What stands there now; null when nothing does.
    #[schema(required, value_type = Value, nullable)]
    pub after: Value,
}

/// Every innermost member whose value is another one, in the order of the pointers. Lists are compared as a whole.
pub(super) fn difference(before: &Value, after: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    collect(String::new(), before, after, &mut changes);
    changes
}

fn collect(pointer: String, before: &Value, after: &Value, changes: &mut Vec<Change>) {
    if before == after {
        return;
    }
    let empty = serde_json::Map::new();
    let (old, new) = match (before, after) {
        (Value::Object(old), Value::Object(new)) => (old, new),
        (Value::Null, Value::Object(new)) if !new.is_empty() => (&empty, new),
        (Value::Object(old), Value::Null) if !old.is_empty() => (old, &empty),
        (
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_),
            _,
        ) => {
            changes.push(Change {
                pointer,
                before: before.clone(),
                after: after.clone(),
            });
            return;
        }
    };
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let escaped = name.replace('~', "~0").replace('/', "~1");
        let of = |members: &serde_json::Map<String, Value>| {
            members.get(name).cloned().unwrap_or(Value::Null)
        };
        collect(format!("{pointer}/{escaped}"), &of(old), &of(new), changes);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pointers(before: &Value, after: &Value) -> Vec<String> {
        let changes = difference(before, after);
        changes.into_iter().map(|change| change.pointer).collect()
    }

    #[test]
    fn only_innermost_members_that_differ_are_named() {
        let before = json!({"a": 1, "b": {"c": [1, 2], "d": "x"}, "e": null});
        let after = json!({"a": 1, "b": {"c": [1, 3], "d": "x"}, "f/~": {"g": true}});
        let changes = difference(&before, &after);
        assert_eq!(
            changes,
            [
                Change {
                    pointer: "/b/c".to_owned(),
                    before: json!([1, 2]),
                    after: json!([1, 3]),
                },
                Change {
                    pointer: "/f~1~0/g".to_owned(),
                    before: Value::Null,
                    after: json!(true),
                },
            ]
        );
    }

    #[test]
    fn a_first_document_names_all_that_it_says() {
        let first = json!({"a": {"b": 1, "c": {}}, "d": null});
        assert_eq!(pointers(&Value::Null, &first), ["/a/b", "/a/c"]);
        assert_eq!(pointers(&first, &Value::Null), ["/a/b", "/a/c"]);
        assert!(pointers(&first, &first).is_empty());
    }
}
