//! What the views should hold, from the log alone. Written against the API's document, and on purpose not with the code
//! of the projector or the domain: a mistake there must not be made twice.

mod catalogue;
mod people;

use std::collections::BTreeMap;

use anyhow::Context;
use serde_json::{Value, json};

use self::{
    catalogue::{card, category, collection, cutout_of, page, pinned_search, stock, try_on_of},
    people::{picture, try_on, wardrobe},
};
use crate::{
    audit,
    observed::{Documents, LogEntry},
};

/// The views that are folded here.
pub const VIEWS: [&str; 11] = [
    "audit_entry",
    "category",
    "collection",
    "garment_card",
    "garment_page",
    "garment_stock",
    "garment_version",
    "picture",
    "pinned_search",
    "tryon_status",
    "wardrobe",
];

/// Every document at the end of the log.
pub fn fold<'a>(log: impl IntoIterator<Item = &'a LogEntry>) -> anyhow::Result<Documents> {
    let mut documents = Documents::new();
    let mut looks: BTreeMap<&str, &Value> = BTreeMap::new();
    for entry in log {
        for (name, data) in &entry.events {
            event(&mut documents, entry, name, data)
                .with_context(|| format!("{name} at {}", entry.sequence))?;
            if name == "GarmentLookedAt" {
                looks.insert(&entry.aggregate_id, data);
            }
        }
    }
    // The last look holds for a garment that is still as it was seen.
    for ((view, id), document) in &mut documents {
        if ["garment_card", "garment_page"].contains(&view.as_str()) {
            let look = looks.get(id.as_str()).copied();
            document["try_on"] = try_on_of(document, look);
            document["cutout"] = cutout_of(document, look);
        }
    }
    Ok(documents)
}

fn event(
    documents: &mut Documents,
    entry: &LogEntry,
    name: &str,
    data: &Value,
) -> anyhow::Result<()> {
    let id = entry.aggregate_id.as_str();
    match entry.aggregate_type.as_str() {
        "catalog.garment" => {
            card(slot(documents, "garment_card", id), entry, name, data)?;
            page(slot(documents, "garment_page", id), entry, name, data)?;
            // The newest version is the page.
            page(slot(documents, "garment_version", id), entry, name, data)
        }
        "catalog.collection" => collection(slot(documents, "collection", id), entry, name, data),
        "catalog.category" => category(slot(documents, "category", id), name, data),
        "catalog.search" => pinned_search(slot(documents, "pinned_search", id), name, data),
        "catalog.stock" => stock(slot(documents, "garment_stock", id), id, name, data),
        "media.picture" => picture(slot(documents, "picture", id), entry, name, data),
        "tryon.session" => try_on(slot(documents, "tryon_status", id), entry, name, data),
        "identity.account" | "identity.signing_keys" | "operations.projection" => {
            if audit::is_decision(entry, name) {
                audit::decision(slot(documents, "audit_entry", id), entry, name, data)?;
            }
            Ok(())
        }
        "wardrobe.wardrobe" => wardrobe(slot(documents, "wardrobe", id), entry, name, data),
        _ => Ok(()),
    }
}

fn slot<'a>(documents: &'a mut Documents, view: &str, id: &str) -> &'a mut Value {
    documents
        .entry((view.to_owned(), id.to_owned()))
        .or_insert(Value::Null)
}
/// The thing in a list whose `name` is this.
fn find<'a>(
    document: &'a mut Value,
    list: &str,
    name: &str,
    wanted: &Value,
) -> Option<&'a mut Value> {
    let mut things = document[list].as_array_mut()?.iter_mut();
    things.find(|thing| thing[name] == *wanted)
}

fn push(document: &mut Value, list: &str, thing: Value) -> anyhow::Result<()> {
    let things = document[list].as_array_mut();
    things.context("no such list")?.push(thing);
    Ok(())
}

fn remove(document: &mut Value, list: &str, name: &str, wanted: &Value) -> anyhow::Result<()> {
    let things = document[list].as_array_mut();
    let things = things.context("no such list")?;
    things.retain(|thing| thing[name] != *wanted);
    Ok(())
}

fn copy(to: &mut Value, from: &Value, names: &[&str]) {
    for name in names {
        to[*name] = from[*name].clone();
    }
}

fn link(picture: &Value) -> Value {
    let id = picture.as_str().unwrap_or_default();
    let source =
        |width: u32| json!({ "width_px": width, "url": format!("/v1/pictures/{id}/{width}.webp") });
    json!({
        "id": id,
        "display": null,
        "url": format!("/v1/pictures/{id}/400.webp"),
        "original_url": format!("/v1/pictures/{id}/original"),
        "sources": [source(160), source(400), source(800), source(1600)],
    })
}

fn rendition(id: &str, name: &str, stored: &Value) -> Value {
    let format = stored["format"].as_str().unwrap_or_default();
    let mut document = json!({
        "name": name,
        "url": format!("/v1/pictures/{id}/{name}"),
        "media_type": format!("image/{format}"),
    });
    copy(
        &mut document,
        stored,
        &["width_px", "height_px", "size_bytes"],
    );
    document
}
