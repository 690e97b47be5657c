//! From a JSON Schema to the columns of a table.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, Schema, TimeUnit};
use serde_json::Value;

/// A schema that no column fits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: no column fits {schema}")]
pub struct ColumnsError {
    /// Which part.
    pub path: String,
    /// What it says.
    pub schema: String,
}

/// The columns of the rows of one sort of event; the data's are in `data`. Without a schema, `data` is JSON text.
///
/// The type is missing: the folders that the files lie in say it.
pub fn columns_of(schema: Option<&Value>) -> Result<Schema, ColumnsError> {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let optional = |name: &str| Field::new(name, DataType::Utf8, true);
    let number = |name: &str| Field::new(name, DataType::UInt64, false);
    let mut fields = vec![
        text("position"),
        number("sequence"),
        number("index"),
        Field::new("time", instant(), false),
        text("context"),
        text("aggregate"),
        text("id"),
        number("version"),
        text("event_version"),
        optional("actor"),
        text("command_id"),
        optional("correlation_id"),
        optional("causation_id"),
    ];
    match schema {
        None => fields.push(text("data")),
        Some(schema) => {
            let data = object(schema, "data")?;
            // A table has no column for an event that says nothing but its type.
            if !data.is_empty() {
                fields.push(Field::new("data", DataType::Struct(data), false));
            }
        }
    }
    Ok(Schema::new(fields))
}

/// UTC, as an offset: names of zones need a library of their own.
fn instant() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("+00:00".into()))
}

fn object(schema: &Value, path: &str) -> Result<Fields, ColumnsError> {
    let none = serde_json::Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&none);
    let required = schema["required"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut fields = Vec::new();
    for (name, schema) in properties {
        // What is always the same is no information.
        if schema.get("const").is_some() {
            continue;
        }
        let path = format!("{path}.{name}");
        let is_required = required.iter().any(|required| required == name);
        let nullable = !is_required || is_nullable(schema);
        fields.push(Arc::new(Field::new(name, column(schema, &path)?, nullable)));
    }
    Ok(fields.into())
}

fn column(schema: &Value, path: &str) -> Result<DataType, ColumnsError> {
    let format = schema["format"].as_str().unwrap_or_default();
    let unfit = || ColumnsError {
        path: path.to_owned(),
        schema: schema.to_string(),
    };
    if let Some(alternatives) = alternatives(schema) {
        return alternative(alternatives, path).ok_or_else(unfit);
    }
    match type_name(schema).ok_or_else(unfit)? {
        "string" if format == "date-time" => Ok(instant()),
        "string" => Ok(DataType::Utf8),
        "boolean" => Ok(DataType::Boolean),
        "number" => Ok(DataType::Float64),
        "integer" => Ok(match format {
            "uint8" | "uint16" | "uint32" => DataType::UInt32,
            "uint64" | "uint" => DataType::UInt64,
            "int8" | "int16" | "int32" => DataType::Int32,
            _ => DataType::Int64,
        }),
        "array" => {
            let items = &schema["items"];
            let item = column(items, &format!("{path}[]"))?;
            let item = Field::new("item", item, is_nullable(items));
            Ok(DataType::List(Arc::new(item)))
        }
        "object" => {
            if let Some(values) = values(schema) {
                return map(values, path);
            }
            let fields = object(schema, path)?;
            if fields.is_empty() {
                return Err(unfit());
            }
            Ok(DataType::Struct(fields))
        }
        _ => Err(unfit()),
    }
}

/// What stands under names that no schema knows.
fn values(schema: &Value) -> Option<&Value> {
    let by_pattern = schema["patternProperties"].as_object();
    let any = schema
        .get("additionalProperties")
        .filter(|any| any.is_object());
    by_pattern.and_then(|by| by.values().next()).or(any)
}

fn map(values: &Value, path: &str) -> Result<DataType, ColumnsError> {
    let value = column(values, &format!("{path}{{}}"))?;
    let entry = [
        Field::new("key", DataType::Utf8, false),
        Field::new("value", value, is_nullable(values)),
    ];
    let entries = Field::new("entries", DataType::Struct(Fields::from_iter(entry)), false);
    Ok(DataType::Map(Arc::new(entries), false))
}

fn alternatives(schema: &Value) -> Option<&[Value]> {
    let list = schema.get("oneOf").or_else(|| schema.get("anyOf"))?;
    list.as_array().map(Vec::as_slice)
}

/// Names, one thing that may be missing, or objects of several kinds.
fn alternative(alternatives: &[Value], path: &str) -> Option<DataType> {
    let things: Vec<&Value> = alternatives
        .iter()
        .filter(|schema| schema["type"] != "null")
        .collect();
    if things.len() > 1 && things.iter().all(|schema| schema["type"] == "object") {
        return union(&things, path);
    }
    let mut columns = things.iter().map(|schema| column(schema, path).ok());
    let first = columns.next()??;
    columns
        .all(|column| column.as_ref() == Some(&first))
        .then_some(first)
}

