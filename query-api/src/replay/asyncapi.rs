//! `asyncapi.json`: the event log described for programs (`AsyncAPI` 3.0).

use domain::event_kinds;
use serde_json::{Map, Value, json};

/// The document. Channels are the log's subjects, messages are commits.
pub fn asyncapi() -> Value {
    let kinds = event_kinds();
    let mut aggregates: Vec<&str> = kinds.iter().map(|kind| kind.aggregate_type).collect();
    aggregates.dedup();
    let (mut channels, mut operations, mut messages, mut schemas) =
        (Map::new(), Map::new(), Map::new(), Map::new());
    for aggregate in aggregates {
        let commit = format!("{aggregate}.commit");
        let events: Vec<Value> = kinds
            .iter()
            .filter(|kind| kind.aggregate_type == aggregate)
            .map(|kind| {
                let name = format!("{}.v{}", kind.event_type, kind.event_version);
                let mut schema = kind.schema.clone();
                // Within this document its own address would change what references mean.
                if let Some(schema) = schema.as_object_mut() {
                    schema.remove("$schema");
                    schema.remove("$id");
                    let example = serde_json::from_str(kind.example).unwrap_or(Value::Null);
                    schema.insert("examples".to_owned(), json!([example]));
                }
                schemas.insert(name.clone(), schema);
                recorded(kind.event_type, kind.event_version, &name)
            })
            .collect();
        messages.insert(commit.clone(), message(aggregate, &events));
        channels.insert(aggregate.to_owned(), channel(aggregate, &commit));
        operations.insert(format!("follow.{aggregate}"), operation(aggregate, &commit));
    }
    schemas.insert("headers".to_owned(), headers());
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "drape events",
            "version": "1",
            "description": "The event log. One message is one commit: the events of one command. Read it with \
                            `drape events`, `GET /v1/events`, or a JetStream consumer; never write to it.",
            "license": { "name": "Apache-2.0 OR MIT" }
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": { "messages": messages, "schemas": schemas }
    })
}

fn recorded(event_type: &str, event_version: &str, schema: &str) -> Value {
    json!({
        "type": "object",
        "required": ["type", "version", "data"],
        "properties": {
            "type": { "const": event_type },
            "version": { "const": event_version },
            "data": { "$ref": format!("#/components/schemas/{schema}") }
        }
    })
}

fn message(aggregate: &str, events: &[Value]) -> Value {
    json!({
        "name": format!("{aggregate}.commit"),
        "title": format!("What one command did to a {aggregate}"),
        "contentType": "application/json",
        "headers": { "$ref": "#/components/schemas/headers" },
        "payload": {
            "type": "object",
            "required": ["v", "from_version", "events"],
            "properties": {
                "v": { "const": 1 },
                "from_version": {
                    "type": "integer",
                    "minimum": 1,
                    "description": "Version of the aggregate after the first of the events."
                },
                "events": { "type": "array", "minItems": 1, "items": { "oneOf": events } }
            }
        }
    })
}

fn channel(aggregate: &str, commit: &str) -> Value {
    json!({
        "address": format!("drape.events.{aggregate}.{{id}}"),
        "description": "A subject of the JetStream stream DRAPE_EVENTS.",
        "parameters": { "id": { "description": "Id of the aggregate." } },
        "messages": { commit: { "$ref": format!("#/components/messages/{commit}") } }
    })
}

fn operation(aggregate: &str, commit: &str) -> Value {
    json!({
        "action": "receive",
        "channel": { "$ref": format!("#/channels/{aggregate}") },
        "messages": [{ "$ref": format!("#/channels/{aggregate}/messages/{commit}") }]
    })
}

fn headers() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    json!({
        "type": "object",
        "required": ["Es-Command", "Es-Time"],
        "properties": {
            "Es-Command": text("Id of the command."),
            "Es-Time": { "type": "string", "format": "date-time", "description": "When the writer made the commit." },
            "Es-Actor": text("Opaque id of who asked."),
            "Es-Correlation": text("Shared by everything that one request set off."),
            "Es-Causation": text("What led to the command."),
            "Es-Checksum": text("SHA-256 of the subject, a line feed and the body, in hexadecimal."),
            "traceparent": text("W3C trace context.")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_leads_somewhere() {
        let document = asyncapi();
        let mut references = Vec::new();
        collect(&document, &mut references);
        assert!(references.len() > 16);
        for reference in references {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }

    fn collect(value: &Value, into: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(reference)) = map.get("$ref") {
                    into.push(reference.clone());
                }
                map.values().for_each(|value| collect(value, into));
            }
            Value::Array(items) => items.iter().for_each(|value| collect(value, into)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}
