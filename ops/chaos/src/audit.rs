//! What the audit should hold, from the log alone: a part of `fold`, and like it not with the code of the projector or the domain.

use anyhow::Context;
use serde_json::{Value, json};

use crate::observed::LogEntry;

/// Whether an event of an account or a projection is an admin's decision.
pub(crate) fn is_decision(entry: &LogEntry, name: &str) -> bool {
    let is_own = entry.actor.is_none() || entry.actor.as_ref() == Some(&entry.aggregate_id);
    match name {
        "AccountErased" => false,
        "AccountRegistered" | "ApiKeyIssued" | "ApiKeyRevoked" => !is_own,
        _ => true,
    }
}

/// Adds a decision to all that was decided about the same account or projection.
pub(crate) fn decision(
    document: &mut Value,
    entry: &LogEntry,
    name: &str,
    data: &Value,
) -> anyhow::Result<()> {
    let is_account = entry.aggregate_type == "identity.account";
    let decided = &data["decided"];
    let at = &decided["at"];
    let reason = if decided.is_null() {
        &data["reason"]
    } else {
        &decided["reason"]
    };
    let decision = json!({
        "sequence": entry.sequence,
        "at": if at.is_null() { json!(entry.time) } else { at.clone() },
        "action": name,
        "actor": entry.actor,
        "from": decided["from"],
        "reason": reason,
        "account": if is_account { json!(entry.aggregate_id) } else { Value::Null },
        "view": data["view"],
        "roles": data["roles"],
        "key": data["key"],
        "commit": data["sequence"],
    });
    if document.is_null() {
        *document = json!([]);
    }
    let decisions = document.as_array_mut();
    decisions
        .context("the decisions are no list")?
        .push(decision);
    Ok(())
}
