//! An example of every document and every parameter, made from its schema: it cannot say anything else than the schema.
//!
//! A field's own `example` wins. The linters hold every example against its schema, so one that is missing is found there.

use serde_json::{Map, Value, json};

/// Deeper schemas refer to themselves.
const DEEPEST: usize = 32;

/// Fields whose name says what stands there.
const WORDS: [(&str, &str); 21] = [
    ("aggregate", "catalog.garment"),
    ("aggregate_id", "01900000-0000-7000-8000-000000000001"),
    ("category", "tops"),
    ("code", "not-front-view"),
    ("currency", "EUR"),
    ("cursor", "NDI"),
    ("Drape-Min-Position", "9f2c4e7a81b03d56-42"),
    ("hex", "#d8c9a8"),
    ("Idempotency-Key", "5f0c7f34-9a7d-4c55-a1a2-4a6f0f6b0f0e"),
    ("mean_colour", "#d8c9a8"),
    ("media_type", "image/webp"),
    ("name", "Linen shirt"),
    ("next_cursor", "NDI"),
    ("position", "9f2c4e7a81b03d56-42"),
    ("purpose", "catalogue"),
    ("rendition", "400.webp"),
    (
        "sha256",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ),
    ("slug", "linen-shirt"),
    ("stage", "warp"),
    ("type", "PriceChanged"),
    ("view", "garment_card"),
];

/// Gives every body, answer and parameter an example.
pub(super) fn add_examples(document: &mut Value) {
    let schemas = document["components"]["schemas"].clone();
    let made = Examples(&schemas);
    if let Some(problem) = document.pointer_mut("/components/schemas/Problem") {
        problem["example"] = problem_example();
    }
    let Some(paths) = document["paths"].as_object_mut() else {
        return;
    };
    for operation in paths
        .values_mut()
        .filter_map(Value::as_object_mut)
        .flat_map(Map::values_mut)
    {
        let parameters = operation.get_mut("parameters");
        let parameters = parameters.and_then(Value::as_array_mut);
        for parameter in parameters.into_iter().flatten() {
            if parameter.get("example").is_none() {
                let name = parameter["name"].as_str().unwrap_or_default().to_owned();
                parameter["example"] = made.of(&parameter["schema"], &name, 0);
            }
        }
        if operation.get("requestBody").is_some() {
            made.add_to(&mut operation["requestBody"]);
        }
        let answers = operation["responses"].as_object_mut();
        for (_, answer) in answers
            .into_iter()
            .flatten()
            .filter(|(status, _)| status.starts_with('2'))
        {
            made.add_to(answer);
        }
    }
}

fn problem_example() -> Value {
    json!({
        "type": "/problems/invalid-body",
        "title": "The request's body has mistakes",
        "status": 422,
        "code": "invalid-body",
        "detail": "the price is wrong",
        "errors": [{ "pointer": "/price/minor", "detail": "must be a whole number" }],
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    })
}

struct Examples<'a>(&'a Value);

impl Examples<'_> {
    fn add_to(&self, body: &mut Value) {
        for (media_type, content) in body["content"].as_object_mut().into_iter().flatten() {
            if content.get("example").is_none() && media_type.ends_with("json") {
                content["example"] = self.of(&content["schema"], "", 0);
            }
        }
    }

    fn of(&self, schema: &Value, name: &str, depth: usize) -> Value {
        if depth > DEEPEST {
            return Value::Null;
        }
        if let Some(at) = schema["$ref"].as_str() {
            let target = at.rsplit('/').next().unwrap_or_default();
            return self.of(&self.0[target], name, depth + 1);
        }
        for given in [
            &schema["example"],
            &schema["examples"][0],
            &schema["const"],
            &schema["enum"][0],
        ] {
            if !given.is_null() {
                return given.clone();
            }
        }
        if let Some(choices) = schema["oneOf"]
            .as_array()
            .or_else(|| schema["anyOf"].as_array())
        {
            let choice = choices.iter().find(|choice| choice["type"] != "null");
            return choice.map_or(Value::Null, |choice| self.of(choice, name, depth + 1));
        }
        if let Some(parts) = schema["allOf"].as_array() {
            let parts = parts
                .iter()
                .filter_map(|part| self.of(part, name, depth + 1).as_object().cloned());
            return Value::Object(parts.flatten().collect());
        }
        match type_of(schema) {
            "object" => self.object(schema, depth),
            "array" => json!([self.of(&schema["items"], name, depth + 1)]),
            "integer" => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
            "number" => json!(0.5),
            "boolean" => json!(true),
            "string" => json!(text(schema, name)),
            _ => json!({}),
        }
    }

    fn object(&self, schema: &Value, depth: usize) -> Value {
        let fields = schema["properties"].as_object().into_iter().flatten();
        let fields = fields.map(|(name, field)| (name.clone(), self.of(field, name, depth + 1)));
        Value::Object(fields.collect())
    }
}

/// The first of its types that is not null.
fn type_of(schema: &Value) -> &str {
    let types = schema["type"].as_array();
    let first = types.and_then(|types| types.iter().find(|kind| *kind != "null"));
    first
        .unwrap_or(&schema["type"])
        .as_str()
        .unwrap_or_default()
}

fn text<'a>(schema: &'a Value, name: &'a str) -> &'a str {
    match schema["format"].as_str() {
        Some("uuid") => return "01900000-0000-7000-8000-000000000001",
        Some("date-time") => return "2026-11-25T09:30:00Z",
        Some(_) | None => {}
    }
    if let Some((_, word)) = WORDS.iter().find(|(known, _)| *known == name) {
        return word;
    }
    if name.ends_with("url") {
        return "/v1/pictures/01900000-0000-7000-8000-000000000001/400.webp";
    }
    schema["default"].as_str().unwrap_or("text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_says_what_its_schema_says() {
        let schemas = json!({
            "Money": { "type": "object", "properties": { "minor": { "type": "integer", "minimum": 0 }, "currency": { "type": "string" } } },
        });
        let schema = json!({ "type": "object", "properties": {
            "id": { "type": "string", "format": "uuid" },
            "price": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Money" }] },
            "sizes": { "type": ["array", "null"], "items": { "type": "string", "example": "M" } },
        } });
        assert_eq!(
            Examples(&schemas).of(&schema, "", 0),
            json!({ "id": "01900000-0000-7000-8000-000000000001", "price": { "minor": 0, "currency": "EUR" }, "sizes": ["M"] })
        );
    }

    #[test]
    fn a_schema_that_holds_itself_has_an_example_with_an_end() {
        let schemas = json!({ "Tree": { "type": "object", "properties": { "left": { "$ref": "#/components/schemas/Tree" } } } });
        let schema = json!({ "$ref": "#/components/schemas/Tree" });
        assert!(Examples(&schemas).of(&schema, "", 0).is_object());
    }
}