/// One structure with the fields of all kinds, and the word that tells them apart. What one kind lacks may be null.
fn union(kinds: &[&Value], path: &str) -> Option<DataType> {
    let mut fields: Vec<Field> = Vec::new();
    for (name, schema) in kinds
        .iter()
        .filter_map(|kind| kind["properties"].as_object())
        .flatten()
    {
        let is_everywhere = kinds.iter().all(|kind| {
            let required = kind["required"].as_array();
            required.is_some_and(|required| required.iter().any(|it| it == name))
        });
        let column = column(schema, &format!("{path}.{name}")).ok()?;
        match fields.iter().find(|field| field.name() == name) {
            Some(known) if *known.data_type() != column => return None,
            Some(_) => {}
            None => fields.push(Field::new(name, column, !is_everywhere)),
        }
    }
    Some(DataType::Struct(fields.into()))
}

/// The one type beside null.
fn type_name(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::String(name) => Some(name),
        Value::Array(names) => {
            let mut names = names
                .iter()
                .filter_map(Value::as_str)
                .filter(|name| *name != "null");
            let first = names.next()?;
            names.next().is_none().then_some(first)
        }
        // An enum or const of texts says no more.
        Value::Null if schema["enum"][0].is_string() || schema["const"].is_string() => {
            Some("string")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

fn is_nullable(schema: &Value) -> bool {
    let named = schema["type"]
        .as_array()
        .is_some_and(|names| names.iter().any(|name| name == "null"));
    let alternative =
        alternatives(schema).is_some_and(|list| list.iter().any(|schema| schema["type"] == "null"));
    named || alternative
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_of_several_kinds_share_a_structure_that_says_which() {
        let kind = |name: &str, field: &str| {
            json!({ "type": "object", "required": ["kind", field], "properties": {
                "kind": { "const": name, "type": "string" }, field: { "type": "integer" } } })
        };
        let either = json!({ "oneOf": [kind("a", "one"), kind("b", "two")] });
        let number = |name: &str| Field::new(name, DataType::Int64, true);
        let wanted = [
            Field::new("kind", DataType::Utf8, false),
            number("one"),
            number("two"),
        ];
        let wanted = DataType::Struct(Fields::from_iter(wanted));
        assert_eq!(column(&either, "data").unwrap(), wanted);
        let mut clash = either;
        clash["oneOf"][1]["properties"]["one"] = json!({ "type": "string" });
        assert!(column(&clash, "data").is_err());
    }

    #[test]
    fn each_type_has_its_column_and_what_may_be_missing_may_be_null() {
        let schema = json!({
            "type": "object",
            "required": ["type", "price", "tags", "colour"],
            "properties": {
                "type": { "const": "Sold" },
                "price": { "type": "object", "required": ["minor"], "properties": {
                    "minor": { "type": "integer", "format": "uint32" } } },
                "tags": { "type": "array", "items": { "type": "string" } },
                "note": { "type": ["string", "null"] },
                "words": { "type": "object", "patternProperties": { "^[a-z]+$": { "type": "string" } } },
                "at": { "type": "string", "format": "date-time" },
                "colour": { "oneOf": [{ "const": "red", "type": "string" }, { "enum": ["blue"], "type": "string" }] },
                "maybe": { "anyOf": [{ "type": "boolean" }, { "type": "null" }] }
            }
        });
        let columns = columns_of(Some(&schema)).unwrap();
        let DataType::Struct(data) = columns.field_with_name("data").unwrap().data_type() else {
            panic!("{columns}");
        };
        let found = |name: &str| {
            let (_, field) = data.find(name).unwrap();
            (field.data_type().clone(), field.is_nullable())
        };
        assert_eq!(found("at"), (instant(), true));
        assert_eq!(found("note"), (DataType::Utf8, true));
        assert_eq!(found("colour"), (DataType::Utf8, false));
        let DataType::Map(entries, _) = found("words").0 else {
            panic!("{columns}");
        };
        let value = Field::new("value", DataType::Utf8, false);
        assert!(matches!(entries.data_type(), DataType::Struct(of) if *of[1] == value));
        assert_eq!(found("maybe"), (DataType::Boolean, true));
        let minor = Field::new("minor", DataType::UInt32, false);
        assert_eq!(
            found("price"),
            (DataType::Struct(vec![minor].into()), false)
        );
        assert!(data.find("type").is_none());
    }

    #[test]
    fn what_no_column_fits_is_named() {
        let schema = json!({ "properties": { "odd": { "type": ["string", "integer"] } } });
        assert_eq!(columns_of(Some(&schema)).unwrap_err().path, "data.odd");
    }
}
