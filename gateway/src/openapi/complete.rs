//! What holds for every operation, written into the document once: the answers of the layers around all handlers, headers, and
//! names of one form.

use http_kit::CommandKey;
use serde_json::{Map, Value, json};
use utoipa::IntoParams;

const PROBLEM: &str = "application/problem+json";

/// Any text but one that holds the character NUL.
const NO_NUL: &str = "^[^\\x00]*$";

/// Problems that our layers and extractors answer: status, name, meaning.
const PROBLEMS: [(&str, &str, &str); 13] = [
    (
        "400",
        "BadRequest",
        "The address, a parameter, a header, or the syntax of the body is wrong.",
    ),
    (
        "401",
        "Unauthenticated",
        "Nobody is signed in, or the token is not known: `unauthenticated`.",
    ),
    (
        "403",
        "CrossSite",
        "A page of somebody else made a browser send it: `cross-site`.",
    ),
    (
        "408",
        "BodyTooSlow",
        "The body did not arrive in time: `body-too-slow`.",
    ),
    (
        "409",
        "RequestInFlight",
        "The same request is under way: `request-in-flight`.",
    ),
    (
        "413",
        "BodyTooLarge",
        "The body is too large: `body-too-large`.",
    ),
    (
        "414",
        "AddressTooLong",
        "The address is too long: `address-too-long`.",
    ),
    (
        "415",
        "WrongMediaType",
        "The body is of another media type than this operation takes.",
    ),
    (
        "422",
        "KeyReused",
        "Its Idempotency-Key was used for another request: `idempotency-key-reused`.",
    ),
    (
        "429",
        "RateLimited",
        "The caller's quota is used up: `rate-limited`.",
    ),
    (
        "431",
        "HeadersTooLarge",
        "The headers are too large, or too many: `headers-too-large`.",
    ),
    ("500", "Internal", "A mistake on our side: `internal`."),
    (
        "503",
        "Unavailable",
        "A store is out of reach, or this took too long: `unavailable`, `timed-out`.",
    ),
];

/// Finishes a document that its handlers wrote.
pub(super) fn complete(document: &mut Value) -> serde_json::Result<()> {
    document["components"]["headers"] = headers();
    document["components"]["responses"] = responses();
    let key = idempotency_key()?;
    let Some(paths) = document["paths"].as_object_mut() else {
        return Ok(());
    };
    for (method, operation) in paths
        .values_mut()
        .filter_map(Value::as_object_mut)
        .flatten()
    {
        if let Some(operation) = operation.as_object_mut() {
            complete_operation(method, operation, &key);
        }
    }
    as_rust_has_it(document);
    one_of_each_tag(document);
    without_unused(document);
    Ok(())
}

/// Mends what utoipa says of fields: one that may be left out has no default that its own schema forbids, and a number that
/// cannot be negative is no `int32`.
fn as_rust_has_it(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.get("default").is_some_and(Value::is_null) {
                fields.remove("default");
            }
            let unsigned = fields.get("minimum").and_then(Value::as_u64).is_some();
            if unsigned && fields.get("format").is_some_and(|format| format == "int32") {
                fields.remove("format");
                fields.entry("maximum").or_insert_with(|| json!(u32::MAX));
            }
            fields.values_mut().for_each(as_rust_has_it);
        }
        Value::Array(items) => items.iter_mut().for_each(as_rust_has_it),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Files are bytes or text, not arrays of numbers as the type that holds them suggests. `part` is a request's body or an answer.
fn files_are_no_numbers(part: &mut Value) {
    let Some(content) = part.get_mut("content").and_then(Value::as_object_mut) else {
        return;
    };
    for (media_type, content) in content {
        let is_document = media_type == "application/json" || media_type.ends_with("+json");
        if is_document || content["schema"]["items"]["type"] != "integer" {
            continue;
        }
        content["schema"] = if media_type.starts_with("text/") || media_type.ends_with("ndjson") {
            json!({ "type": "string" })
        } else {
            json!({ "type": "string", "format": "binary" })
        };
    }
}

/// Roles describe their tags as well: the document's own words win.
fn one_of_each_tag(document: &mut Value) {
    let Some(tags) = document["tags"].as_array_mut() else {
        return;
    };
    let name = |tag: &Value| tag["name"].as_str().unwrap_or_default().to_owned();
    // Stable: of two with one name the first stays first.
    tags.sort_by_key(name);
    tags.dedup_by_key(|tag| name(tag));
}

