//! The catalogue of events in the forms that replays need.

use std::{fmt::Write as _, sync::Arc};

use domain::event_kinds;
use replay::{EventSchema, SchemaError, SchemaSet};

/// The schemas of all events, ready to check and to make columns.
pub fn event_schemas() -> Result<Arc<SchemaSet>, SchemaError> {
    let events = event_kinds().into_iter().map(|kind| EventSchema {
        aggregate_type: kind.aggregate_type.to_owned(),
        event_type: kind.event_type.to_owned(),
        event_version: kind.event_version.to_owned(),
        schema: kind.schema,
    });
    SchemaSet::new(events).map(Arc::new)
}

/// Every event with its meaning and an example: the generated part of `docs/events.md`.
pub fn events_in_markdown() -> String {
    let mut text = String::new();
    let mut aggregate = "";
    for kind in event_kinds() {
        if kind.aggregate_type != aggregate {
            aggregate = kind.aggregate_type;
            // Writing to a String cannot fail.
            let _ = write!(text, "\n### `{aggregate}`\n");
        }
        let (name, version) = (kind.event_type, kind.event_version);
        let _ = write!(
            text,
            "\n#### {name}\n\n{meaning} Version {version}; schema `GET /v1/schemas/{name}/{version}`.\n\n\
             ```json\n{example}```\n",
            meaning = kind.meaning,
            example = kind.example,
        );
        let columns = replay::columns_of(Some(&kind.schema)).ok();
        let columns: Vec<String> = columns
            .iter()
            .flat_map(|schema| schema.fields().iter())
            .filter(|field| field.name() == "data")
            .flat_map(|field| described("data", field.data_type()))
            .collect();
        if !columns.is_empty() {
            let _ = write!(text, "\nIn Parquet: {}.\n", columns.join(", "));
        }
    }
    text
}

/// A column's name and type; a structure's parts are columns of their own.
fn described(name: &str, kind: &replay::DataType) -> Vec<String> {
    let replay::DataType::Struct(fields) = kind else {
        return vec![format!("`{name}` {}", type_name(kind))];
    };
    fields
        .iter()
        .flat_map(|field| described(&format!("{name}_{}", field.name()), field.data_type()))
        .collect()
}

fn type_name(kind: &replay::DataType) -> String {
    if let replay::DataType::List(item) = kind {
        return format!("list of {}", type_name(item.data_type()));
    }
    if let replay::DataType::Struct(fields) = kind {
        let parts: Vec<String> = fields
            .iter()
            .map(|field| format!("{} {}", field.name(), type_name(field.data_type())))
            .collect();
        return format!("structure ({})", parts.join(", "));
    }
    if *kind == replay::DataType::Utf8 {
        return "text".to_owned();
    }
    kind.to_string().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_columns_and_a_place_in_the_documentation() {
        let text = events_in_markdown();
        for kind in event_kinds() {
            replay::columns_of(Some(&kind.schema)).unwrap();
            assert!(text.contains(&format!("#### {}\n", kind.event_type)));
        }
        assert!(text.contains("`data_price_minor` uint32"), "{text}");
    }
}
