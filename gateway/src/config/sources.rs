//! Where values come from: defaults, then the file, then the environment. Everything is text until it is parsed.

use std::{collections::BTreeMap, path::Path};

use toml::{Table, Value};

use super::{
    error::ConfigError,
    keys::{KEYS, Key, is_for_others},
};

/// The value of every key as text.
#[derive(Debug)]
pub(super) struct Values(BTreeMap<&'static str, String>);

impl Values {
    pub(super) fn read(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut values = Self(
            KEYS.iter()
                .map(|key| (key.path, key.default.to_owned()))
                .collect(),
        );
        if let Some(path) = file {
            let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
                path: path.to_owned(),
                source,
            })?;
            values.add_toml(&text.parse().map_err(|source| ConfigError::NotToml {
                path: path.to_owned(),
                source: Box::new(source),
            })?)?;
        }
        values.add_environment(environment)?;
        Ok(values)
    }

    pub(super) fn get(&self, path: &str) -> &str {
        self.0.get(path).map_or("", String::as_str)
    }

    fn add_toml(&mut self, table: &Table) -> Result<(), ConfigError> {
        for (section, content) in table {
            let Value::Table(content) = content else {
                return Err(unknown(section, |key| key.path));
            };
            for (name, value) in content {
                let path = format!("{section}.{name}");
                let key = KEYS
                    .iter()
                    .find(|key| key.path == path)
                    .ok_or_else(|| unknown(&path, |key| key.path))?;
                self.0.insert(key.path, text_of(key, value)?);
            }
        }
        Ok(())
    }

    fn add_environment(
        &mut self,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<(), ConfigError> {
        for (variable, value) in environment {
            if !variable.starts_with("DRAPE_") || is_for_others(&variable) {
                continue;
            }
            let key = KEYS
                .iter()
                .find(|key| key.env == variable)
                .ok_or_else(|| unknown(&variable, |key| key.env))?;
            self.0.insert(key.path, value);
        }
        Ok(())
    }
}

fn text_of(key: &'static Key, value: &Value) -> Result<String, ConfigError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Boolean(truth) => Ok(truth.to_string()),
        Value::Array(items) => {
            let items: Result<Vec<_>, _> = items.iter().map(|item| item_of(key, item)).collect();
            Ok(items?.join(","))
        }
        Value::Float(_) | Value::Datetime(_) | Value::Table(_) => Err(ConfigError::WrongShape {
            key: key.path,
            found: value.type_str(),
        }),
    }
}

/// A list's item: text, or a table of a token.
fn item_of(key: &'static Key, item: &Value) -> Result<String, ConfigError> {
    let wrong = || ConfigError::WrongShape {
        key: key.path,
        found: "list of such things",
    };
    match item {
        Value::String(text) => Ok(text.clone()),
        Value::Table(entry) if key.path == "auth.tokens" => {
            let parts: Option<Vec<&str>> = ["token", "role", "account"]
                .iter()
                .map(|name| entry.get(*name).and_then(Value::as_str))
                .collect();
            parts
                .filter(|_| entry.len() == 3)
                .map(|parts| parts.join(":"))
                .ok_or_else(wrong)
        }
        Value::Table(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Datetime(_)
        | Value::Array(_) => Err(wrong()),
    }
}

fn unknown(given: &str, name_of: fn(&Key) -> &'static str) -> ConfigError {
    let mut near: Vec<(usize, &'static str)> = KEYS
        .iter()
        .map(|key| (distance(given, name_of(key)), name_of(key)))
        .filter(|(distance, _)| *distance <= 3.max(given.len() / 4))
        .collect();
    near.sort_unstable();
    ConfigError::UnknownKey {
        key: given.chars().take(100).collect(),
        near: near.into_iter().take(3).map(|(_, name)| name).collect(),
    }
}

/// Levenshtein distance: single-letter edits from one text to the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.chars().take(100).enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, candidate) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *candidate);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}