/// Parts that nothing refers to say nothing.
fn without_unused(document: &mut Value) {
    loop {
        let text = document.to_string();
        let mut removed = false;
        for kind in ["schemas", "responses", "headers"] {
            if let Some(parts) = document["components"][kind].as_object_mut() {
                let before = parts.len();
                parts.retain(|name, _| text.contains(&format!("\"#/components/{kind}/{name}\"")));
                removed |= parts.len() < before;
            }
        }
        if !removed {
            return;
        }
    }
}

/// A browser's cookie is as good as a token, and the roles that a token must have stand beside: linters take them for scopes,
/// which only OAuth has. Answers whether anybody can be refused for who they are.
fn complete_security(operation: &mut Map<String, Value>) -> bool {
    let security = operation.entry("security").or_insert_with(|| json!([]));
    let Some(schemes) = security
        .as_array_mut()
        .filter(|schemes| !schemes.is_empty())
    else {
        return false;
    };
    let mut roles = vec![];
    for scheme in &mut *schemes {
        if let Some(named) = scheme.get_mut("bearer").and_then(Value::as_array_mut) {
            roles.append(named);
        }
    }
    schemes.push(json!({ "cookie": [] }));
    if !roles.is_empty() {
        operation.insert("x-roles".to_owned(), roles.into());
    }
    true
}

fn complete_operation(method: &str, operation: &mut Map<String, Value>, key: &Value) {
    name(operation);
    let mut statuses = vec!["414", "429", "431", "500", "503"];
    if complete_security(operation) {
        statuses.push("401");
    }
    if method != "get" {
        add_parameter(operation, key);
        statuses.extend(["403", "409", "422"]);
    }
    without_nul(operation);
    if operation.contains_key("requestBody") {
        statuses.extend(["408", "413", "415"]);
    }
    if method == "get" && answers_document(operation) {
        add_parameter(operation, &if_none_match());
        add_answer(
            operation,
            "304",
            json!({ "description": "The caller has it already." }),
        );
        if let Some(headers) = object_at(operation, &["responses", "200", "headers"]) {
            headers.insert("ETag".to_owned(), reference("headers", "ETag"));
        }
    }
    if operation.contains_key("parameters") || operation.contains_key("requestBody") {
        statuses.push("400");
    }
    for (status, name, _) in PROBLEMS
        .iter()
        .filter(|(status, ..)| statuses.contains(status))
    {
        add_answer(operation, status, reference("responses", name));
    }
    describe_answers(operation);
    operation
        .get_mut("requestBody")
        .into_iter()
        .for_each(files_are_no_numbers);
    let answers = operation
        .get_mut("responses")
        .and_then(Value::as_object_mut);
    answers
        .into_iter()
        .flat_map(Map::values_mut)
        .for_each(files_are_no_numbers);
}

/// What stands in an address holds no NUL, whatever else it may be: that is refused before anybody reads it.
fn without_nul(operation: &mut Map<String, Value>) {
    let parameters = operation
        .get_mut("parameters")
        .and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        let is_in_address = parameter["in"] == "path" || parameter["in"] == "query";
        if let Some(schema) = parameter["schema"].as_object_mut()
            && is_in_address
            && schema.get("type").is_some_and(|kind| kind == "string")
            && !["pattern", "format", "enum"]
                .iter()
                .any(|rule| schema.contains_key(*rule))
        {
            schema.insert("pattern".to_owned(), NO_NUL.into());
        }
    }
}

/// Ids are `verbNoun`, summaries are phrases, and every operation is described.
fn name(operation: &mut Map<String, Value>) {
    if let Some(Value::String(id)) = operation.get_mut("operationId") {
        let mut words = id.split('_');
        let first = words.next().unwrap_or_default().to_owned();
        *id = words.fold(first, |id, word| {
            let (initial, rest) = word.split_at(1.min(word.len()));
            id + &initial.to_ascii_uppercase() + rest
        });
    }
    let Some(Value::String(summary)) = operation.get_mut("summary") else {
        return;
    };
    let phrase = summary.trim_end_matches('.').to_owned();
    summary.clone_from(&phrase);
    operation
        .entry("description")
        .or_insert_with(|| Value::String(format!("{phrase}.")));
}

