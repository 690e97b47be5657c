//! What belongs to people: pictures, try-ons, wardrobes.

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::{copy, find, link, push, remove, rendition};
use crate::observed::LogEntry;

pub(super) fn picture(
    document: &mut Value,
    entry: &LogEntry,
    name: &str,
    data: &Value,
) -> anyhow::Result<()> {
    let id = entry.aggregate_id.as_str();
    match name {
        "PictureUploaded" => {
            *document = json!({
                "id": id, "purpose": data["purpose"], "owner": data["owner"], "status": "uploaded",
                "original": rendition(id, "original", &data["original"]), "renditions": [],
                "mean_colour": null, "thumbhash": null, "focal_point": null, "refusal": null,
                "consent": null, "removal": null, "uploaded_at": entry.time,
            });
        }
        _ if document.is_null() => bail!("the picture was never uploaded"),
        "PictureProcessed" => {
            let made = data["renditions"].as_array().context("no renditions")?;
            let made = made
                .iter()
                .map(|made| rendition(id, made["name"].as_str().unwrap_or_default(), made));
            document["status"] = json!("processed");
            document["mean_colour"] = data["mean_colour"].clone();
            document["thumbhash"] = data["thumbhash"].clone();
            document["renditions"] = made.collect();
        }
        "FocalPointChosen" => {
            let fraction = |name: &str| data[name].as_f64().unwrap_or_default() / 1_000.0;
            document["focal_point"] =
                json!({ "x": fraction("x_permille"), "y": fraction("y_permille") });
        }
        "PictureRefused" => {
            document["status"] = json!("refused");
            document["refusal"] = json!({ "reason": data["reason"], "detail": data["detail"] });
        }
        "PhotoConsentGiven" => {
            document["consent"] = json!({
                "purpose": data["purpose"], "policy": data["policy"], "subject": data["subject"],
                "given_at": entry.time, "withdrawn_at": null,
            });
        }
        "PhotoConsentWithdrawn" => document["consent"]["withdrawn_at"] = json!(entry.time),
        "PictureRemoved" => {
            for (field, is) in [
                ("status", json!("removed")),
                ("renditions", json!([])),
                ("mean_colour", Value::Null),
                ("thumbhash", Value::Null),
                ("focal_point", Value::Null),
                (
                    "removal",
                    json!({ "reason": data["reason"], "at": entry.time }),
                ),
            ] {
                document[field] = is;
            }
        }
        other => bail!("{other} is unknown here"),
    }
    Ok(())
}

pub(super) fn try_on(
    document: &mut Value,
    entry: &LogEntry,
    name: &str,
    data: &Value,
) -> anyhow::Result<()> {
    if name == "TryOnRequested" {
        let mode = data["mode"].as_str().unwrap_or("balanced");
        *document = json!({
            "id": entry.aggregate_id, "status": "requested", "attempt": 0, "mode": mode,
            "seed": data["seed"].as_u64().unwrap_or(0),
            "cancel_after_s": data["cancel_after_s"], "over": data["over"],
            "person": link(&data["person"]), "garment": data["garment"],
            "garment_picture": link(&data["garment_picture"]), "category": data["category"],
            "requested_by": data["requested_by"], "result": null, "reason": null, "engine": null,
            "duration_ms": null, "stages": [], "feedback": null, "requested_at": entry.time, "started_at": null, "ended_at": null,
        });
        return Ok(());
    }
    if document.is_null() {
        bail!("the try-on was never requested");
    }
    if name == "TryOnRated" {
        document["feedback"] = json!({ "rating": data["rating"], "reasons": data["reasons"] });
        return Ok(());
    }
    if data["attempt"].is_u64() {
        copy(document, data, &["attempt"]);
    }
    let status = match name {
        "TryOnStarted" => {
            document["started_at"] = json!(entry.time);
            "running"
        }
        "TryOnSucceeded" => {
            document["result"] = link(&data["result"]);
            copy(document, data, &["duration_ms", "engine"]);
            if data["stages"].is_array() {
                copy(document, data, &["stages"]);
            }
            "succeeded"
        }
        "TryOnFailed" => {
            document["reason"] = data["reason"].clone();
            "failed"
        }
        "TryOnCancelled" => "cancelled",
        other => bail!("{other} is unknown here"),
    };
    if status != "running" {
        document["ended_at"] = json!(entry.time);
    }
    document["status"] = json!(status);
    Ok(())
}

pub(super) fn wardrobe(
    document: &mut Value,
    entry: &LogEntry,
    name: &str,
    data: &Value,
) -> anyhow::Result<()> {
    let empty =
        |version: u64| json!({ "favourites": [], "owned": [], "outfits": [], "version": version });
    if document.is_null() {
        *document = empty(0);
    }
    let version = document["version"].as_u64().context("no version")? + 1;
    document["version"] = json!(version);
    let (at, garment, outfit) = (&entry.time, &data["garment"], &data["outfit"]);
    match name {
        "FavouriteAdded" => {
            push(
                document,
                "favourites",
                json!({ "garment": garment, "since": at }),
            )?;
        }
        "FavouriteRemoved" => remove(document, "favourites", "garment", garment)?,
        "GarmentOwned" => own(document, at, data)?,
        "GarmentDisowned" => remove(document, "owned", "garment", garment)?,
        "OutfitSaved" => save_outfit(document, at, data)?,
        "OutfitRemoved" => remove(document, "outfits", "id", outfit)?,
        "OutfitShared" => {
            let saved = find(document, "outfits", "id", outfit).context("never saved")?;
            saved["shared"] = json!({ "picture": data["picture"].is_string(), "since": at });
        }
        "OutfitUnshared" => {
            let saved = find(document, "outfits", "id", outfit).context("never saved")?;
            saved["shared"] = Value::Null;
        }
        "WardrobeMerged" => {}
        "WardrobeHandedOver" | "WardrobeErased" => *document = empty(version),
        other => bail!("{other} is unknown here"),
    }
    Ok(())
}

fn own(document: &mut Value, at: &str, data: &Value) -> anyhow::Result<()> {
    if let Some(owned) = find(document, "owned", "garment", &data["garment"]) {
        owned["size"] = data["size"].clone();
        return Ok(());
    }
    let owned = json!({ "garment": data["garment"], "size": data["size"], "since": at });
    push(document, "owned", owned)
}

fn save_outfit(document: &mut Value, at: &str, data: &Value) -> anyhow::Result<()> {
    let tried = &data["try_on"];
    let picture = &tried["picture"];
    let picture = if picture.is_null() {
        Value::Null
    } else {
        link(picture)
    };
    let mut saved = json!({
        "id": data["outfit"], "name": data["name"], "garments": data["garments"],
        "try_on": tried["session"], "picture": picture, "shared": null, "saved_at": at,
    });
    match find(document, "outfits", "id", &data["outfit"]) {
        Some(before) => {
            saved["shared"] = before["shared"].take();
            if saved["shared"]["picture"] == true && saved["picture"] != before["picture"] {
                saved["shared"]["picture"] = json!(false);
            }
            *before = saved;
            Ok(())
        }
        None => push(document, "outfits", saved),
    }
}
