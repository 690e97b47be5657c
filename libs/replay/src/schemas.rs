//! The JSON Schemas that events are written and checked by.

use std::{collections::HashMap, fmt};

use serde_json::Value;

/// What is known of one sort of event in one version.
#[derive(Debug, Clone, PartialEq)]
pub struct EventSchema {
    /// The aggregate's type.
    pub aggregate_type: String,
    /// What happens.
    pub event_type: String,
    /// The version of its form.
    pub event_version: String,
    /// JSON Schema of its data, self-contained.
    pub schema: Value,
}

/// A schema that is none.
#[derive(Debug, thiserror::Error)]
#[error("the schema of {event_type} v{event_version} is wrong")]
pub struct SchemaError {
    event_type: String,
    event_version: String,
    #[source]
    source: Box<jsonschema::ValidationError<'static>>,
}

pub(crate) struct Known {
    pub(crate) event: EventSchema,
    validator: jsonschema::Validator,
}

/// All schemas, by type and version.
#[derive(Default)]
pub struct SchemaSet(HashMap<String, HashMap<String, Known>>);

impl fmt::Debug for SchemaSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

impl SchemaSet {
    /// Understands the schemas.
    pub fn new(events: impl IntoIterator<Item = EventSchema>) -> Result<Self, SchemaError> {
        let mut set = Self::default();
        for event in events {
            let validator =
                jsonschema::validator_for(&event.schema).map_err(|source| SchemaError {
                    event_type: event.event_type.clone(),
                    event_version: event.event_version.clone(),
                    source: Box::new(source),
                })?;
            let versions = set.0.entry(event.event_type.clone()).or_default();
            versions.insert(event.event_version.clone(), Known { event, validator });
        }
        Ok(set)
    }

    pub(crate) fn get(&self, event_type: &str, event_version: &str) -> Option<&Known> {
        self.0.get(event_type)?.get(event_version)
    }
}

impl Known {
    /// What is wrong with the data, if anything is.
    pub(crate) fn complaint(&self, data: &Value) -> Option<String> {
        if self.validator.is_valid(data) {
            return None;
        }
        let error = self.validator.validate(data).err()?;
        let at = error.instance_path().to_string();
        Some(if at.is_empty() {
            error.to_string()
        } else {
            format!("{at}: {error}")
        })
    }
}