/// Headers on successes, and streams of events described event by event.
fn describe_answers(operation: &mut Map<String, Value>) {
    let Some(answers) = object_at(operation, &["responses"]) else {
        return;
    };
    for (_, answer) in answers
        .iter_mut()
        .filter(|(status, _)| status.starts_with('2'))
    {
        let Some(answer) = answer.as_object_mut() else {
            continue;
        };
        if let Some(headers) = object_at(answer, &["headers"]) {
            for name in ["X-Request-Id", "RateLimit", "RateLimit-Policy"] {
                headers.insert(name.to_owned(), reference("headers", name));
            }
        }
        if let Some(stream) =
            object_at(answer, &["content"]).and_then(|content| content.get_mut("text/event-stream"))
        {
            stream["schema"] = event_of(&stream["schema"]);
        }
    }
}

/// A server-sent event whose data is JSON of this schema.
fn event_of(schema: &Value) -> Value {
    json!({
        "type": "object",
        "description": "One event of the stream.",
        "properties": {
            "id": { "type": "string", "description": "Where to resume: send it as Last-Event-ID." },
            "event": { "type": "string", "description": "Its name, where it is no ordinary one." },
            "retry": { "type": "integer", "minimum": 0, "description": "Milliseconds to wait before the stream is opened again." },
            "data": { "type": "string", "contentMediaType": "application/json", "contentSchema": schema },
        },
    })
}

fn answers_document(operation: &Map<String, Value>) -> bool {
    let content = operation
        .get("responses")
        .map(|answers| &answers["200"]["content"]);
    let content = content.and_then(Value::as_object);
    content.is_some_and(|content| {
        content
            .keys()
            .any(|name| name == "application/json" || name == "application/schema+json")
    })
}

fn add_parameter(operation: &mut Map<String, Value>, parameter: &Value) {
    let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
    if let Some(parameters) = parameters.as_array_mut()
        && !parameters
            .iter()
            .any(|present| present["name"] == parameter["name"])
    {
        parameters.push(parameter.clone());
    }
}

fn add_answer(operation: &mut Map<String, Value>, status: &str, answer: Value) {
    if let Some(answers) = object_at(operation, &["responses"]) {
        answers.entry(status).or_insert(answer);
    }
}

/// The object at this path, made where it is missing.
fn object_at<'a>(
    object: &'a mut Map<String, Value>,
    path: &[&str],
) -> Option<&'a mut Map<String, Value>> {
    let Some((first, rest)) = path.split_first() else {
        return Some(object);
    };
    let next = object.entry(*first).or_insert_with(|| json!({}));
    object_at(next.as_object_mut()?, rest)
}

fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

fn headers() -> Value {
    let header = |description: &str, example: &str| json!({ "description": description, "schema": { "type": "string" }, "example": example });
    json!({
        "ETag": header("A name for what the document says: send it as `If-None-Match`.", "W/\"mBZrBcfZBYpJ0zk0fSyCLg\""),
        "RateLimit": header("What is left of the caller's quota, and the seconds until it is whole again.", "\"read\";r=599;t=1"),
        "RateLimit-Policy": header("The caller's quota: so many requests in so many seconds.", "\"read\";q=600;w=60"),
        "Retry-After": header("Seconds after which it is worth asking again.", "2"),
        "X-Request-Id": header("What our logs call this request; the one that was sent, if there was one.", "7d1c5b0e-52b7-4b5e-9a3e-8e8f6a1c2d3e"),
    })
}

fn responses() -> Value {
    let answers = PROBLEMS.iter().map(|(status, name, description)| {
        let schema = json!({ "$ref": "#/components/schemas/Problem" });
        let mut answer =
            json!({ "description": description, "content": { PROBLEM: { "schema": schema } } });
        if matches!(*status, "409" | "429" | "503") {
            answer["headers"] = json!({ "Retry-After": reference("headers", "Retry-After") });
        }
        ((*name).to_owned(), answer)
    });
    Value::Object(answers.collect())
}

fn idempotency_key() -> serde_json::Result<Value> {
    let parameters = serde_json::to_value(CommandKey::into_params(|| None))?;
    Ok(parameters[0].clone())
}

fn if_none_match() -> Value {
    json!({
        "name": "If-None-Match",
        "in": "header",
        "required": false,
        "description": "An `ETag` as it was answered before: 304 if it still holds.",
        "schema": { "type": "string" },
        "example": "W/\"mBZrBcfZBYpJ0zk0fSyCLg\"",
    })
}
