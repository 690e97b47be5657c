//! What the views should hold, from the log alone. Written against the API's document, and on purpose not with the code
//! of the projector or the domain: a mistake there must not be made twice.

use anyhow::{Context, bail};
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

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
    for entry in log {
        for (name, data) in &entry.events {
            event(&mut documents, entry, name, data)
                .with_context(|| format!("{name} at {}", entry.sequence))?;
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

fn card(document: &mut Value, entry: &LogEntry, name: &str, data: &Value) -> anyhow::Result<()> {
    const DESCRIBED: [&str; 5] = ["name", "slug", "category", "colour", "brand"];
    match name {
        "GarmentAdded" => {
            *document = json!({
                "id": entry.aggregate_id, "status": "draft", "price": data["price"], "picture": null,
                "was": null, "earlier_prices": [], "size_prices": {}, "publish_at": null,
            });
            describe_card(document, &data["details"], &DESCRIBED);
        }
        "GarmentRevised" => describe_card(document, &data["details"], &DESCRIBED),
        "ListPriceChanged" => {}
        _ => garment(document, entry, name, data)?,
    }
    Ok(())
}

fn describe_card(document: &mut Value, details: &Value, described: &[&str]) {
    copy(document, details, described);
    document["style"] = style(details);
    let texts = details["texts"].as_object().into_iter().flatten();
    let names = texts.map(|(language, text)| (language.clone(), text["name"].clone()));
    document["names"] = names.collect();
}

/// A garment without a style is one of its own.
fn style(details: &Value) -> Value {
    let named = &details["style"];
    if named.is_null() {
        details["slug"].clone()
    } else {
        named.clone()
    }
}

fn describe_page(document: &mut Value, details: &Value) {
    const DESCRIBED: [&str; 11] = [
        "name",
        "slug",
        "category",
        "colour",
        "sizes",
        "description",
        "brand",
        "material",
        "fit",
        "season",
        "category_path",
    ];
    copy(document, details, &DESCRIBED);
    document["style"] = style(details);
    for map in ["attributes", "skus", "texts"] {
        let said = &details[map];
        document[map] = if said.is_null() {
            json!({})
        } else {
            said.clone()
        };
    }
}

fn page(document: &mut Value, entry: &LogEntry, name: &str, data: &Value) -> anyhow::Result<()> {
    match name {
        "GarmentAdded" => {
            *document = json!({
                "id": entry.aggregate_id, "status": "draft", "price": data["price"], "picture": null,
                "was": null, "earlier_prices": [], "size_prices": {}, "list_prices": {}, "publish_at": null,
                "version": 0, "added_at": entry.time, "published_at": null, "retired_at": null,
            });
            describe_page(document, &data["details"]);
        }
        "GarmentRevised" => describe_page(document, &data["details"]),
        "ListPriceChanged" => price_of(&mut document["list_prices"], &data["list"], &data["price"]),
        _ => garment(document, entry, name, data)?,
    }
    let version = document["version"].as_u64().context("never added")?;
    document["version"] = json!(version + 1);
    if name == "GarmentPublished" && document["published_at"].is_null() {
        document["published_at"] = json!(entry.time);
    }
    if name == "GarmentRetired" {
        document["retired_at"] = json!(entry.time);
    }
    Ok(())
}

/// What changes alike in both documents of a garment.
fn garment(document: &mut Value, entry: &LogEntry, name: &str, data: &Value) -> anyhow::Result<()> {
    if document.is_null() {
        bail!("the garment was never added");
    }
    match name {
        "PriceChanged" => {
            if document["status"] == "published" {
                reduce(document, &data["price"], &entry.time)?;
            }
            document["price"] = data["price"].clone();
        }
        "SizePriceChanged" => price_of(&mut document["size_prices"], &data["size"], &data["price"]),
        "PictureAttached" => document["picture"] = link(&data["picture"]),
        "PublicationScheduled" => {
            document["status"] = json!("scheduled");
            document["publish_at"] = data["at"].clone();
        }
        "PublicationUnscheduled" => stand(document, "draft"),
        "GarmentPublished" => stand(document, "published"),
        "GarmentRetired" => stand(document, "retired"),
        other => bail!("{other} is unknown here"),
    }
    Ok(())
}

fn stand(document: &mut Value, status: &str) {
    document["status"] = json!(status);
    document["publish_at"] = Value::Null;
}

fn price_of(prices: &mut Value, of: &Value, price: &Value) {
    let name = of.as_str().unwrap_or_default();
    if let (true, Some(prices)) = (price.is_null(), prices.as_object_mut()) {
        prices.remove(name);
    } else {
        prices[name] = price.clone();
    }
}

/// The price gives way to another one: what was asked for in the thirty days before is kept, and the lowest of it is shown
/// beside a lower price.
fn reduce(document: &mut Value, price: &Value, at: &str) -> anyhow::Result<()> {
    let time = |text: &str| OffsetDateTime::parse(text, &Rfc3339);
    let oldest = time(at)? - time::Duration::days(30);
    let mut earlier = document["earlier_prices"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    earlier.push(json!({ "price": document["price"], "until": at }));
    let mut kept = Vec::new();
    for one in earlier {
        let until = time(one["until"].as_str().context("no end")?)?;
        if until > oldest && one["price"]["currency"] == price["currency"] {
            kept.push(one);
        }
    }
    let lowest = kept.iter().min_by_key(|one| one["price"]["minor"].as_u64());
    let lowest = lowest.map_or(Value::Null, |one| one["price"].clone());
    let lower = price["minor"].as_u64() < lowest["minor"].as_u64();
    document["was"] = if lower { lowest } else { Value::Null };
    document["earlier_prices"] = json!(kept);
    Ok(())
}

/// How many of a size are few, where nobody says otherwise.
const FEW: i64 = 3;

fn stock(document: &mut Value, id: &str, name: &str, data: &Value) -> anyhow::Result<()> {
    if document.is_null() {
        *document = json!({ "id": id, "total": 0, "sizes": [], "version": 0 });
    }
    let version = document["version"].as_u64().context("no version")?;
    document["version"] = json!(version + 1);
    if name == "LowStockLevelSet" {
        return low_level(document, &data["level"]);
    }
    // What follows from the counts changes nothing.
    if name == "StockRanLow" {
        return Ok(());
    }
    let few = document["low_level"].as_i64().unwrap_or(FEW);
    let sizes = document["sizes"].as_array_mut().context("no sizes")?;
    let known = sizes.iter().position(|of| of["size"] == data["size"]);
    let before = known.map_or(Some(0), |at| sizes[at]["count"].as_i64());
    let before = before.context("no count")?;
    let count = match name {
        "StockCounted" => data["count"].as_i64(),
        "StockAdjusted" => data["by"].as_i64().map(|by| before + by),
        other => bail!("{other} is unknown here"),
    };
    let count = count
        .filter(|count| *count >= 0)
        .context("fewer than none")?;
    let of = json!({ "size": data["size"], "count": count, "low": count > 0 && count <= few });
    match known {
        Some(at) => sizes[at] = of,
        None => sizes.push(of),
    }
    let total: i64 = sizes.iter().filter_map(|of| of["count"].as_i64()).sum();
    document["total"] = json!(total);
    Ok(())
}

/// So many are few from now on; the shop's own level again where none is said.
fn low_level(document: &mut Value, level: &Value) -> anyhow::Result<()> {
    let few = level.as_i64().unwrap_or(FEW);
    let sizes = document["sizes"].as_array_mut().context("no sizes")?;
    for of in sizes {
        let count = of["count"].as_i64().context("no count")?;
        of["low"] = json!(count > 0 && count <= few);
    }
    let document = document.as_object_mut().context("no document")?;
    document.remove("low_level");
    if !level.is_null() {
        document.insert("low_level".to_owned(), level.clone());
    }
    Ok(())
}

fn collection(
    document: &mut Value,
    entry: &LogEntry,
    name: &str,
    data: &Value,
) -> anyhow::Result<()> {
    const DESCRIBED: [&str; 3] = ["name", "slug", "description"];
    let describe = |document: &mut Value| {
        copy(document, &data["details"], &DESCRIBED);
        let texts = &data["details"]["texts"];
        document["texts"] = if texts.is_null() {
            json!({})
        } else {
            texts.clone()
        };
    };
    if name == "CollectionAdded" {
        *document = json!({
            "id": entry.aggregate_id, "members": data["members"], "pinned": [], "version": 1, "added_at": entry.time,
        });
        describe(document);
        return Ok(());
    }
    let version = document["version"].as_u64().context("never added")?;
    document["version"] = json!(version + 1);
    match name {
        "CollectionRevised" => describe(document),
        "CollectionMembersChosen" => copy(document, data, &["members"]),
        "CollectionGarmentsPinned" => document["pinned"] = data["garments"].clone(),
        "CollectionRemoved" => {}
        other => bail!("{other} is unknown here"),
    }
    Ok(())
}

fn pinned_search(document: &mut Value, name: &str, data: &Value) -> anyhow::Result<()> {
    let version = document["version"].as_u64().unwrap_or(0) + 1;
    if name != "SearchPinned" {
        bail!("{name} is unknown here");
    }
    *document = json!({ "words": data["words"], "garments": data["garments"], "version": version });
    Ok(())
}

fn category(document: &mut Value, name: &str, data: &Value) -> anyhow::Result<()> {
    let version = document["version"].as_u64().unwrap_or(0) + 1;
    let names = match name {
        "CategoryNamed" if data["names"].is_object() => data["names"].clone(),
        "CategoryNamed" | "CategoryUnnamed" => json!({}),
        other => bail!("{other} is unknown here"),
    };
    // Who takes a name away says none.
    *document =
        json!({ "path": data["path"], "name": data["name"], "names": names, "version": version });
    Ok(())
}

fn picture(document: &mut Value, entry: &LogEntry, name: &str, data: &Value) -> anyhow::Result<()> {
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

fn try_on(document: &mut Value, entry: &LogEntry, name: &str, data: &Value) -> anyhow::Result<()> {
    if name == "TryOnRequested" {
        let mode = data["mode"].as_str().unwrap_or("balanced");
        *document = json!({
            "id": entry.aggregate_id, "status": "requested", "attempt": 0, "mode": mode,
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

fn wardrobe(
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
